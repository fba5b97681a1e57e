"""What a CRDT update holds: which stretches of whose typing, and which deletions. Pure.

Read without applying it, so that an update can be refused before it touches a document: an
author who is not the sender, a nesting that would exhaust the stack, a count that lies.

Rule: Yjs update encoding, version 1; ADR-0009.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rooms.frames import BadFrame, Reader

NESTING_LIMIT = 40
CLIENTS_LIMIT = 4096

Ranges = list[tuple[int, int]]
"""Half-open ranges of clocks, sorted, neither touching nor overlapping."""


class BadUpdate(ValueError):
    """These bytes are no update that a plan may hold."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """What an update holds, by CRDT client id: stretches of structs, and stretches deleted."""

    structs: dict[int, Ranges] = field(default_factory=dict)
    deletions: dict[int, Ranges] = field(default_factory=dict)

    @property
    def clients(self) -> set[int]:
        """Return the clients of whose typing it brings, or deletes, anything."""
        return {*self.structs, *self.deletions}

    def clients_past(self, state: Mapping[int, int]) -> set[int]:
        """Return the clients of whom it brings structs that `state` does not have."""
        return {
            client
            for client, ranges in self.structs.items()
            if ranges[-1][1] > state.get(client, 0)
        }

    def deletes_past(self, state: Mapping[int, int]) -> bool:
        """Say whether it deletes what `state` does not have yet."""
        return any(
            ranges[-1][1] > state.get(client, 0) for client, ranges in self.deletions.items()
        )

    def deletes_within(self, deleted: Mapping[int, Ranges]) -> bool:
        """Say whether all its deletions are in `deleted` already."""
        return all(
            is_within(ranges, deleted.get(client, [])) for client, ranges in self.deletions.items()
        )


def read_update(update: bytes) -> Holdings:
    """Read what an update holds.

    Raises:
        BadUpdate: it is cut off, lies about a length, or holds what we do not know.
    """
    reader = Reader(update)
    try:
        structs = _read_structs(reader)
        deletions = read_deletions(reader)
    except (BadFrame, IndexError) as fault:
        raise BadUpdate from fault
    if reader.at != len(update):
        raise BadUpdate
    return Holdings(structs, deletions)


def read_vector(vector: bytes) -> dict[int, int]:
    """Read a state vector: the next clock of each client.

    Raises:
        BadUpdate: it is no state vector.
    """
    reader = Reader(vector)
    try:
        found = {reader.number(): reader.number() for _ in range(count_of(reader, least_bytes=2))}
    except BadFrame as fault:
        raise BadUpdate from fault
    if not reader.is_at_end:
        raise BadUpdate
    return found


def joined(ranges: Ranges) -> Ranges:
    """Return the same ranges sorted, with those that touch or overlap made one."""
    found: Ranges = []
    for start, end in sorted(ranges):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def is_within(ranges: Ranges, deleted: Ranges) -> bool:
    """Say whether all of the first lies in the second."""
    place = 0
    for start, end in ranges:
        while place < len(deleted) and deleted[place][1] < end:
            place += 1
        if place == len(deleted) or deleted[place][0] > start:
            return False
    return True


def count_of(reader: Reader, *, least_bytes: int) -> int:
    """Read how many follow; no more can follow than there are bytes for."""
    count = reader.number()
    if count * least_bytes > len(reader.bytes) - reader.at:
        raise BadUpdate
    return count


def _read_structs(reader: Reader) -> dict[int, Ranges]:
    clients = count_of(reader, least_bytes=3)
    if clients > CLIENTS_LIMIT:
        raise BadUpdate
    found: dict[int, Ranges] = {}
    for _ in range(clients):
        count = count_of(reader, least_bytes=2)
        client, clock = reader.number(), reader.number()
        ranges: Ranges = []
        for _ in range(count):
            length, is_gap = _read_struct(reader)
            if not is_gap:
                ranges.append((clock, clock + length))
            clock += length
        if ranges:
            found[client] = joined(found.get(client, []) + ranges)
    return found


def read_deletions(reader: Reader) -> dict[int, Ranges]:
    """Read the deletions of an update: which stretches of whose typing are gone."""
    found: dict[int, Ranges] = {}
    for _ in range(count_of(reader, least_bytes=2)):
        client = reader.number()
        ranges: Ranges = []
        for _ in range(count_of(reader, least_bytes=2)):
            clock = reader.number()
            ranges.append((clock, clock + reader.number()))
        if ranges:
            found[client] = joined(found.get(client, []) + ranges)
    return found


GAP, COLLECTED = 10, 0
HAS_LEFT, HAS_RIGHT, HAS_KEY = 0x80, 0x40, 0x20


def _read_struct(reader: Reader) -> tuple[int, bool]:
    """Read one struct: how many clocks it takes, and whether it is a gap."""
    info = reader.bytes[reader.at]
    reader.at += 1
    kind = info & 0x1F
    if kind in (GAP, COLLECTED):
        return reader.number(), kind == GAP
    for mark in (HAS_LEFT, HAS_RIGHT):
        if info & mark:
            _skip_id(reader)
    if not info & (HAS_LEFT | HAS_RIGHT):
        if reader.number() == 1:
            reader.string()
        else:
            _skip_id(reader)
        if info & HAS_KEY:
            reader.string()
    read = CONTENTS.get(kind)
    if read is None:
        raise BadUpdate
    return read(reader), False


def _skip_id(reader: Reader) -> None:
    reader.number()
    reader.number()


def _read_texts(reader: Reader) -> int:
    count = count_of(reader, least_bytes=1)
    for _ in range(count):
        reader.string()
    return count


def _read_bytes(reader: Reader) -> int:
    reader.array()
    return 1


def _read_text(reader: Reader) -> int:
    # Clocks count UTF-16 units, as JavaScript does.
    return len(reader.string().encode("utf-16-le")) // 2


def _read_embed(reader: Reader) -> int:
    reader.string()
    return 1


def _read_format(reader: Reader) -> int:
    reader.string()
    reader.string()
    return 1


_TYPES_WITH_NAME, _LAST_TYPE = (3, 5), 6


def _read_type(reader: Reader) -> int:
    kind = reader.number()
    if kind > _LAST_TYPE:
        raise BadUpdate
    if kind in _TYPES_WITH_NAME:
        reader.string()
    return 1


def _read_values(reader: Reader) -> int:
    count = count_of(reader, least_bytes=1)
    for _ in range(count):
        _skip_value(reader, 0)
    return count


# Documents inside documents (9) and moves (11) are nothing that a plan holds.
CONTENTS: dict[int, Callable[[Reader], int]] = {
    1: Reader.number,
    2: _read_texts,
    3: _read_bytes,
    4: _read_text,
    5: _read_embed,
    6: _read_format,
    7: _read_type,
    8: _read_values,
}

_PLAIN = {127: 0, 126: 0, 124: 4, 123: 8, 122: 8, 121: 0, 120: 0}
_MORE = 0x80
_WHOLE_NUMBER, _STRING, _OBJECT, _ARRAY, _BYTES = 125, 119, 118, 117, 116


def _skip_value(reader: Reader, depth: int) -> None:
    # Threat T-12: the CRDT reads nested values by recursion; a deep nest would end the server.
    if depth > NESTING_LIMIT:
        raise BadUpdate
    kind = reader.bytes[reader.at]
    reader.at += 1
    if kind in _PLAIN:
        reader.at += _PLAIN[kind]
    elif kind == _WHOLE_NUMBER:
        _skip_whole_number(reader)
    elif kind in (_STRING, _BYTES):
        reader.array()
    elif kind in (_OBJECT, _ARRAY):
        for _ in range(count_of(reader, least_bytes=1)):
            if kind == _OBJECT:
                reader.string()
            _skip_value(reader, depth + 1)
    else:
        raise BadUpdate


def _skip_whole_number(reader: Reader) -> None:
    while reader.bytes[reader.at] & _MORE:
        reader.at += 1
    reader.at += 1
