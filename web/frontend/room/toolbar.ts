/**
 * The writing tools: one stop for Tab, arrow keys between the buttons (the toolbar pattern of the
 * ARIA Authoring Practices), words instead of pictures, and the keys told to assistive technology.
 */
import type { Editor } from "@tiptap/core";
import { HEADING_LEVEL } from "./extensions.ts";
import { SORTS } from "./said.ts";
import { words } from "./words.ts";

/** Something that is on or off for the part, whatever the caret stands in. */
export interface Switch {
  readonly words: string;
  isOn(): boolean;
  press(): void;
}

interface Tool {
  readonly words: string;
  readonly keys?: string;
  press(editor: Editor): void;
  /** Is it on where the caret stands? Absent: it is not an on-and-off tool. */
  isOn?(editor: Editor): boolean;
  isReady?(editor: Editor): boolean;
}

const tools: readonly Tool[] = [
  {
    words: words.bold,
    keys: "Control+B",
    press: (editor) => editor.chain().focus().toggleBold().run(),
    isOn: (editor) => editor.isActive("bold"),
  },
  {
    words: words.italic,
    keys: "Control+I",
    press: (editor) => editor.chain().focus().toggleItalic().run(),
    isOn: (editor) => editor.isActive("italic"),
  },
  {
    words: words.heading,
    keys: "Control+Alt+1",
    press: (editor) => editor.chain().focus().toggleHeading({ level: HEADING_LEVEL }).run(),
    isOn: (editor) => editor.isActive("heading"),
  },
  {
    words: words.bullets,
    keys: "Control+Shift+8",
    press: (editor) => editor.chain().focus().toggleBulletList().run(),
    isOn: (editor) => editor.isActive("bulletList"),
  },
  {
    words: words.numbers,
    keys: "Control+Shift+7",
    press: (editor) => editor.chain().focus().toggleOrderedList().run(),
    isOn: (editor) => editor.isActive("orderedList"),
  },
  ...SORTS.map((said, place) => ({
    words: words[said],
    keys: `Control+Alt+${place + 7}`,
    press: (editor: Editor) => editor.chain().focus().toggleSaid(said).run(),
    isOn: (editor: Editor) => editor.isActive("paragraph", { said }),
  })),
  {
    words: words.undo,
    keys: "Control+Z",
    press: (editor) => editor.chain().focus().undo().run(),
    isReady: (editor) => editor.can().undo(),
  },
  {
    words: words.redo,
    keys: "Control+Shift+Z",
    press: (editor) => editor.chain().focus().redo().run(),
    isReady: (editor) => editor.can().redo(),
  },
];

export class Toolbar {
  readonly element = document.createElement("div");
  readonly help: HTMLElement;
  private readonly editor: Editor;
  private readonly buttons: HTMLButtonElement[] = [];
  private readonly done: HTMLButtonElement;
  private readonly tools: readonly Tool[];

  constructor(editor: Editor, controls: string, switches: readonly Switch[], leave: () => void) {
    this.editor = editor;
    this.tools = [...tools, ...switches];
    this.element.className = "app-toolbar";
    this.element.setAttribute("role", "toolbar");
    this.element.setAttribute("aria-label", words.toolbar);
    this.element.setAttribute("aria-controls", controls);
    this.tools.forEach((tool) => this.add(tool));
    this.done = this.button(words.done);
    this.done.classList.add("app-toolbar__button--done");
    this.done.addEventListener("click", leave);
    this.element.addEventListener("keydown", (event) => this.pressed(event));
    this.help = keyHelp();
    this.rove(0);
    this.refresh();
  }

  /** Shows which tools are on where the caret stands. */
  refresh(): void {
    this.tools.forEach((tool, index) => {
      const button = this.buttons[index];
      if (tool.isOn) {
        set(button, "aria-pressed", String(tool.isOn(this.editor)));
      }
      const isReady = this.editor.isEditable && (tool.isReady?.(this.editor) ?? true);
      set(button, "aria-disabled", isReady ? null : "true");
    });
  }

  focus(): void {
    (this.buttons.find((button) => button.tabIndex === 0) ?? this.done).focus();
  }

  private add(tool: Tool): void {
    const button = this.button(tool.words);
    if (tool.keys) {
      button.setAttribute("aria-keyshortcuts", tool.keys);
    }
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-disabled") !== "true") {
        tool.press(this.editor);
        this.refresh();
      }
    });
  }

  private button(label: string): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "app-toolbar__button";
    button.textContent = label;
    button.tabIndex = -1;
    // Pressing with a mouse must not take the caret out of the text.
    button.addEventListener("mousedown", (event) => event.preventDefault());
    this.buttons.push(button);
    this.element.append(button);
    return button;
  }

  private pressed(event: KeyboardEvent): void {
    const at = this.buttons.findIndex((button) => button === document.activeElement);
    const last = this.buttons.length - 1;
    const to = {
      ArrowRight: at === last ? 0 : at + 1,
      ArrowLeft: at <= 0 ? last : at - 1,
      Home: 0,
      End: last,
    }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      this.rove(to);
      this.buttons[to]?.focus();
    } else if (event.key === "Escape") {
      event.preventDefault();
      this.editor.commands.focus();
    }
  }

  private rove(to: number): void {
    this.buttons.forEach((button, index) => {
      button.tabIndex = index === to ? 0 : -1;
    });
  }
}

function set(button: HTMLElement | undefined, name: string, value: string | null): void {
  if (!button || button.getAttribute(name) === value) {
    return;
  }
  if (value === null) {
    button.removeAttribute(name);
  } else {
    button.setAttribute(name, value);
  }
}

function keyHelp(): HTMLElement {
  const help = document.createElement("details");
  help.className = "govuk-details app-toolbar__help";
  const summary = document.createElement("summary");
  summary.className = "govuk-details__summary";
  const title = document.createElement("span");
  title.className = "govuk-details__summary-text";
  title.textContent = words.keysTitle;
  summary.append(title);
  const list = document.createElement("ul");
  list.className = "govuk-list govuk-list--bullet govuk-details__text";
  for (const sentence of words.keys) {
    const line = document.createElement("li");
    line.textContent = sentence;
    list.append(line);
  }
  help.append(summary, list);
  return help;
}
