"""The words of one open section in memory: the CRDT document and what is known about it.

It is built from rows, changed only by updates, and thrown away and built again when an update
was refused after it had been applied. It is touched by the loop's own thread alone.

Rule: ADR-0009. What the document cannot hold yet (a change whose beginning is missing) is kept
beside it as it came, or a reader who joins would lack that text for ever.
"""

from collections.abc import Iterable
from typing import Any

from pycrdt import Doc, merge_updates

from rooms.update import BadUpdate, Holdings, Ranges, read_update, read_vector

NO_UPDATE = b"\x00\x00"
NO_VECTOR = b"\x00"
MERGE_LIMIT = 64


class Poison(Exception):
    """The CRDT could not take an update. The document may be broken: build it again."""


class LiveWords:
    """A document, its state, and the updates it cannot wholly hold yet."""

    def __init__(self, updates: Iterable[bytes]) -> None:
        """Build the document from a snapshot and changes, in the order of their seq."""
        self._document: Doc[Any] = Doc()
        self.size_bytes = 0
        self.state: dict[int, int] = {}
        self.waiting: list[tuple[bytes, Holdings]] = []
        self._deleted: dict[int, Ranges] | None = None
        for update in updates:
            self.apply(update, read_update(update))

    def is_news(self, update: bytes, holds: Holdings) -> bool:
        """Say whether the update brings anything that the document does not have."""
        if holds.clients_past(self.state):
            return all(update != known for known, _holds in self.waiting)
        return not holds.deletes_within(self._all_deleted())

    def apply(self, update: bytes, holds: Holdings) -> None:
        """Apply an update.

        Raises:
            Poison: the CRDT could not take it; throw this object away.
        """
        try:
            with self._document.transaction():
                self._document.apply_update(update)
            self.state = read_vector(self._document.get_state())
        except BaseException as fault:
            # The CRDT's panic is no Exception; whatever it is, the document is not to be trusted.
            if isinstance(fault, (KeyboardInterrupt, SystemExit)):
                raise
            raise Poison from fault
        self.size_bytes += len(update)
        if holds.deletions or holds.structs:
            self._deleted = None
        self.waiting.append((update, holds))
        self.waiting = [held for held in self.waiting if is_ahead(held[1], self.state)]

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


def is_ahead(holds: Holdings, state: dict[int, int]) -> bool:
    """Say whether an update holds structs or deletions that a document in `state` cannot hold."""
    return bool(holds.clients_past(state)) or holds.deletes_past(state)


def merged(updates: list[bytes]) -> list[bytes]:
    """Return the same updates as one, where they are few enough to be merged cheaply."""
    if 1 < len(updates) <= MERGE_LIMIT:
        return [merge_updates(*updates)]
    return updates
