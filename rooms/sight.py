"""What somebody sees of a room, as one word to compare: the stamp that a page carries.

A page is fetched, and comes live a moment or an hour later. It brings the stamp of what its
reader might see when it was fetched; is that not what she may see now, it is told to look again.
Only her own sight counts, so that nobody learns that something changed for another.

Rule: ADR-0009. Threat T-03 (a page fetched before a withdrawal, opened after it).
"""

import hashlib
from dataclasses import dataclass

from consent.keeper import all_labels
from policies.facts import label_of_room
from rooms.live import Held, Hub, now
from server.directory import store as directory
from server.directory.member import Member
from server.kernel.database import reading
from server.kernel.ids import MemberId, RoomId

NO_STAMP = "none"
"""What a page carries whose reader's sight is not known; it is told to look again."""

KNOWN_S = 60.0
"""How long a stamp is taken from memory: what another process added is no change of the epoch."""
MOST_KNOWN = 10_000
"""How many stamps a process keeps in memory, of all rooms together (about 4 MB)."""

ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Known:
    """A stamp, the access epoch it was made at, and when it is to be made anew."""

    stamp: str
    epoch: int
    until: float


class Sights:
    """The stamps of those who fetched a page of a room lately.

    A stamp from memory may be older than the page that carries it, never newer: then a page
    looks again that need not.
    """

    def __init__(self, hub: Hub) -> None:
        """Begin with none known."""
        self._hub = hub
        self._known: dict[tuple[RoomId, MemberId], Known] = {}

    async def stamp(self, who: Member, room: RoomId) -> str:
        """Return the stamp for a page of the room, before any of it is read.

        An unknown room and a room without a place for her cost the same two keyed queries.
        """
        async with reading() as tx:
            epoch = (await directory.epochs(tx, {room})).get(room)
            seat = await directory.find_seat(tx, room, who.id)
            if epoch is None or seat is None:
                return NO_STAMP
            known = self._known.get((room, who.id))
            if known is not None and known.epoch == epoch and now() < known.until:
                return known.stamp
            labels = [label_of_room(room), *await all_labels(tx, room, self._hub.keepers)]
            held = await self._hub.door.capability(tx, who, room, labels)
        made = stamp_of(held)
        # The lower of both epochs: a stamp is never held for newer than what it was made of.
        known = Known(made, min(epoch, held.epoch), min(now() + KNOWN_S, held.until))
        self._keep((room, who.id), known)
        return made

    def _keep(self, key: tuple[RoomId, MemberId], known: Known) -> None:
        self._known.pop(key, None)
        self._known[key] = known
        while len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]

    def forget(self, room: RoomId | None = None) -> None:
        """Forget the stamps of a room, since something of it changed; or all of them."""
        self._known = {key: one for key, one in self._known.items() if room not in {None, key[0]}}


def stamp_of(held: Held) -> str:
    """Return the stamp of what the gate answered: the same things under the same acts, the same.

    It is no secret and opens nothing: it stands for random ids that its reader may know.
    """
    sight = hashlib.sha256()
    for act, things in sorted(held.things.items()):
        sight.update(f"{act} {len(things)} ".encode())
        sight.update(b"".join(sorted(thing.to_bytes(ID_BYTES, "big") for thing in things)))
    return sight.hexdigest()[:32]
