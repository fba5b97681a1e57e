/**
 * Quiet: others' changes are held back while one writes in a paragraph, and come in when one leaves
 * it. What one writes oneself goes out and is saved as ever.
 *
 * Rule: CTAUR REQ 5A. What is held is what the server sends of the document's words alone; whether it
 * is saved, may be seen or was taken back is heard at once.
 */
import { HocuspocusProvider } from "@hocuspocus/provider";

const MOST_HELD = 500;
const SYNC = 0;
const STEP_2 = 1;
const UPDATE = 2;

/** Does this message bring words of the document? */
function bringsWords(data: unknown): boolean {
  if (!(data instanceof ArrayBuffer)) {
    return false;
  }
  const bytes = new Uint8Array(data);
  let at = 0;
  const number = (): number => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * shift;
      if (byte < 128) {
        return value;
      }
    }
  };
  at = number() + at; // past the document's name
  return number() === SYNC && [STEP_2, UPDATE].includes(number());
}

export class QuietProvider extends HocuspocusProvider {
  private isHolding = false;
  private held: MessageEvent[] = [];

  /** Holds others' changes from now on, or lets them in; says whether any came in. */
  hold(isHolding: boolean): boolean {
    this.isHolding = isHolding;
    return this.letIn();
  }

  /** Lets in what is held; says whether that changed anything. */
  letIn(): boolean {
    const { held } = this;
    this.held = [];
    let changed = false;
    const note = (): void => {
      changed = true;
    };
    this.document.on("update", note);
    held.forEach((event) => super.onMessage(event));
    this.document.off("update", note);
    return changed;
  }

  override onMessage(event: MessageEvent): void {
    if (this.isHolding && bringsWords(event.data)) {
      this.held.push(event);
      if (this.held.length > MOST_HELD) {
        this.letIn();
      }
      return;
    }
    super.onMessage(event);
  }

  override destroy(): void {
    this.held = [];
    super.destroy();
  }
}
