/**
 * What others do near the place where one writes: said politely, seldom, and only while
 * announcements are on; and the way to where somebody else is writing.
 *
 * Rule: CTAUR REQ 1 to 4.
 */
import type { Editor } from "@tiptap/core";
import type { Transaction } from "@tiptap/pm/state";
import type { Voice } from "./voice.ts";
import { words } from "./words.ts";

const SELDOM_MS = 5_000;
const SHOWN_LETTERS = 120;

/** Whether comings, goings and changes nearby are said on this page; all else always is. */
export const announcements = { areOn: true };

const textAt = (editor: Editor): string => editor.state.selection.$from.parent.textContent;

export class Nearby {
  private readonly editor: Editor;
  private readonly voice: Voice;
  private mine = "";
  private said = -Infinity;

  constructor(editor: Editor, voice: Voice) {
    this.editor = editor;
    this.voice = voice;
  }

  /** Something changed in the editor: by another, in the paragraph one is in? */
  look(transaction: Transaction): void {
    const before = this.mine;
    this.mine = textAt(this.editor);
    const change = transaction.getMeta("y-sync$") as { isChangeOrigin?: boolean } | undefined;
    const isNear = change?.isChangeOrigin && transaction.docChanged && before !== this.mine;
    if (!isNear || !this.editor.isFocused || !announcements.areOn || performance.now() - this.said < SELDOM_MS) {
      return;
    }
    this.said = performance.now();
    // Carets are drawn after the words.
    setTimeout(() => this.editor.isDestroyed || this.voice.say("nearby", words.nearby(this.names())));
  }

  /** Goes to where somebody is writing, and says what stands there. */
  goTo(member: string, name: string): void {
    const caret = this.editor.view.dom.querySelector(`[data-member="${CSS.escape(member)}"]`);
    if (!caret) {
      this.voice.say("goto", words.notWriting(name));
      return;
    }
    this.editor.chain().focus(this.editor.view.posAtDOM(caret, 0)).scrollIntoView().run();
    const there = textAt(this.editor);
    const cut = there.length > SHOWN_LETTERS ? `${there.slice(0, SHOWN_LETTERS)}…` : there;
    this.voice.say("goto", words.wentTo(name, cut));
  }

  private names(): string {
    const { $from } = this.editor.state.selection;
    const block = $from.depth > 0 ? this.editor.view.nodeDOM($from.before()) : null;
    const labels = block instanceof HTMLElement ? [...block.querySelectorAll<HTMLElement>("[data-name]")] : [];
    return labels.map(({ dataset }) => dataset["name"]).join(words.and) || words.somebody;
  }
}
