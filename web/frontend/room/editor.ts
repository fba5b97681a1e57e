/**
 * Opens one part of the plan for writing: its document on the page's socket, the editor over the
 * server's words, who else is here, and whether every change is saved. Loaded at the first "Write".
 */
import { Editor } from "@tiptap/core";
import { extensions } from "./extensions.ts";
import type { Line } from "./connection.ts";
import { readNews } from "./news.ts";
import { Moving, typedSince, typedUpto } from "./moving.ts";
import { announcements, Nearby } from "./nearby.ts";
import { Presence } from "./presence.ts";
import { QuietProvider } from "./quiet.ts";
import { Saving } from "./saving.ts";
import { type Switch, Toolbar } from "./toolbar.ts";
import { words } from "./words.ts";
import type { Place, Writing } from "./writing.ts";

const REFUSED_THEN_CLOSED_MS = 5_000;

class Part implements Writing {
  private readonly place: Place;
  private readonly moved: (unsaved: string, hasFocus: boolean) => void;
  private readonly takesFocus: boolean;
  private readonly provider: QuietProvider;
  private readonly saving: Saving;
  private readonly presence: Presence;
  private readonly box = document.createElement("div");
  private editor: Editor | null = null;
  private toolbar: Toolbar | null = null;
  private nearby: Nearby | null = null;
  private isQuiet = false;
  /** Where the paragraph begins for which others' changes are held; null: none are. */
  private heldFor: number | null = null;
  private mayWrite = true;
  /** While the store fails nobody may write, yet what was typed before may still be saved. */
  private storageFails: boolean;
  private isLeaving = false;
  private isMoved = false;
  /** How much of what was typed here the server has made durable. */
  private savedClock = 0;
  private refusedAt = -Infinity;
  private ended = false;

  constructor(place: Place, takesFocus: boolean, moved: (unsaved: string, hasFocus: boolean) => void) {
    this.place = place;
    this.takesFocus = takesFocus;
    this.moved = moved;
    this.storageFails = place.storageFails;
    this.box.className = "app-editor";
    this.box.dataset["own"] = "";
    this.provider = new QuietProvider({
      name: place.id,
      websocketProvider: place.socket,
      token: place.token,
      onSynced: () => this.mount(),
      onUnsyncedChanges: () => this.count(),
      onAuthenticated: ({ scope }) => this.allow(scope === "read-write"),
      onAuthenticationFailed: () => this.lose(),
      onStateless: ({ payload }) => this.hear(payload),
      onClose: ({ event }) => {
        if (!(event instanceof CloseEvent)) {
          this.closedByServer();
        }
      },
    });
    this.saving = new Saving(place, this.provider);
    this.presence = new Presence(place, this.provider, (member, name) => this.nearby?.goTo(member, name));
    this.provider.attach();
  }

  isUnsaved(): boolean {
    const maySave = this.mayWrite || this.storageFails;
    return maySave && this.editor !== null && this.provider.hasUnsyncedChanges;
  }

  line(line: Line): void {
    this.saving.line(line);
  }

  storage(failing: boolean): void {
    this.storageFails = failing;
    this.saving.storage(failing);
  }

  end(): void {
    if (this.ended) {
      return;
    }
    this.ended = true;
    this.presence.end();
    this.saving.end();
    this.editor?.destroy();
    this.editor = null;
    this.box.remove();
    const written = this.provider.document;
    this.provider.destroy();
    written.destroy();
  }

  /** The first sync is done: the editor takes the place of the server's words. */
  private mount(): void {
    if (this.editor || this.ended) {
      return;
    }
    const { section, id } = this.place;
    const holder = document.createElement("div");
    const hint = document.createElement("p");
    hint.id = `keys-${id}`;
    hint.className = "govuk-visually-hidden";
    hint.textContent = words.keysHint;
    this.editor = this.edit(holder, hint.id, section.getAttribute("aria-labelledby") ?? "");
    this.nearby = new Nearby(this.editor, this.place.voice);
    this.toolbar = new Toolbar(this.editor, `words-${id}`, this.switches(), () => this.leave());
    this.box.append(this.toolbar.element, hint, holder, this.toolbar.help);
    const read = section.querySelector<HTMLElement>(".section-words");
    if (read) {
      read.hidden = true;
      read.before(this.box);
    } else {
      section.append(this.box);
    }
    if (this.takesFocus) {
      this.editor.commands.focus("end");
    }
    this.saving.show();
  }

  private edit(holder: HTMLElement, hintId: string, headingId: string): Editor {
    return new Editor({
      element: holder,
      injectCSS: false, // Rule: style-src 'self': styles stand in app.css
      enablePasteRules: false,
      extensions: extensions(this.provider, (sort) => this.place.voice.say("said", words.said(sort))),
      editable: this.mayWrite,
      editorProps: {
        attributes: {
          class: "app-editor__words",
          id: `words-${this.place.id}`,
          role: "textbox",
          "aria-multiline": "true",
          "aria-labelledby": headingId,
          "aria-describedby": hintId,
          spellcheck: "true",
        },
        handleKeyDown: (_view, event) => this.pressed(event),
      },
      onTransaction: ({ transaction }) => {
        this.toolbar?.refresh();
        this.nearby?.look(transaction);
      },
      onSelectionUpdate: () => this.hold(),
      onFocus: () => this.hold(),
      onBlur: () => this.hold(),
    });
  }

  private switches(): Switch[] {
    const { voice } = this.place;
    return [
      {
        words: words.quiet,
        isOn: () => this.isQuiet,
        press: () => {
          this.isQuiet = !this.isQuiet;
          this.hold();
          voice.say("quiet", this.isQuiet ? words.quietOn : words.quietOff);
        },
      },
      {
        words: words.announce,
        isOn: () => announcements.areOn,
        press: () => {
          announcements.areOn = !announcements.areOn;
          voice.say("announce", announcements.areOn ? words.announceOn : words.announceOff);
        },
      },
    ];
  }

  /** Holds others' changes for the paragraph one is in; what was held for another comes in. */
  private hold(): void {
    const { editor } = this;
    // After this turn: words must not change under an editor that is still at work.
    queueMicrotask(() => {
      if (this.ended || !editor || editor.isDestroyed) {
        return;
      }
      const place = this.isQuiet && editor.isFocused ? editor.state.selection.$from.start() : null;
      if (place === this.heldFor) {
        return;
      }
      const hadHeld = this.heldFor !== null;
      this.heldFor = place;
      if (this.provider.hold(place !== null) && hadHeld && this.isQuiet) {
        this.place.voice.say("quiet", words.cameIn);
      }
    });
  }

  private pressed(event: KeyboardEvent): boolean {
    if (event.key === "Escape" && !event.isComposing) {
      this.toolbar?.focus();
      return true;
    }
    return false;
  }

  private count(): void {
    if (this.ended) {
      return;
    }
    if (this.provider.isSynced && !this.provider.hasUnsyncedChanges) {
      this.savedClock = typedUpto(this.provider);
    }
    this.saving.show();
    if (this.isLeaving && !this.provider.hasUnsyncedChanges) {
      this.finish();
    }
  }

  /** The server says, at opening or at any time later, whether the member may write here. */
  private allow(mayWrite: boolean): void {
    const before = this.mayWrite;
    this.mayWrite = mayWrite;
    if (before !== mayWrite || !mayWrite) {
      this.saving.readOnly(!mayWrite);
      this.editor?.setEditable(mayWrite);
      this.toolbar?.refresh();
    }
  }

  private hear(payload: string): void {
    const news = readNews(payload);
    if (news?.kind === "refused") {
      this.refusedAt = performance.now();
      this.saving.refused(news.reason);
    } else if (news?.kind === "storage") {
      this.storage(news.failing);
    } else if (news?.kind === "revoked") {
      this.lose();
    } else if (news?.kind === "moved") {
      this.isMoved = true; // the server closes this document next
    }
  }

  /**
   * The server closed this document. After a refusal (too much at once) the words stay, to be
   * copied; without one the member has lost it, which is also the answer when in doubt.
   */
  private closedByServer(): void {
    if (this.isMoved) {
      const unsaved = typedSince(this.provider, this.savedClock);
      const hasFocus = this.box.contains(document.activeElement);
      queueMicrotask(() => this.ended || this.moved(unsaved, hasFocus));
      return;
    }
    if (performance.now() - this.refusedAt > REFUSED_THEN_CLOSED_MS) {
      this.lose();
      return;
    }
    this.mayWrite = false;
    this.isLeaving = false;
    this.editor?.setEditable(false);
    this.toolbar?.refresh();
    this.saving.closed();
  }

  private lose(): void {
    // After this turn: the provider is still in the middle of handing us the message.
    queueMicrotask(() => this.ended || this.place.lost());
  }

  private leave(): void {
    if (this.isUnsaved()) {
      this.isLeaving = true; // "Done" waits for "Saved"
      this.saving.show();
    } else {
      this.finish();
    }
  }

  private finish(): void {
    // What could not be saved is no part of the plan, so it must not stand there as if it were.
    const html = this.mayWrite && this.editor ? this.editor.getHTML() : null;
    queueMicrotask(() => this.ended || this.place.done(html));
  }
}

/** Opens a part for writing. */
export function write(place: Place): Writing {
  return new Moving(place, (at, takesFocus, moved) => new Part(at, takesFocus, moved));
}
