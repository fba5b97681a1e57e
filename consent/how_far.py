"""How far a change of an agreement reaches among people, to see whether that has moved since. Pure.

No name of anybody is in it: whoever gains or loses something of a category stands as a number
that tells only whether it is the same as before.

Rule: ADR-0013: an approval is asked for again once the places of people have moved the difference
by more than a tenth.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from policies.difference import Turn
from server.kernel.ids import MemberId

MOVED_BY = 0.1
_MOST_KEPT = 256
_BYTES = 4


@dataclass(frozen=True, slots=True)
class HowFar:
    """In how many rooms a change turns something, and for whom.

    Of many the 256 smallest numbers stand for all: as they are as good as drawn by lot, the share
    of them that two have in common is near the share of all that they have in common.
    """

    rooms: int
    turned: frozenset[int]

    @classmethod
    def of(cls, rooms: int, turned: Iterable[tuple[MemberId | None, str, str, Turn]]) -> "HowFar":
        """Return how far it reaches: member (None: families), organisation, category, which way."""
        numbers = {_number(*one) for one in turned}
        return cls(rooms, frozenset(sorted(numbers)[:_MOST_KEPT]))

    @classmethod
    def read(cls, written: str) -> "HowFar":
        """Read what `written` wrote.

        Raises:
            ValueError: it did not write this.
        """
        rooms, _, numbers = written.partition(":")
        width = 2 * _BYTES
        if len(numbers) % width:
            message = "numbers of another width"
            raise ValueError(message)
        each = (numbers[at : at + width] for at in range(0, len(numbers), width))
        return cls(int(rooms), frozenset(int(one, 16) for one in each))

    def written(self) -> str:
        """Return it as a short text."""
        numbers = "".join(f"{one:0{2 * _BYTES}x}" for one in sorted(self.turned))
        return f"{self.rooms}:{numbers}"

    def has_moved_to(self, other: "HowFar") -> bool:
        """Return whether the other touches more than a tenth other people, or rooms."""
        rooms = max(self.rooms, other.rooms)
        if rooms and abs(self.rooms - other.rooms) / rooms > MOVED_BY:
            return True
        both = frozenset(sorted(self.turned | other.turned)[:_MOST_KEPT])
        if not both:
            return False
        return len(both - (self.turned & other.turned)) / len(both) > MOVED_BY


def _number(member: MemberId | None, agency: str, category: str, turn: Turn) -> int:
    told = f"{member or ''} {agency} {category} {turn.value}".encode()
    return int.from_bytes(hashlib.sha256(told).digest()[:_BYTES], "big")
