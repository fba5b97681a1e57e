/**
 * A line that is marked as fact, opinion or reported. The mark is an attribute of the paragraph;
 * the server's reader writes its word before the line, and the style sheet does so while one types.
 */
import { Paragraph } from "@tiptap/extension-paragraph";

export const SORTS = ["fact", "opinion", "reported"] as const;
export type Sort = (typeof SORTS)[number];

declare module "@tiptap/core" {
  interface Commands<ReturnType> {
    said: {
      /** Marks the lines of the selection, or takes that mark away. */
      toggleSaid: (sort: Sort) => ReturnType;
    };
  }
}

function read(element: HTMLElement): Sort | null {
  return SORTS.find((sort) => sort === element.dataset["said"]) ?? null;
}

/** `tell` hears what the lines of the selection are now. */
export function saidParagraph(tell: (sort: Sort | null) => void): typeof Paragraph {
  return Paragraph.extend({
    addAttributes() {
      return {
        said: {
          default: null,
          keepOnSplit: false, // the next line is a line of its own
          parseHTML: read,
          renderHTML: ({ said }) => (typeof said === "string" ? { "data-said": said } : {}),
        },
      };
    },
    parseHTML() {
      // The word that the server wrote before a line is no part of it.
      return [{ tag: "strong.app-said__word", ignore: true, priority: 100 }, { tag: "p" }];
    },
    addCommands() {
      return {
        ...this.parent?.(),
        toggleSaid:
          (sort) =>
          ({ commands, editor, dispatch }) => {
            const next = editor.isActive("paragraph", { said: sort }) ? null : sort;
            if (dispatch) {
              tell(next);
            }
            return commands.updateAttributes("paragraph", { said: next });
          },
      };
    },
    addKeyboardShortcuts() {
      return {
        ...this.parent?.(),
        "Mod-Alt-7": () => this.editor.commands.toggleSaid("fact"),
        "Mod-Alt-8": () => this.editor.commands.toggleSaid("opinion"),
        "Mod-Alt-9": () => this.editor.commands.toggleSaid("reported"),
      };
    },
  });
}
