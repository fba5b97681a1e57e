/** Says things to a screen reader without showing them twice: one polite region for the whole page. */

const GATHER_MS = 1_200; // several things said within this time are said as one

export class Voice {
  private readonly region = document.createElement("div");
  private readonly waiting = new Map<string, string>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(main: HTMLElement) {
    this.region.className = "govuk-visually-hidden";
    this.region.setAttribute("role", "status");
    this.region.dataset["own"] = "";
    main.append(this.region);
  }

  /** Says a sentence soon; a later one on the same matter takes the place of one not yet said. */
  say(matter: string, sentence: string): void {
    this.waiting.set(matter, sentence);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.region.textContent = [...this.waiting.values()].join(" ");
      this.waiting.clear();
    }, GATHER_MS);
  }

  /** Takes back a sentence that has not been said yet. */
  hush(matter: string): void {
    this.waiting.delete(matter);
  }
}
