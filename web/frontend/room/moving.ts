/**
 * Words were taken back from a part while it was open: the document that has them is let go, and
 * the part is opened anew. What one had typed and was not saved is shown, to be copied: nothing of
 * it goes into the new document by itself, since it could bring back what was taken.
 */
import type { HocuspocusProvider } from "@hocuspocus/provider";
import type { Line } from "./connection.ts";
import { words } from "./words.ts";
import type { Place, Writing } from "./writing.ts";

type Moved = (unsaved: string, hasFocus: boolean) => void;
type Open = (place: Place, takesFocus: boolean, moved: Moved) => Writing;

const own = (provider: HocuspocusProvider) => {
  const { store, clientID } = provider.document;
  return store.clients.get(clientID) ?? [];
};

/** How far what was typed on this page goes, as the document counts it. */
export function typedUpto(provider: HocuspocusProvider): number {
  const last = own(provider).at(-1);
  return last ? last.id.clock + last.length : 0;
}

/** The words typed on this page since then that still stand. */
export function typedSince(provider: HocuspocusProvider, clock: number): string {
  let found = "";
  for (const struct of own(provider)) {
    const from = Math.max(0, clock - struct.id.clock);
    if (from >= struct.length || struct.deleted || !("content" in struct)) {
      continue;
    }
    const content = struct.content as { str?: string; type?: unknown };
    found += content.str?.slice(from) ?? (content.type ? "\n" : "");
  }
  return found.replace(/\n+/g, "\n").trim();
}

/** A part open for writing, whichever document it has just now. */
export class Moving implements Writing {
  private readonly place: Place;
  private readonly open: Open;
  private part: Writing;
  private stands: Line;
  private fails: boolean;
  private kept: HTMLElement | null = null;

  constructor(place: Place, open: Open) {
    this.place = place;
    this.open = open;
    this.stands = place.line;
    this.fails = place.storageFails;
    this.part = this.begin(true);
  }

  isUnsaved(): boolean {
    return this.part.isUnsaved();
  }

  line(line: Line): void {
    this.stands = line;
    this.part.line(line);
  }

  storage(failing: boolean): void {
    this.fails = failing;
    this.part.storage(failing);
  }

  end(): void {
    this.kept?.remove();
    this.part.end();
  }

  private begin(takesFocus: boolean): Writing {
    const { id, section, socket, token, voice } = this.place;
    const place: Place = {
      ...{ id, section, socket, token, voice, line: this.stands, storageFails: this.fails },
      lost: () => this.place.lost(),
      done: (html) => this.place.done(html),
    };
    return this.open(place, takesFocus, (unsaved, hasFocus) => this.move(unsaved, hasFocus));
  }

  private move(unsaved: string, hasFocus: boolean): void {
    this.part.end();
    // The server's words below the editor are those of before.
    const read = this.place.section.querySelector<HTMLElement>(".section-words");
    read?.replaceChildren();
    this.place.voice.say("moved", unsaved ? `${words.moved} ${words.movedUnsaved}` : words.moved);
    this.show(unsaved);
    this.part = this.begin(hasFocus);
  }

  private show(unsaved: string): void {
    const box = this.kept ?? document.createElement("div");
    box.className = "app-moved";
    box.dataset["own"] = "";
    const said = document.createElement("p");
    said.textContent = unsaved ? `${words.moved} ${words.movedUnsaved}` : words.moved;
    box.append(said);
    if (unsaved) {
      const copy = document.createElement("textarea");
      copy.className = "govuk-textarea";
      copy.readOnly = true;
      copy.rows = 4;
      copy.value = unsaved;
      copy.setAttribute("aria-label", words.movedUnsaved);
      box.append(copy);
    }
    this.kept = box;
    const read = this.place.section.querySelector(".section-words");
    read ? read.before(box) : this.place.section.append(box);
  }
}
