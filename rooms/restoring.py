"""An older version's words are brought back as one new change of the words as they stand. Pure.

What is the same in both stays as it is, with its authors: only the paragraphs that differ are
taken out and written again.
"""

from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Any, cast

from pycrdt import XmlElement, XmlFragment, XmlText

from rooms.plan import DEPTH_LIMIT, ROOT, read_document

Node = XmlElement | XmlText


def make_restoration(now: Iterable[bytes], then: Iterable[bytes]) -> tuple[bytes, int] | None:
    """Return the change that makes the words as they stand those of a version, and its client id.

    None: they are the same already.
    """
    standing, wanted = read_document(now), read_document(then)
    root = standing.get(ROOT, type=XmlFragment)
    old = list(wanted.get(ROOT, type=XmlFragment).children)
    steps = SequenceMatcher(
        None,
        [_written(one) for one in root.children],
        [_written(one) for one in old],
        autojunk=False,
    ).get_opcodes()
    if all(tag == "equal" for tag, *_ in steps):
        return None
    before = standing.get_state()
    with standing.transaction():
        # From the end: what stands before a step is not moved by it.
        for tag, start, end, from_, to in reversed(steps):
            if tag == "equal":
                continue
            if end > start:
                del root.children[start:end]
            for place, node in enumerate(old[from_:to], start):
                _copy(node, root, place, 1)
    return standing.get_update(before), standing.client_id


def make_tidying(before: Iterable[bytes], now: Iterable[bytes]) -> bytes | None:
    """Return the change that takes out the lines that had words before and have none now.

    Both are the same document before and after words were taken back, line for line.
    """
    older, document = read_document(before), read_document(now)
    root = document.get(ROOT, type=XmlFragment)
    were = [bool(_words(one)) for one in older.get(ROOT, type=XmlFragment).children]
    are = [bool(_words(one)) for one in root.children]
    empty = [
        place for place, (was, is_) in enumerate(zip(were, are, strict=True)) if was and not is_
    ]
    if not empty:
        return None
    before_it = document.get_state()
    with document.transaction():
        for place in reversed(empty):
            del root.children[place]
    return document.get_update(before_it)


def _words(node: object, depth: int = 1) -> str:
    if isinstance(node, XmlText):
        return "".join(run for run, _marks in node.diff() if isinstance(run, str))
    if not isinstance(node, XmlElement) or depth > DEPTH_LIMIT:
        return ""
    return "".join(_words(child, depth + 1) for child in node.children)


def _copy(node: object, into: XmlFragment | XmlElement, place: int, depth: int) -> None:
    if isinstance(node, XmlText):
        text = into.children.insert(place, XmlText(""))
        for run, marks in node.diff():
            if isinstance(run, str):
                text.insert(len(text), run, marks)
    elif isinstance(node, XmlElement):
        made = into.children.insert(place, XmlElement(node.tag, _attributes(node)))
        if depth < DEPTH_LIMIT:
            for inner, child in enumerate(node.children):
                _copy(child, made, inner, depth + 1)


def _attributes(node: XmlElement) -> dict[str, Any]:
    return dict(list(cast(Any, node.attributes)))


def _written(node: object, depth: int = 1) -> object:
    """Return what two paragraphs are compared by: tags, attributes and words with their marks."""
    if isinstance(node, XmlText):
        return tuple((run, repr(sorted((marks or {}).items()))) for run, marks in node.diff())
    if not isinstance(node, XmlElement) or depth > DEPTH_LIMIT:
        return None
    inner = tuple(_written(child, depth + 1) for child in node.children)
    return node.tag, repr(sorted(_attributes(node).items())), inner
