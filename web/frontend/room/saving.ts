/**
 * The line that says what is saved.
 *
 * "Saved" stands there only while the server has acknowledged every change as durable
 * (`unsyncedChanges` is 0 after a sync); a refused change is never acknowledged, so it never shows
 * as saved. The line is quiet for screen readers, as it changes with every key; the page's voice
 * says what went wrong, and "Saved" when it has come right again.
 */
import type { HocuspocusProvider } from "@hocuspocus/provider";
import type { Line } from "./connection.ts";
import { words } from "./words.ts";
import type { Place } from "./writing.ts";

type Manner = "plain" | "saved" | "unsaved" | "refused";

export class Saving {
  private readonly place: Place;
  private readonly provider: HocuspocusProvider;
  private readonly status: HTMLElement | null;
  private stands: Line;
  private fails: boolean;
  private reason: string | null = null;
  private isReadOnly = false;
  private isClosed = false;
  private hadUnsaved = false;
  private toldTrouble = false;

  constructor(place: Place, provider: HocuspocusProvider) {
    this.place = place;
    this.provider = provider;
    this.stands = place.line;
    this.fails = place.storageFails;
    this.status = place.section.querySelector("[data-status]");
    this.status?.setAttribute("aria-live", "off");
    this.show();
  }

  line(line: Line): void {
    this.stands = line;
    this.show();
  }

  storage(failing: boolean): void {
    this.fails = failing;
    this.show();
  }

  refused(reason: string): void {
    this.reason = reason;
    this.show();
  }

  readOnly(isReadOnly: boolean): void {
    this.hadUnsaved = isReadOnly && this.provider.isSynced && this.provider.hasUnsyncedChanges;
    this.isReadOnly = isReadOnly;
    this.show();
  }

  closed(): void {
    this.isClosed = true;
    this.show();
  }

  end(): void {
    this.place.voice.hush("saving");
    if (this.status) {
      this.status.textContent = "";
      this.status.className = "app-status";
      this.status.removeAttribute("aria-live");
    }
  }

  show(): void {
    const waiting = this.provider.unsyncedChanges;
    if (waiting === 0 && this.provider.isSynced) {
      this.reason = null; // everything there is has been acknowledged after all
    }
    const [manner, sentence] = this.find(waiting);
    if (!this.status || this.status.textContent === sentence) {
      return;
    }
    this.status.textContent = sentence;
    this.status.className = manner === "plain" ? "app-status" : `app-status app-status--${manner}`;
    const isTrouble = manner === "unsaved" || manner === "refused";
    if (isTrouble || (manner === "saved" && this.toldTrouble)) {
      this.place.voice.say("saving", sentence);
      this.toldTrouble = isTrouble;
    }
  }

  private find(waiting: number): [Manner, string] {
    if (this.isClosed) {
      const reason = this.reason === null ? "" : `${words.refused(this.reason)} `;
      return ["refused", reason + words.closed];
    }
    if (this.stands === "lost" || this.stands === "blocked") {
      return ["unsaved", waiting > 0 ? words.notSaved(waiting) : words.nothingWaiting];
    }
    if (this.fails) {
      return ["unsaved", waiting > 0 ? words.storageFails : words.storageRests];
    }
    if (this.isReadOnly) {
      return ["unsaved", this.hadUnsaved ? `${words.onlyRead} ${words.lastWordsNotSaved}` : words.onlyRead];
    }
    if (this.reason !== null) {
      return ["refused", words.refused(this.reason)];
    }
    if (waiting === 0 && this.provider.isSynced) {
      return ["saved", words.saved];
    }
    return ["plain", this.provider.isSynced ? words.saving : words.opening];
  }
}
