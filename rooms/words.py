"""The words of one open section in memory: the CRDT document and what is known about it.

It is built from rows, changed only by updates, and thrown away and built again when an update
was refused after it had been applied. It is touched by the loop's own thread alone.

Rule: ADR-0009. What the document cannot hold yet (a change whose beginning is missing) is kept
beside it as it came, or a reader who joins would lack that text for ever.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from pycrdt import Doc, merge_updates

from rooms.update import BadUpdate, Holdings, Ranges, read_update, read_vector

NO_UPDATE = b"\x00\x00"
NO_VECTOR = b"\x00"
MERGE_LIMIT = 64
BLOCK = 256
MEASURE_BYTES = 64 * 1024


class Poison(Exception):
    """The CRDT could not take an update. The document may be broken: build it again."""


class LiveWords:
    """A document, its state, and the updates it cannot wholly hold yet."""

    def __init__(self, updates: Iterable[bytes], *, snapshot: bytes | None = None) -> None:
        """Build the document from a snapshot and changes, in the order of their seq.

        A snapshot holds nothing that it cannot hold, so it is not read by us: that would take
        longer than all the rest, and longer with every year of a plan.
        """
        self._document: Doc[Any] = Doc()
        self.size_bytes = 0
        self._measure_at = 0
        self.state: dict[int, int] = {}
        self.waiting: list[tuple[bytes, Holdings]] = []
        self._deleted: dict[int, Ranges] | None = None
        if snapshot is not None:
            self._take([snapshot])
            self.size_bytes = len(snapshot)
        rows = list(updates)
        if rows:
            whole = _merged(rows)
            holds = read_update(whole)
            self._take([whole])
            self.size_bytes += sum(map(len, rows))
            if is_ahead(holds, self.state):
                held = [(update, read_update(update)) for update in rows]
                self.waiting = [one for one in held if is_ahead(one[1], self.state)]

    def has_room_for(self, size_bytes: int, limit_bytes: int) -> bool:
        """Say whether the words may grow by so much.

        What all updates weighed is no measure of what they left: where that is over the limit,
        the document itself is measured, and again each time it may have grown by a block.
        """
        if self.size_bytes + size_bytes > limit_bytes and self.size_bytes >= self._measure_at:
            self.size_bytes = len(self.whole()) + sum(len(held) for held, _holds in self.waiting)
            self._measure_at = self.size_bytes + MEASURE_BYTES
        return self.size_bytes + size_bytes <= limit_bytes

    def is_news(self, update: bytes, holds: Holdings) -> bool:
        """Say whether the update brings anything that the document does not have."""
        if holds.clients_past(self.state):
            return all(update != known for known, _holds in self.waiting)
        return not holds.deletes_within(self._all_deleted())

    def apply(self, changes: Sequence[tuple[bytes, Holdings]]) -> None:
        """Apply updates, all at once.

        Raises:
            Poison: the CRDT could not take one of them; throw this object away.
        """
        self._take([update for update, _holds in changes])
        self.size_bytes += sum(len(update) for update, _holds in changes)
        waiting = [*self.waiting, *changes]
        self.waiting = [one for one in waiting if is_ahead(one[1], self.state)]
        if self.waiting and len(waiting) > 1:
            # The CRDT does not take up by itself all that it had to put aside; merged, it does.
            self._take([held for held, _holds in self.waiting])
            self.waiting = [one for one in self.waiting if is_ahead(one[1], self.state)]

    def _take(self, updates: Sequence[bytes]) -> None:
        try:
            self._document.apply_update(whole_of(updates))
            self.state = read_vector(self._document.get_state())
        except BaseException as fault:
            # The CRDT's panic is no Exception; whatever it is, the document is not to be trusted.
            if isinstance(fault, (KeyboardInterrupt, SystemExit)):
                raise
            raise Poison from fault
        self._deleted = None

    def vector(self) -> bytes:
        """Return what the document has, as a state vector."""
        return self._document.get_state()

    def since(self, vector: bytes) -> bytes:
        """Return what somebody lacks who has `vector`, as one update.

        Raises:
            BadUpdate: these bytes are no state vector.
        """
        read_vector(vector)
        try:
            return self._document.get_update(vector)
        except ValueError as fault:
            raise BadUpdate from fault

    def whole(self) -> bytes:
        """Return all that the document holds as one update, without what it cannot hold yet."""
        return self._document.get_update()

    def _all_deleted(self) -> dict[int, Ranges]:
        if self._deleted is None:
            # An update since the document's own state holds its deletions and nothing else.
            self._deleted = read_update(self._document.get_update(self.vector())).deletions
        return self._deleted


def _merged(updates: Sequence[bytes]) -> bytes:
    try:
        return whole_of(updates)
    except ValueError as fault:
        raise Poison from fault


def is_ahead(holds: Holdings, state: dict[int, int]) -> bool:
    """Say whether an update holds structs or deletions that a document in `state` cannot hold."""
    return bool(holds.clients_past(state)) or holds.deletes_past(state)


def whole_of(updates: Sequence[bytes]) -> bytes:
    """Return many updates, in whatever order they came, as one.

    Applied one by one out of their order, some would never be taken up by the CRDT; merged they
    are. In blocks, as merging takes longer than the number of updates.
    """
    found = list(updates)
    while len(found) > 1:
        blocks = [found[at : at + BLOCK] for at in range(0, len(found), BLOCK)]
        found = [merge_updates(*block) if len(block) > 1 else block[0] for block in blocks]
    return found[0] if found else NO_UPDATE


def merged(updates: list[bytes]) -> list[bytes]:
    """Return the same updates as fewer; in blocks, as merging takes longer than their number."""
    blocks = [updates[at : at + MERGE_LIMIT] for at in range(0, len(updates), MERGE_LIMIT)]
    return [merge_updates(*block) if len(block) > 1 else block[0] for block in blocks]
