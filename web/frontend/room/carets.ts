/**
 * Other people's places in the text.
 *
 * The name is drawn by the style sheet from an attribute and hidden from assistive technology: put
 * as text it would be read, and copied, as part of what the family's plan says.
 */

const COLOURS = 6; // as many as app.css has

type Person = Record<string, unknown>;

/** The same person has the same colour in every part and on every page. */
function colourOf(person: Person): number {
  const name = String(person["member"] ?? person["name"] ?? "");
  let sum = 0;
  for (const letter of name) {
    sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973;
  }
  return (sum % COLOURS) + 1;
}

export function renderCaret(person: Person): HTMLElement {
  const caret = document.createElement("span");
  caret.className = `app-caret app-caret--${colourOf(person)}`;
  caret.setAttribute("aria-hidden", "true");
  caret.dataset["member"] = String(person["member"] ?? "");
  const label = document.createElement("span");
  label.className = "app-caret__label";
  label.dataset["name"] = String(person["name"] ?? "");
  caret.append(label);
  return caret;
}

export function renderSelection(person: Person): { class: string } {
  return { class: `app-selection--${colourOf(person)}` };
}
