/**
 * Reads an easy-read page aloud. The button is there only where this machine itself has a voice of
 * the page's language: other voices send the words to whoever offers them.
 */
const page = document.querySelector<HTMLElement>("[data-read-aloud]");
const button = document.createElement("button");

function offer(): void {
  const language = document.documentElement.lang;
  const voice = speechSynthesis
    .getVoices()
    .find((one) => one.localService && one.lang.toLowerCase().startsWith(language));
  if (!page || !voice || button.isConnected) {
    return;
  }
  button.type = "button";
  button.className = "govuk-button govuk-button--secondary app-print-links";
  button.textContent = page.dataset["readAloud"] ?? "";
  button.addEventListener("click", () => {
    if (speechSynthesis.speaking) {
      speechSynthesis.cancel();
      return;
    }
    for (const line of page.querySelectorAll("h1, h2, h3, p, li")) {
      const words = new SpeechSynthesisUtterance(line.textContent ?? "");
      words.voice = voice;
      words.lang = voice.lang;
      speechSynthesis.speak(words);
    }
  });
  page.querySelector("h1")?.after(button);
}

if ("speechSynthesis" in window) {
  offer();
  speechSynthesis.addEventListener("voiceschanged", offer);
  addEventListener("pagehide", () => speechSynthesis.cancel());
}

export {};
