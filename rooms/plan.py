"""The shape of the family's plan in the CRDT, and its words as safe HTML and as plain text.

Each section is one document with one root, the XML fragment `default`, in the shape the TipTap
editor writes. What a browser put there is not trusted: only known nodes and marks become tags,
text is always escaped, and of an unknown node the text alone is kept.

Rule: ADR-0009 (the live room). Threat T-19: markup or script in the words of a plan.
"""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any, cast

from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from rooms.words import whole_of

ROOT = "default"
DEPTH_LIMIT = 40

_BLOCKS = {
    "paragraph": "p",
    "bulletList": "ul",
    "orderedList": "ol",
    "listItem": "li",
    "blockquote": "blockquote",
}
_LEAVES = {"hardBreak": "<br>", "horizontalRule": "<hr>"}
# The outermost mark first, as TipTap nests them.
_MARKS = (
    ("bold", "strong"),
    ("italic", "em"),
    ("underline", "u"),
    ("strike", "s"),
    ("code", "code"),
)
SAID = {"fact": "Fact", "opinion": "Opinion", "reported": "Reported"}
"""What a line may be marked as, each with its word.

Rule: draft guidance on Children Act 2004 s.16LA: say what is a fact, what is an opinion, and what
somebody else reported.
"""
_LINK_SCHEMES = ("https:", "http:", "mailto:", "tel:")
# Headings inside a section stand below the section's own, which is an h3 on the page.
_HEADING_TAGS = {1: "h4", 2: "h5", 3: "h6"}


def make_first_update(paragraphs: Sequence[str]) -> tuple[bytes, int]:
    """Write paragraphs as the first change of a new section: its bytes and the CRDT client id.

    It is made once, in the transaction that makes the section; never again at loading, or the
    words would stand twice.
    """
    document: Doc[Any] = Doc()
    root = document.get(ROOT, type=XmlFragment)
    with document.transaction():
        for words in paragraphs:
            paragraph = root.children.append(XmlElement("paragraph"))
            if words:
                paragraph.children.append(XmlText(words))
    return document.get_update(), document.client_id


def make_addition(changes: Iterable[bytes], words: str) -> bytes:
    """Write words on at the end of a section's last paragraph, as the change that brings them."""
    document = read_document(changes)
    root = document.get(ROOT, type=XmlFragment)
    before = document.get_state()
    with document.transaction():
        paragraphs = [one for one in root.children if isinstance(one, XmlElement)]
        last = paragraphs[-1] if paragraphs else root.children.append(XmlElement("paragraph"))
        texts = [one for one in last.children if isinstance(one, XmlText)]
        text = texts[-1] if texts else last.children.append(XmlText(""))
        text.insert(len(text), words)
    return document.get_update(before)


def read_document(changes: Iterable[bytes]) -> "Doc[Any]":
    """Build the document of a section from its snapshot and changes, whatever their order."""
    document: Doc[Any] = Doc()
    document.apply_update(whole_of(list(changes)))
    return document


def words_as_html(changes: Iterable[bytes]) -> str:
    """Return a section's words as HTML that is safe to put into a page as it is."""
    return document_as_html(read_document(changes))


def words_as_text(changes: Iterable[bytes]) -> str:
    """Return a section's words as plain text, one line for each paragraph or list item."""
    return document_as_text(read_document(changes))


def document_as_html(document: "Doc[Any]") -> str:
    """Return the words of an open document as safe HTML."""
    root = document.get(ROOT, type=XmlFragment)
    return "".join(_node_as_html(node, 1) for node in root.children)


def said_word(word: str, of_language: str = "") -> str:
    """Return the word at the beginning of a line that is marked, as it stands in its HTML."""
    spoken = f' lang="{of_language}"' if of_language else ""
    return f'<strong class="app-said__word"{spoken}>{word}:</strong> '


def document_as_text(document: "Doc[Any]") -> str:
    """Return the words of an open document as plain text."""
    lines: list[str] = []
    root = document.get(ROOT, type=XmlFragment)
    for node in root.children:
        _write_lines(node, lines, 1)
    return "\n".join(lines)


def _node_as_html(node: object, depth: int) -> str:
    if isinstance(node, XmlText):
        return "".join(_run_as_html(run, marks or {}) for run, marks in node.diff())
    if not isinstance(node, XmlElement) or depth > DEPTH_LIMIT:
        return ""
    if node.tag in _LEAVES:
        return _LEAVES[node.tag]
    opening, closing = _tags(node)
    return opening + "".join(_node_as_html(child, depth + 1) for child in node.children) + closing


def _tags(node: XmlElement) -> tuple[str, str]:
    match node.tag:
        case "heading":
            tag = _HEADING_TAGS.get(_whole(node, "level"), "h6")
            return f"<{tag}>", f"</{tag}>"
        case "codeBlock":
            return "<pre><code>", "</code></pre>"
        case "orderedList" if (start := _whole(node, "start")) > 1:
            return f'<ol start="{start}">', "</ol>"
    if node.tag == "paragraph" and (said := _said(node)):
        # The word is text: colour or style alone would tell nobody who hears or prints it.
        return f'<p class="app-said" data-said="{said}">{said_word(SAID[said])}', "</p>"
    tag = _BLOCKS.get(node.tag or "", "")
    return (f"<{tag}>", f"</{tag}>") if tag else ("", "")


def _run_as_html(run: object, marks: dict[str, Any]) -> str:
    if not isinstance(run, str):
        return ""  # an embedded object: nothing a plan may hold
    written = escape(run)
    for mark, tag in reversed(_MARKS):
        if mark in marks:
            written = f"<{tag}>{written}</{tag}>"
    address = _link(marks.get("link"))
    if address:
        return f'<a href="{escape(address)}" rel="noopener noreferrer nofollow">{written}</a>'
    return written


def _link(mark: object) -> str | None:
    address = mark.get("href") if isinstance(mark, dict) else None
    if not isinstance(address, str):
        return None
    # Browsers skip blanks and control characters inside a scheme: "java\tscript:".
    plain = "".join(sign for sign in address if sign > " " and sign != "\x7f")
    return plain if plain.lower().startswith(_LINK_SCHEMES) else None


def _whole(node: XmlElement, name: str) -> int:
    found: dict[str, Any] = dict(list(cast(Any, node.attributes)))
    value = found.get(name)
    try:
        return int(float(value or 0))
    except (TypeError, ValueError, OverflowError):
        return 0


def _said(node: XmlElement) -> str:
    """Return what the line is marked as, or "" where it is not, or not as anything we know."""
    found: dict[str, Any] = dict(list(cast(Any, node.attributes)))
    said = found.get("said")
    return said if isinstance(said, str) and said in SAID else ""


def _write_lines(node: object, lines: list[str], depth: int) -> None:
    if not isinstance(node, XmlElement) or depth > DEPTH_LIMIT:
        if isinstance(node, XmlText):
            lines.append(_plain(node))
        return
    if all(not isinstance(child, XmlElement) or _is_break(child) for child in node.children):
        words = "".join(
            _plain(child) if isinstance(child, XmlText) else "\n" for child in node.children
        )
        said = _said(node)
        lines.append(f"{SAID[said]}: {words}" if said else words)
        return
    for child in node.children:
        _write_lines(child, lines, depth + 1)


def _is_break(node: XmlElement) -> bool:
    return node.tag == "hardBreak"


def _plain(text: XmlText) -> str:
    return "".join(run for run, _marks in text.diff() if isinstance(run, str))
