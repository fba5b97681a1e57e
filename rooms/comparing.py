"""What changed between two texts, line by line and word by word. Pure.

Work is bounded: lines or words too many to compare one by one count as taken out and added whole.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

MOST_PAIRS = 1_000_000
"""So many pairs of lines, or of words, are compared at most for one answer."""

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


class Sort(StrEnum):
    """What became of a stretch of words."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Run:
    """Some words of one line, and what became of them."""

    sort: Sort
    words: str


Line = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two texts as one: its lines, and how many words came and went."""

    lines: tuple[Line, ...]
    added: int
    removed: int


def compare(before: str, after: str) -> Comparison:
    """Return what has to be taken out of one text, and added, to make the other."""
    lines = tuple(_lines(before.split("\n"), after.split("\n")))
    return Comparison(lines, _count(lines, Sort.ADDED), _count(lines, Sort.REMOVED))


def _lines(before: Sequence[str], after: Sequence[str]) -> Iterator[Line]:
    for tag, old, new in _steps(before, after):
        if tag == "equal":
            yield from (_whole(Sort.SAME, one) for one in old)
            continue
        paired = min(len(old), len(new))
        yield from (_words(one, other) for one, other in zip(old, new, strict=False))
        yield from (_whole(Sort.REMOVED, one) for one in old[paired:])
        yield from (_whole(Sort.ADDED, one) for one in new[paired:])


def _words(before: str, after: str) -> Line:
    runs: list[Run] = []
    for tag, old, new in _steps(_WORDS.findall(before), _WORDS.findall(after)):
        sorts = ((Sort.SAME, old),) if tag == "equal" else ((Sort.REMOVED, old), (Sort.ADDED, new))
        runs += [Run(sort, "".join(words)) for sort, words in sorts if words]
    return tuple(runs)


def _steps(
    before: Sequence[str], after: Sequence[str]
) -> Iterator[tuple[str, Sequence[str], Sequence[str]]]:
    """Return the stretches that are equal, and those that are not, in their order."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    if start:
        yield "equal", before[:start], after[:start]
    before, after = before[start:], after[start:]
    if len(before) * len(after) > MOST_PAIRS:
        yield "replace", before, after
        return
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, from_, to, new_from, new_to in matcher.get_opcodes():
        yield tag, before[from_:to], after[new_from:new_to]


def _whole(sort: Sort, words: str) -> Line:
    return (Run(sort, words),) if words else ()


def _count(lines: Sequence[Line], sort: Sort) -> int:
    runs = (run for line in lines for run in line if run.sort is sort)
    return sum(len(re.findall(r"\w+", run.words)) for run in runs)
