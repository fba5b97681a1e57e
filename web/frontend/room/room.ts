/**
 * The live room: keeps a room's page fresh, opens parts for writing, and takes away at once what
 * the member may no longer see.
 *
 * Words not being written stay the server's own HTML, refreshed when a bell rings. Nothing is kept
 * in the browser's storage, and nothing that was lost stays in the page or in memory.
 */
import { Connection, type Gone, type Line } from "./connection.ts";
import { Fragments } from "./fragments.ts";
import type { News } from "./news.ts";
import { Voice } from "./voice.ts";
import { words } from "./words.ts";
import type { Writing } from "./writing.ts";

const PROBE_MS = 1_500;
const BACK_SHOWN_MS = 10_000;

class Room {
  private readonly main: HTMLElement;
  private readonly banner: HTMLElement;
  private readonly state: HTMLElement | null;
  private readonly writings = new Map<string, Writing>();
  private readonly opening = new Set<string>();
  private readonly voice: Voice;
  private readonly fragments: Fragments;
  private readonly connection: Connection;
  private everLive = false;
  private storageFails = false;
  private ended = false;
  private filling: ReturnType<typeof setTimeout> | undefined;
  private stating: ReturnType<typeof setTimeout> | undefined;

  constructor(main: HTMLElement, banner: HTMLElement) {
    this.main = main;
    this.banner = banner;
    this.state = main.querySelector("[data-live-state]");
    this.voice = new Voice(main);
    this.fragments = new Fragments(main, {
      withheld: (block) => this.withheld(block),
      signedOut: () => this.gone("signed-out"),
      removed: (element) => this.removed(element),
      settled: () => this.settle(),
      isBusy: (block) => this.isBusy(block),
    });
    this.connection = new Connection(socketAddress(main), main.dataset["liveToken"] ?? "", {
      news: (news) => this.hear(news),
      line: (line) => this.stand(line),
      gone: (why) => this.gone(why),
    });
    main.addEventListener("click", (event) => this.pressed(event));
    window.addEventListener("beforeunload", (event) => {
      if ([...this.writings.values()].some((writing) => writing.isUnsaved())) {
        event.preventDefault();
      }
    });
  }

  private hear(news: News): void {
    switch (news.kind) {
      case "bell":
        if (news.what === "access") {
          void this.askAfresh();
        } else {
          this.fragments.ring(news.what, news.thing);
        }
        break;
      case "access":
        this.lose(news.lost);
        break;
      case "revoked":
        this.lose([]);
        break;
      case "refused":
        this.say(news.reason);
        break;
      case "storage":
        this.storageFails = news.failing;
        this.writings.forEach((writing) => writing.storage(news.failing));
        break;
    }
  }

  private stand(line: Line): void {
    const first = !this.everLive;
    if (line === "live") {
      this.everLive = true;
      this.say(first ? "" : words.backOnline);
      this.stating = setTimeout(() => this.say(""), BACK_SHOWN_MS);
      if (!first) {
        void this.fragments.refreshAll(); // bells may have rung while nobody could hear them
      }
      this.settle();
    } else if (line !== "opening") {
      this.say(line === "blocked" ? words.blocked : words.offline);
      // A handshake refused looks like a lost line: ask whether the page may still be shown.
      setTimeout(() => this.connection.line === "lost" && void this.fragments.refreshAll(), PROBE_MS);
    }
    this.writings.forEach((writing) => writing.line(line));
  }

  private say(sentence: string): void {
    clearTimeout(this.stating);
    if (this.state) {
      this.state.textContent = sentence;
    }
  }

  /** Sets the Write buttons: there while the line has been up once, away while one writes. */
  private settle(): void {
    for (const section of this.main.querySelectorAll<HTMLElement>("[data-section]")) {
      const id = section.dataset["section"] ?? "";
      const open = this.writings.has(id);
      const button = section.querySelector<HTMLElement>("[data-write]");
      if (button) {
        button.hidden = open || !this.everLive || section.dataset["scope"] !== "read-write";
      }
      const read = section.querySelector<HTMLElement>(".section-words");
      if (read) {
        read.hidden = open && section.querySelector(".app-editor__words") !== null;
      }
    }
  }

  private pressed(event: Event): void {
    const button = event.target instanceof Element ? event.target.closest("[data-write]") : null;
    const section = button?.closest<HTMLElement>("[data-section]");
    const id = section?.dataset["section"];
    if (section && id && !this.writings.has(id) && !this.opening.has(id)) {
      void this.write(section, id);
    }
  }

  private async write(section: HTMLElement, id: string): Promise<void> {
    const status = section.querySelector("[data-status]");
    this.opening.add(id);
    try {
      const { write } = await import("./editor.ts");
      if (!section.isConnected || !this.opening.has(id)) {
        return; // lost while the editor was on its way
      }
      const writing = write({
        id,
        section,
        socket: this.connection.socket,
        token: this.connection.token,
        voice: this.voice,
        line: this.connection.line,
        storageFails: this.storageFails,
        lost: () => this.lose([id]),
        done: (html) => this.done(section, id, html),
      });
      this.writings.set(id, writing);
      this.settle();
    } catch {
      if (status) {
        status.textContent = words.editorMissing;
      }
    } finally {
      this.opening.delete(id);
    }
  }

  private done(section: HTMLElement, id: string, html: string | null): void {
    this.close(id);
    const read = section.querySelector<HTMLElement>(".section-words");
    if (read && html !== null) {
      read.innerHTML = html; // the editor's own output: its schema knows no script, link or style
      this.voice.say("saving", words.saved);
    }
    const block = read?.closest<HTMLElement>("[data-fragment]");
    if (block) {
      this.fragments.refresh(block);
    }
    this.settle();
    section.querySelector<HTMLElement>("[data-write]")?.focus();
  }

  private close(id: string): void {
    this.opening.delete(id);
    const writing = this.writings.get(id);
    this.writings.delete(id);
    writing?.end();
  }

  private isBusy(block: HTMLElement): boolean {
    const section = block.closest<HTMLElement>("[data-section]");
    return section !== null && this.writings.has(section.dataset["section"] ?? "");
  }

  /**
   * Takes parts of the plan off the page and out of memory, says so once, and asks the server
   * afresh for everything else. No gap, heading or count of what went is left behind.
   */
  private lose(ids: readonly string[]): void {
    const focused = document.activeElement;
    for (const id of ids) {
      this.close(id);
      const named = `[data-section="${CSS.escape(id)}"], [data-thing="${CSS.escape(id)}"]`;
      this.main.querySelectorAll(named).forEach((element) => element.remove());
    }
    this.announceChange(focused);
    void this.askAfresh();
  }

  /** Access has changed: asks the server for everything anew and says so if something is gone. */
  private async askAfresh(): Promise<void> {
    const focused = document.activeElement;
    const before = this.things();
    await this.fragments.refreshAllOrEmpty();
    const after = this.things();
    if (!this.ended && [...before].some((thing) => !after.has(thing))) {
      this.announceChange(focused);
    }
  }

  private things(): Set<string> {
    const named = [...this.main.querySelectorAll<HTMLElement>("[data-section], [data-thing]")];
    return new Set(named.map(({ dataset }) => dataset["section"] ?? dataset["thing"] ?? ""));
  }

  private withheld(block: HTMLElement): void {
    const section = block.closest<HTMLElement>("[data-section]");
    if (section) {
      this.lose([section.dataset["section"] ?? ""]);
      return;
    }
    const focused = document.activeElement;
    this.removed(block);
    if (block === this.main) {
      const room = `/rooms/${this.main.dataset["liveRoom"] ?? ""}`;
      this.main.replaceChildren(this.banner);
      this.fillBanner(words.changed, link(words.toRoom, room), "h1");
      setTimeout(() => this.keepFocus(focused));
      return;
    }
    block.remove();
    this.announceChange(focused);
  }

  /** A fresh copy of a block has this no more: what is being written in it ends. */
  private removed(element: Element): void {
    const ids = [element, ...element.querySelectorAll("[data-section]")]
      .map((section) => (section instanceof HTMLElement ? section.dataset["section"] : undefined))
      .filter((id) => id !== undefined && this.writings.has(id)) as string[];
    ids.forEach((id) => this.close(id));
    if (ids.length > 0) {
      this.announceChange(document.activeElement);
    }
  }

  private announceChange(focused: Element | null): void {
    const hide = document.createElement("button");
    hide.type = "button";
    hide.className = "app-link-button";
    hide.textContent = words.hideMessage;
    hide.addEventListener("click", () => this.banner.replaceChildren());
    const more = document.createDocumentFragment();
    more.append(words.changedMore, " ", hide);
    this.fillBanner(words.changed, more);
    setTimeout(() => this.keepFocus(focused));
  }

  /** Where the place one was in is gone, the banner is the next best; else focus stays put. */
  private keepFocus(focused: Element | null): void {
    if (focused && focused !== document.body && !focused.isConnected) {
      this.banner.tabIndex = -1;
      this.banner.focus({ preventScroll: false });
    }
  }

  private fillBanner(sentence: string, more: Node, level: "p" | "h1" = "p"): void {
    const box = document.createElement("div");
    box.className = "app-changed";
    const first = document.createElement(level);
    first.textContent = sentence;
    const second = document.createElement("p");
    second.append(more);
    box.append(first, second);
    // Emptied first: the same sentence twice would else not be spoken twice.
    this.banner.replaceChildren();
    clearTimeout(this.filling);
    this.filling = setTimeout(() => this.banner.replaceChildren(box), 50);
  }

  /** The room or the sign-in is gone: nothing of the room stays on the page. */
  private gone(why: Gone): void {
    if (this.ended) {
      return;
    }
    this.ended = true;
    this.fragments.end();
    this.connection.end();
    [...this.writings.keys()].forEach((id) => this.close(id));
    const focused = document.activeElement;
    this.main.replaceChildren(this.banner);
    if (why === "room") {
      this.fillBanner(words.roomGone, link(words.backToRooms, "/rooms"), "h1");
    } else {
      this.fillBanner(words.signedOut, link(words.signInAgain, "/"), "h1");
    }
    this.keepFocus(focused);
  }
}

function link(text: string, href: string): HTMLElement {
  const anchor = document.createElement("a");
  anchor.className = "govuk-link";
  anchor.href = href;
  anchor.textContent = text;
  return anchor;
}

function socketAddress(main: HTMLElement): string {
  const address = new URL(main.dataset["socket"] ?? "", location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return address.href;
}

// A page brought back from the browser's memory may show what is no longer for this reader.
window.addEventListener("pageshow", (event) => event.persisted && location.reload());

const main = document.querySelector<HTMLElement>("[data-live-room]");
const banner = main?.querySelector<HTMLElement>("[data-live-banner]");
if (main && banner) {
  new Room(main, banner);
}
