"""A CRDT update taken apart into its structs, and written again under other client ids. Pure.

What is taken out keeps its place: its words become a deletion of the same length, so that all
that hangs on it still stands where it stood.

Rule: Yjs update encoding, version 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rooms.frames import BadFrame, Reader, number, string
from rooms.update import (
    COLLECTED,
    CONTENTS,
    GAP,
    HAS_KEY,
    HAS_LEFT,
    HAS_RIGHT,
    BadUpdate,
    Ranges,
    count_of,
    joined,
    read_deletions,
)

DELETED, JSON, BINARY, TEXT, EMBED, FORMAT, _TYPE, ANY = range(1, 9)
_WORDS = frozenset({JSON, BINARY, TEXT, EMBED, FORMAT, ANY})
"""The kinds of content that can hold words."""

Place = tuple[int, int]
"""A client id and a clock: one letter, or one node, for ever."""


@dataclass(frozen=True, slots=True)
class Struct:
    """One stretch of a client's typing. `kind` says of what, `content` are its bytes.

    `parent` is the node it stands in, by place or (for the outermost) by name; it is None where
    the neighbour on its left or right says so. `text` are the words of a text.
    """

    client: int
    clock: int
    length: int
    kind: int
    content: bytes = b""
    left: Place | None = None
    right: Place | None = None
    parent: Place | str | None = None
    key: str | None = None
    text: str = ""

    @property
    def end(self) -> int:
        """Return the clock that follows it."""
        return self.clock + self.length


@dataclass(frozen=True, slots=True)
class Parts:
    """All that one update holds: its structs in their order, and what it deletes."""

    structs: tuple[Struct, ...]
    deletions: Mapping[int, Ranges]


def read_parts(update: bytes) -> Parts:
    """Take an update apart.

    Raises:
        BadUpdate: it is no update that a plan may hold.
    """
    reader = Reader(update)
    found: list[Struct] = []
    try:
        for _ in range(count_of(reader, least_bytes=3)):
            count = count_of(reader, least_bytes=2)
            client, clock = reader.number(), reader.number()
            for _ in range(count):
                found.append(_read_struct(reader, client, clock))
                clock = found[-1].end
        deletions = read_deletions(reader)
    except (BadFrame, IndexError) as fault:
        raise BadUpdate from fault
    if not reader.is_at_end:
        raise BadUpdate
    return Parts(tuple(found), deletions)


def _read_struct(reader: Reader, client: int, clock: int) -> Struct:
    info = reader.bytes[reader.at]
    reader.at += 1
    kind = info & 0x1F
    if kind in (GAP, COLLECTED):
        return Struct(client, clock, reader.number(), kind)
    left = _read_place(reader) if info & HAS_LEFT else None
    right = _read_place(reader) if info & HAS_RIGHT else None
    parent: Place | str | None = None
    key = None
    if left is None and right is None:
        parent = reader.string() if reader.number() == 1 else _read_place(reader)
        key = reader.string() if info & HAS_KEY else None
    read = CONTENTS.get(kind)
    if read is None:
        raise BadUpdate
    start = reader.at
    length = read(reader)
    content = reader.bytes[start : reader.at]
    text = Reader(content).string() if kind == TEXT else ""
    # A key that a neighbour implies is flagged all the same; it is written as it was read.
    implied = "" if info & HAS_KEY and key is None else key
    return Struct(client, clock, length, kind, content, left, right, parent, implied, text)


def _read_place(reader: Reader) -> Place:
    return reader.number(), reader.number()


def write_parts(parts: Parts) -> bytes:
    """Write an update of these structs and deletions."""
    by_client: list[list[Struct]] = []
    for one in parts.structs:
        if (
            by_client
            and by_client[-1][-1].client == one.client
            and by_client[-1][-1].end == one.clock
        ):
            by_client[-1].append(one)
        else:
            by_client.append([one])
    written = [number(len(by_client))]
    for block in by_client:
        written += [number(len(block)), number(block[0].client), number(block[0].clock)]
        written += [_written(one) for one in block]
    return b"".join([*written, _deletions(parts.deletions)])


def _written(one: Struct) -> bytes:
    if one.kind in (GAP, COLLECTED):
        return bytes((one.kind,)) + number(one.length)
    info = one.kind
    info |= HAS_LEFT if one.left else 0
    info |= HAS_RIGHT if one.right else 0
    info |= HAS_KEY if one.key is not None else 0
    said = [bytes((info,))]
    said += [number(part) for place in (one.left, one.right) if place for part in place]
    if isinstance(one.parent, str):
        said += [number(1), string(one.parent)]
    elif one.parent is not None:
        said += [number(0), *map(number, one.parent)]
    if one.parent is not None and one.key is not None:
        said.append(string(one.key))
    return b"".join([*said, one.content])


def _deletions(deletions: Mapping[int, Ranges]) -> bytes:
    said = [number(len(deletions))]
    for client, ranges in deletions.items():
        said += [number(client), number(len(ranges))]
        said += [number(start) + number(end - start) for start, end in ranges]
    return b"".join(said)


def rewrite(parts: Parts, *, ids: Mapping[int, int], taken: Mapping[int, Ranges]) -> Parts:
    """Return the same update under other client ids, without the words in the ranges taken.

    `ids` names a new id for every client of whom it says anything, in the order of the old
    ones: what two people wrote in one place at once is ordered by them.
    """
    structs = [
        _renamed(piece, ids)
        for one in parts.structs
        for piece in _without(one, taken.get(one.client, []))
    ]
    deletions = {ids[client]: ranges for client, ranges in parts.deletions.items()}
    return Parts(tuple(structs), deletions)


def clients_in(parts: Parts) -> set[int]:
    """Return every client id that an update names."""
    found = set(parts.deletions)
    for one in parts.structs:
        found.add(one.client)
        found.update(place[0] for place in (one.left, one.right) if place)
        if isinstance(one.parent, tuple):
            found.add(one.parent[0])
    return found


def _renamed(one: Struct, ids: Mapping[int, int]) -> Struct:
    def named(place: Place | None) -> Place | None:
        return None if place is None else (ids[place[0]], place[1])

    return replace(
        one,
        client=ids[one.client],
        left=named(one.left),
        right=named(one.right),
        parent=named(one.parent) if isinstance(one.parent, tuple) else one.parent,
    )


def _without(one: Struct, taken: Ranges) -> Sequence[Struct]:
    hit = [
        (max(start, one.clock), min(end, one.end))
        for start, end in taken
        if start < one.end and end > one.clock
    ]
    if not hit or one.kind not in _WORDS:
        return (one,)
    if one.kind != TEXT or one.key is not None:
        return (_gone(one),)
    pieces: list[Struct] = []
    at = one.clock
    for start, end in joined(hit):
        if start > at:
            pieces.append(_piece(one, at, start))
        pieces.append(_gone(_piece(one, start, end)))
        at = end
    if at < one.end:
        pieces.append(_piece(one, at, one.end))
    return pieces


def _piece(one: Struct, start: int, end: int) -> Struct:
    """Return a part of a text, as the CRDT itself would split it."""
    units = one.text.encode("utf-16-le")[2 * (start - one.clock) : 2 * (end - one.clock)]
    text = units.decode("utf-16-le", "replace")
    made = replace(one, clock=start, length=end - start, text=text, content=string(text))
    if start == one.clock:
        return made
    return replace(made, left=(one.client, start - 1), parent=None)


def _gone(one: Struct) -> Struct:
    return replace(one, kind=DELETED, content=number(one.length), text="")
