/**
 * What a part of the plan may hold: paragraphs, marked as fact, opinion or reported or not at all,
 * headings, lists, bold, italic; nothing else.
 */
import type { HocuspocusProvider } from "@hocuspocus/provider";
import type { AnyExtension } from "@tiptap/core";
import { Bold } from "@tiptap/extension-bold";
import { Collaboration } from "@tiptap/extension-collaboration";
import { CollaborationCaret } from "@tiptap/extension-collaboration-caret";
import { Document } from "@tiptap/extension-document";
import { HardBreak } from "@tiptap/extension-hard-break";
import { Heading } from "@tiptap/extension-heading";
import { Italic } from "@tiptap/extension-italic";
import { BulletList, ListItem, OrderedList } from "@tiptap/extension-list";
import { Text } from "@tiptap/extension-text";
import { renderCaret, renderSelection } from "./carets.ts";
import { saidParagraph, type Sort } from "./said.ts";

/** A part has one kind of heading inside; the server's reader shows it below the part's own. */
export const HEADING_LEVEL = 1;

/** The name of the fragment in the document; the server's reader knows the same. */
const FIELD = "default";

/** Rule: WCAG 2.2 2.1.2: Tab must leave the editor, in a list too, so it never indents. */
const PlainListItem = ListItem.extend({
  addKeyboardShortcuts() {
    return { Enter: () => this.editor.commands.splitListItem(this.name) };
  },
});

/** A part's own heading is an h3; what is pasted as any heading becomes ours. */
const InnerHeading = Heading.extend({
  parseHTML() {
    return ["h1", "h2", "h3", "h4", "h5", "h6"].map((tag) => ({ tag, attrs: { level: HEADING_LEVEL } }));
  },
  renderHTML() {
    return ["h4", 0];
  },
});

export function extensions(provider: HocuspocusProvider, tell: (sort: Sort | null) => void): AnyExtension[] {
  return [
    Document,
    saidParagraph(tell),
    Text,
    InnerHeading.configure({ levels: [HEADING_LEVEL] }),
    BulletList,
    OrderedList,
    PlainListItem,
    Bold,
    Italic,
    HardBreak,
    Collaboration.configure({ document: provider.document, field: FIELD }),
    CollaborationCaret.configure({
      provider,
      // The server writes who this is over whatever stands here: nobody names herself.
      user: {},
      render: renderCaret,
      selectionRender: renderSelection,
    }),
  ];
}
