"""What a place may do live: the gate's answers for the things of a room, frozen.

A live connection holds one. Asking it is a look-up without waiting, so it can be asked for
every message; it knows nothing that the gate did not decide, and it ends by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from uuid import UUID

from policies.act import Act
from policies.facts import Kind, Label
from server.kernel.ids import MemberId, RoomId

NOTHING: frozenset[int] = frozenset()

_SEES = {
    Kind.ROOM: Act.VIEW_ROOM,
    Kind.SEAT: Act.LIST_SEATS,
    Kind.MEETING: Act.VIEW_MEETING,
    Kind.CONSENT: Act.VIEW_CONSENT,
}


@dataclass(frozen=True, slots=True)
class Capability:
    """The things of one room on which one member may do what.

    `epoch` is the access epoch it was decided at; `until` the end, on the monotonic clock in
    seconds, of the first of all facts used to end. `things` maps the name of an act to the
    ids, as whole numbers, of the things it is open on: numbers are found faster than ids.
    """

    member: MemberId
    room: RoomId
    epoch: int
    until: float
    revision: str
    things: Mapping[str, frozenset[int]]

    def allows(self, act: Act, thing: UUID) -> bool:
        """Say whether the act on this thing was allowed, and still is by the clock.

        Rule: ADR-0008: no wait, no query and no Casbin between this and the sending.
        """
        return thing.int in self.things.get(act.address, NOTHING) and monotonic() < self.until

    def allows_at(self, epoch: int, act: Act, thing: UUID) -> bool:
        """Say the same of a message at this access epoch; another epoch means: ask the gate."""
        # Written out: asked for every frame and every listener, a second call costs a fifth.
        return (
            epoch == self.epoch
            and thing.int in self.things.get(act.address, NOTHING)
            and monotonic() < self.until
        )

    def sees(self, label: Label) -> bool:
        """Say whether the thing under this label may be seen: a bell on it may ring here."""
        act = Act.OPEN_SECTION if label.kind is Kind.CONTENT else _SEES.get(label.kind)
        return act is not None and self.allows(act, label.thing)

    def open_things(self, act: Act) -> frozenset[UUID]:
        """Return the ids of everything the act is open on; none once the time is up."""
        if monotonic() >= self.until:
            return frozenset()
        return frozenset(UUID(int=number) for number in self.things.get(act.address, NOTHING))


def no_capability(member: MemberId, room: RoomId, *, epoch: int) -> Capability:
    """Return a capability that allows nothing, for somebody without a place."""
    return Capability(member=member, room=room, epoch=epoch, until=0.0, revision="", things={})
