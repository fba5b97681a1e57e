"""Whose words are whose in the changes of a part: the passages that one author wrote. Pure.

A passage is what she wrote into one line before she paused. It is found in the changes and not in
the words as they stand, so that what was deleted since can be taken back as well.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import SequenceMatcher

from rooms.comparing import MOST_PAIRS
from rooms.structs import TEXT, Parts, Place, Struct
from rooms.update import Ranges, is_within, joined

PAUSE = timedelta(minutes=5)
COPIED_AT_LEAST = 8
"""Fewer letters alike, in words that came in at once, are no copy."""

ALIKE_AT_LEAST = 24
"""So many letters alike in a row, in words that came in at once, are a copy of a part."""

MOVED_AT_LEAST = 3
"""Fewer letters alike, in words that came as others went, were not moved."""

ByClient = dict[int, Ranges]


@dataclass(frozen=True, slots=True)
class Row:
    """One stored change, taken apart."""

    seq: int
    at: datetime
    parts: Parts


@dataclass(slots=True)
class Passage:
    """What an author wrote into one line before she paused.

    It stood from one change to another: `gone_seq` and `gone_at` are None while any of it stands.
    """

    id: str
    first_seq: int
    first_at: datetime
    last_at: datetime
    ranges: ByClient
    gone_seq: int | None = None
    gone_at: datetime | None = None
    _letters: list[tuple[int, int, int, str]] = field(default_factory=list)

    @property
    def words(self) -> str:
        """Return its words in the order in which they stood."""
        return "".join(letter for *_, letter in self._letters).strip()

    def add(self, one: Struct) -> None:
        """Put a text in its place among those that are there."""
        place = self._after(one)
        clock, letters = one.clock, []
        for letter in one.text:
            units = 2 if ord(letter) > 0xFFFF else 1  # noqa: PLR2004  clocks count UTF-16 units
            letters.append((one.client, clock, clock + units - 1, letter))
            clock += units
        self._letters[place:place] = letters
        self.ranges[one.client] = joined([*self.ranges.get(one.client, []), (one.clock, one.end)])

    def _after(self, one: Struct) -> int:
        for place in range(len(self._letters) - 1, -1, -1):
            client, first, last, _ = self._letters[place]
            if (client, last) == one.left:
                return place + 1
            if (client, first) == one.right and one.left is None:
                return place
        return len(self._letters)


def passages_of(rows: Iterable[Row], own: set[int]) -> list[Passage]:
    """Return what was typed under these client ids, the oldest first."""
    found: dict[tuple[int, Place | str | None], Passage] = {}
    lines, known = _Lines(), _Known()
    read: list[Row] = []
    burst, last_at = 0, None
    for row in rows:
        read.append(row)
        for one in row.parts.structs:
            lines.add(one)
            if one.kind != TEXT or one.client not in own or not known.is_new(one):
                continue
            if last_at is not None and row.at - last_at > PAUSE:
                burst += 1
            last_at = row.at
            passage = found.setdefault(
                (burst, lines.line_of(one)),
                Passage(f"{one.client:x}-{one.clock:x}", row.seq, row.at, row.at, {}),
            )
            passage.add(one)
            passage.last_at = row.at
    kept = [passage for passage in found.values() if passage.words]
    for passage in kept:
        _note_end(passage, read)
    return kept


def taken_with_copies(rows: Sequence[Row], passages: Sequence[Passage]) -> ByClient:
    """Return where the words of passages stand: as they were typed, and where they were copied to.

    An editor that splits or joins a line writes its words a second time, under the name of who
    pressed the key; and undoing a deletion writes them anew.
    """
    taken = _merged(*(passage.ranges for passage in passages))
    whole = [one.words for one in passages if len(one.words) >= COPIED_AT_LEAST]
    first = min(passage.first_seq for passage in passages)
    texts = _Texts(one for row in rows for one in row.parts.structs if one.kind == TEXT)
    while True:
        more: ByClient = {}
        for row in rows:
            if row.seq < first:
                continue
            moved = "".join(texts.within(row.parts.deletions, taken))
            for one in row.parts.structs:
                if one.kind == TEXT and len(one.text) > 1 and not _covers(taken, one):
                    more = _merged(more, copied) if (copied := _copied(one, moved, whole)) else more
        grown = _merged(taken, more)
        if grown == taken:
            return taken
        taken = grown


def _copied(one: Struct, moved: str, whole: Sequence[str]) -> ByClient:
    """Return which letters of a text are a copy of what is taken."""
    found: Ranges = _alike(one.text, moved, min(MOVED_AT_LEAST, len(moved))) if moved else []
    plain = one.text.strip()
    for words in whole:
        if len(plain) >= COPIED_AT_LEAST and plain in words:
            found.append((0, len(one.text)))
        found += [match.span() for match in re.finditer(re.escape(words), one.text)]
        if min(len(words), len(one.text)) >= ALIKE_AT_LEAST:
            found += _alike(one.text, words, ALIKE_AT_LEAST)
    ranges = [(_clock(one, start), _clock(one, end)) for start, end in found if end > start]
    return {one.client: joined(ranges)} if ranges else {}


def _alike(text: str, words: str, least: int) -> Ranges:
    """Return where a text says the same as some words for at least so many letters."""
    if len(text) * len(words) > MOST_PAIRS:
        return [match.span() for match in re.finditer(re.escape(words), text)]
    blocks = SequenceMatcher(None, text, words, autojunk=False).get_matching_blocks()
    return [(one.a, one.a + one.size) for one in blocks if one.size >= least]


def _clock(one: Struct, letters: int) -> int:
    return one.clock + len(one.text[:letters].encode("utf-16-le")) // 2


def _covers(taken: Mapping[int, Ranges], one: Struct) -> bool:
    return is_within([(one.clock, one.end)], taken.get(one.client, []))


def _merged(*several: Mapping[int, Ranges]) -> ByClient:
    found: ByClient = {}
    for one in several:
        for client, ranges in one.items():
            found[client] = joined([*found.get(client, []), *ranges])
    return found


def _note_end(passage: Passage, rows: Iterable[Row]) -> None:
    touched = [
        row
        for row in rows
        if any(
            _overlap(ranges, row.parts.deletions.get(client, []))
            for client, ranges in passage.ranges.items()
        )
    ]
    union = _merged(*(row.parts.deletions for row in touched))
    if all(is_within(ranges, union.get(client, [])) for client, ranges in passage.ranges.items()):
        passage.gone_seq, passage.gone_at = touched[-1].seq, touched[-1].at


def _overlap(one: Ranges, other: Ranges) -> Ranges:
    return [
        (max(start, from_), min(end, to))
        for start, end in one
        for from_, to in other
        if start < to and from_ < end
    ]


class _Known:
    """Which structs were seen: one that comes a second time is no new typing."""

    def __init__(self) -> None:
        self._seen: set[Place] = set()

    def is_new(self, one: Struct) -> bool:
        place = (one.client, one.clock)
        if place in self._seen:
            return False
        self._seen.add(place)
        return True


class _Lines:
    """In which node each struct stands; most say so only by their neighbours."""

    def __init__(self) -> None:
        self._clocks: dict[int, list[int]] = {}
        self._lines: dict[int, list[Place | str | None]] = {}

    def add(self, one: Struct) -> None:
        line = self.line_of(one)
        clocks = self._clocks.setdefault(one.client, [])
        lines = self._lines.setdefault(one.client, [])
        at = bisect_right(clocks, one.clock)
        clocks.insert(at, one.clock)
        lines.insert(at, line)

    def line_of(self, one: Struct) -> Place | str | None:
        if one.parent is not None:
            return one.parent
        return self._at(one.left) or self._at(one.right)

    def _at(self, place: Place | None) -> Place | str | None:
        if place is None or place[0] not in self._clocks:
            return None
        at = bisect_right(self._clocks[place[0]], place[1]) - 1
        return self._lines[place[0]][at] if at >= 0 else None


class _Texts:
    """The letters of every text, by where they stand."""

    def __init__(self, texts: Iterable[Struct]) -> None:
        self._by_client: dict[int, dict[int, Struct]] = {}
        for one in texts:
            self._by_client.setdefault(one.client, {}).setdefault(one.clock, one)

    def within(self, deletions: Mapping[int, Ranges], taken: ByClient) -> Iterator[str]:
        """Yield the words that are both deleted here and taken."""
        for client, ranges in deletions.items():
            both = _overlap(ranges, taken.get(client, []))
            if not both:
                continue
            for one in sorted(
                self._by_client.get(client, {}).values(), key=lambda each: each.clock
            ):
                for start, end in _overlap([(one.clock, one.end)], both):
                    units = one.text.encode("utf-16-le")
                    cut = units[2 * (start - one.clock) : 2 * (end - one.clock)]
                    yield cut.decode("utf-16-le", "ignore")
