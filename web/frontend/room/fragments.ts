/**
 * Blocks of the page that the server renders and a bell refreshes.
 *
 * A block is an element with `data-fragment` (where its children come from) and `data-bell` (which
 * bells concern it: one or more words); `data-thing` binds it to one thing, so that a bell for
 * another thing leaves it alone. A block is fetched at most every two seconds.
 */
import { morphChildren } from "./morph.ts";

export interface Answers {
  /** The server shows this block to the reader no longer. */
  withheld(block: HTMLElement): void;
  signedOut(): void;
  /** An element is about to leave the page because the fresh copy has it no more. */
  removed(element: Element): void;
  /** A block is fresh; buttons and the like may need setting again. */
  settled(): void;
  /** Is this block's place taken by an editor just now? */
  isBusy(block: HTMLElement): boolean;
}

const PAUSE_MS = 2_000;
const RETRY_MS = 5_000;
const EMPTY_AFTER_MS = 500;

const ask = (address: string, signal: AbortSignal): Promise<Response> =>
  fetch(address, { headers: { Accept: "text/html" }, cache: "no-store", redirect: "manual", signal });

const isSignedOut = (answer: Response): boolean => answer.type === "opaqueredirect" || answer.status === 401;

const isWithheld = (answer: Response): boolean => answer.status === 403 || answer.status === 404;

export class Fragments {
  private readonly main: HTMLElement;
  private readonly answers: Answers;
  private readonly last = new WeakMap<Element, number>(); // when it was last asked for
  private readonly waiting = new Map<HTMLElement, ReturnType<typeof setTimeout>>();
  private fetching = new AbortController();
  private onFresh: (block: HTMLElement) => void = () => undefined;
  private ended = false;

  constructor(main: HTMLElement, answers: Answers) {
    this.main = main;
    this.answers = answers;
  }

  /** A bell rang: refreshes the blocks it concerns. */
  ring(what: string, thing: string | null): void {
    const concerned = this.blocks().filter(
      (block) =>
        (block.dataset["bell"] ?? "").split(" ").includes(what) &&
        (!thing || !block.dataset["thing"] || block.dataset["thing"] === thing),
    );
    const exact = concerned.filter((block) => thing && block.dataset["thing"] === thing);
    // A whole list is not fetched for one thing in it that can be fetched by itself.
    const chosen = concerned.filter((block) => !exact.some((one) => one !== block && block.contains(one)));
    this.outermost(chosen).forEach((block) => this.plan(block));
  }

  /**
   * Refreshes every block at once. Answers still under way are thrown away: they may have been
   * written before the change that we now know of.
   */
  async refreshAll(): Promise<void> {
    this.abandon();
    if (this.ended) {
      return;
    }
    const blocks = this.outermost(this.blocks());
    // A page without blocks (a form, one action) is shown as it came, or not at all.
    await (blocks.length > 0 ? Promise.all(blocks.map((block) => this.fetch(block))) : this.checkPage());
  }

  /**
   * Refreshes every block because access has changed: what has not come afresh within
   * `EMPTY_AFTER_MS` is taken off the page until it does.
   *
   * Rule: ADR-0009: a screen is closed within a second, on a slow or broken line as well.
   */
  async refreshAllOrEmpty(): Promise<void> {
    const stale = new Set(this.outermost(this.blocks()));
    const done = this.refreshAll();
    const { signal } = this.fetching;
    const timer = setTimeout(() => signal.aborted || stale.forEach((block) => this.empty(block)), EMPTY_AFTER_MS);
    this.onFresh = (block) => stale.delete(block);
    await done;
    clearTimeout(timer);
    if (!signal.aborted) {
      stale.forEach((block) => this.empty(block));
    }
  }

  /** Fetches one block at once, whatever the pause. */
  refresh(block: HTMLElement): void {
    void this.fetch(block);
  }

  end(): void {
    this.ended = true;
    this.abandon();
  }

  private blocks(): HTMLElement[] {
    return [...this.main.querySelectorAll<HTMLElement>("[data-fragment]")];
  }

  private outermost(blocks: HTMLElement[]): HTMLElement[] {
    return blocks.filter((block) => !blocks.some((other) => other !== block && other.contains(block)));
  }

  private abandon(): void {
    this.fetching.abort();
    this.fetching = new AbortController();
    this.waiting.forEach((timer) => clearTimeout(timer));
    this.waiting.clear();
  }

  private plan(block: HTMLElement, least = 0): void {
    if (this.ended || this.waiting.has(block)) {
      return;
    }
    const since = performance.now() - (this.last.get(block) ?? -PAUSE_MS);
    const timer = setTimeout(() => void this.fetch(block), Math.max(least, PAUSE_MS - since));
    this.waiting.set(block, timer);
  }

  private async fetch(block: HTMLElement): Promise<void> {
    clearTimeout(this.waiting.get(block));
    this.waiting.delete(block);
    const address = block.dataset["fragment"];
    if (!address || !block.isConnected || this.answers.isBusy(block)) {
      return;
    }
    const asked = performance.now();
    this.last.set(block, asked);
    const { signal } = this.fetching;
    const isStale = () => signal.aborted || !block.isConnected || this.last.get(block) !== asked;
    try {
      const answer = await ask(address, signal);
      const html = answer.ok ? await answer.text() : "";
      // Aborted or asked again meanwhile: what we hold may be older than a change of access.
      if (!isStale()) {
        this.put(block, answer, html);
      }
    } catch {
      if (!isStale()) {
        this.plan(block, RETRY_MS); // the network; the page says so elsewhere
      }
    }
  }

  /** Asks whether the page may still be shown; what it holds is not touched if it may. */
  private async checkPage(): Promise<void> {
    const { signal } = this.fetching;
    try {
      const answer = await ask(location.pathname, signal);
      if (!signal.aborted && isSignedOut(answer)) {
        this.answers.signedOut();
      } else if (!signal.aborted && isWithheld(answer)) {
        this.answers.withheld(this.main);
      }
    } catch {
      if (!signal.aborted && !this.ended) {
        setTimeout(() => signal.aborted || void this.checkPage(), RETRY_MS);
      }
    }
  }

  private put(block: HTMLElement, answer: Response, html: string): void {
    if (isSignedOut(answer)) {
      this.answers.signedOut();
    } else if (isWithheld(answer)) {
      this.answers.withheld(block);
    } else if (!answer.ok) {
      this.plan(block, RETRY_MS);
    } else if (!this.answers.isBusy(block)) {
      // In a box: a parser drops spaces at the start of a body, and all that follows would stand
      // one place off what it is to be compared with.
      const { body } = new DOMParser().parseFromString(`<div>${html}</div>`, "text/html");
      morphChildren(block, body.firstElementChild ?? body, (element) => this.answers.removed(element));
      this.onFresh(block);
      this.answers.settled();
    }
  }

  /** Takes the things of a block off the page; where it names none, all that is in it. */
  private empty(block: HTMLElement): void {
    const things = [...block.querySelectorAll<HTMLElement>("[data-section], [data-thing]")];
    if (things.length === 0 && !this.answers.isBusy(block)) {
      block.replaceChildren();
    }
    // A part being written in has its own line to the server, which says whether it stays.
    things.filter((thing) => !this.answers.isBusy(thing)).forEach((thing) => thing.remove());
  }
}
