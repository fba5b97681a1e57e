/**
 * Makes a block of the page equal to a fresh copy from the server, touching only what differs, so
 * that focus, open lists, scroll and a screen reader's place stay where they are.
 *
 * Two kinds of thing are the page's own and never touched: elements marked `data-own` (the editor),
 * and the lines `data-status` and `data-presence`, which the server sends empty.
 */

/** Told of each element that leaves the page, before it goes. */
export type Removed = (element: Element) => void;

const isOwn = (node: Node | null): boolean => node instanceof HTMLElement && node.dataset["own"] !== undefined;

const isKept = (element: Element): boolean => element.matches("[data-status], [data-presence]");

function nextTheirs(node: Node | null): Node | null {
  let next = node;
  while (next && isOwn(next)) {
    next = next.nextSibling;
  }
  return next;
}

function sameKind(old: Node, fresh: Node): boolean {
  return (
    old.nodeType === fresh.nodeType &&
    old.nodeName === fresh.nodeName &&
    !(old instanceof Element && old.id) &&
    !(fresh instanceof Element && fresh.id)
  );
}

/** The old node that stands for this fresh one: by id where it has one, else the next of its kind. */
function partnerOf(fresh: Node, old: Element, next: Node | null): Node | null {
  if (fresh instanceof Element && fresh.id) {
    return [...old.children].find((child) => child.id === fresh.id) ?? null;
  }
  return next && sameKind(next, fresh) ? next : null;
}

function morphAttributes(old: Element, fresh: Element): void {
  for (const { name } of [...old.attributes]) {
    // A list that the reader opened stays open.
    if (!fresh.hasAttribute(name) && !(name === "open" && old.matches("details"))) {
      old.removeAttribute(name);
    }
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) {
      old.setAttribute(name, value);
    }
  }
}

function morphNode(old: Node, fresh: Node, removed: Removed): void {
  if (old instanceof Element && fresh instanceof Element) {
    if (!isKept(old)) {
      morphAttributes(old, fresh);
      morphChildren(old, fresh, removed);
    }
  } else if (old.nodeValue !== fresh.nodeValue) {
    old.nodeValue = fresh.nodeValue;
  }
}

/** Makes the children of `old` those of `fresh`. */
export function morphChildren(old: Element, fresh: Element, removed: Removed): void {
  let next = nextTheirs(old.firstChild);
  for (const node of [...fresh.childNodes]) {
    const partner = partnerOf(node, old, next);
    if (!partner) {
      old.insertBefore(document.importNode(node, true), next);
      continue;
    }
    if (partner === next) {
      next = nextTheirs(partner.nextSibling);
    } else {
      old.insertBefore(partner, next);
    }
    morphNode(partner, node, removed);
  }
  while (next) {
    const after = nextTheirs(next.nextSibling);
    if (next instanceof Element) {
      removed(next);
    }
    next.parentNode?.removeChild(next);
    next = after;
  }
}
