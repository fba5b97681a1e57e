/** Who else has this part open, in words beside it; comings and goings said politely, gathered. */
import type { HocuspocusProvider } from "@hocuspocus/provider";
import { announcements } from "./nearby.ts";
import { words } from "./words.ts";
import type { Place } from "./writing.ts";

interface Present {
  readonly name: string;
  readonly agency: string;
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

function listed(names: string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : names.slice(0, -1).join(", ") + words.and + last;
}

export class Presence {
  private readonly place: Place;
  private readonly provider: HocuspocusProvider;
  private readonly holder: HTMLElement | null;
  private here = new Map<string, Present>();
  private told = new Map<string, Present>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly goTo: (member: string, name: string) => void;

  constructor(place: Place, provider: HocuspocusProvider, goTo: (member: string, name: string) => void) {
    this.place = place;
    this.goTo = goTo;
    this.provider = provider;
    this.holder = place.section.querySelector("[data-presence]");
    provider.on("awarenessChange", () => this.look());
  }

  end(): void {
    clearTimeout(this.timer);
    this.place.voice.hush("presence");
    this.holder?.replaceChildren();
  }

  private look(): void {
    const here = new Map<string, Present>();
    const own = this.provider.document.clientID;
    for (const [client, state] of this.provider.awareness?.getStates() ?? []) {
      const person = (state as Record<string, unknown>)["user"] as Record<string, unknown> | undefined;
      const name = text(person?.["name"]);
      if (client !== own && name) {
        here.set(text(person?.["member"]) || name, { name, agency: text(person?.["agency"]) });
      }
    }
    const same = here.size === this.here.size && [...here.keys()].every((member) => this.here.has(member));
    if (same && this.holder?.hasChildNodes()) {
      return; // somebody's caret moved
    }
    this.here = here;
    this.show();
    // A page being reloaded leaves and comes back within a second; that is no news.
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(), 1_500);
  }

  private show(): void {
    const people = [...this.here].sort(([, one], [, other]) => one.name.localeCompare(other.name));
    const shown = people.flatMap(([member, { name, agency }]) => [
      this.button(member, name),
      agency ? ` (${agency}), ` : ", ",
    ]);
    this.holder?.replaceChildren(words.hereNow, ...shown, words.you);
  }

  /** Her name leads to where she is writing. */
  private button(member: string, name: string): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "app-link-button";
    button.textContent = name;
    button.setAttribute("aria-label", `${name}: ${words.goTo(name)}`);
    button.addEventListener("click", () => this.goTo(member, name));
    return button;
  }

  private tell(): void {
    const came = [...this.here].filter(([member]) => !this.told.has(member)).map(([, { name }]) => name);
    const left = [...this.told].filter(([member]) => !this.here.has(member)).map(([, { name }]) => name);
    this.told = this.here;
    const sentences = [];
    if (came.length > 0) {
      sentences.push((came.length === 1 ? words.came : words.cameMany)(listed(came)));
    }
    if (left.length > 0) {
      sentences.push((left.length === 1 ? words.left : words.leftMany)(listed(left)));
    }
    if (sentences.length > 0 && announcements.areOn) {
      this.place.voice.say("presence", sentences.join(" "));
    }
  }
}
