"""Recording what protects somebody: exclusions and safety markers, which close whatever is open."""

from consent import gate
from consent.keeper import Keepers, change_access, hold_access
from consent.protection import Exclusion, SafetyMarker
from consent.store import openings
from policies.act import Act
from policies.facts import Kind, label_of_room
from server.directory.member import Member
from server.kernel.database import writing
from server.kernel.errors import Invalid
from server.kernel.ids import RoomId


async def protect(
    who: Member, room: RoomId, protection: SafetyMarker | Exclusion, *, keepers: Keepers
) -> None:
    """Keep somebody out of the room, of a thing, or of what is about a person; at once.

    Raises:
        Refused: `who` does not lead the room.
        Invalid: it is about another room, against nobody, or without a reason.

    Rule: it closes whatever agreement, clause or decision opens, own colleagues and family too;
    whom it is against is never told.
    """
    async with writing() as tx:
        await hold_access(tx, room)
        await gate.require(tx, who, Act.RECORD_PROTECTION, label_of_room(room, Kind.CONSENT))
        _check(room, protection)
        if isinstance(protection, Exclusion):
            await openings.add_exclusion(tx, protection, by=who.id)
        else:
            await openings.add_marker(tx, protection, by=who.id)
        await change_access(tx, room, keepers)


def _check(room: RoomId, protection: SafetyMarker | Exclusion) -> None:
    faults: dict[str, str] = {}
    if protection.room != room:
        faults["room"] = "This is about another room"
    if protection.member is None and protection.person is None:
        faults["member"] = "Choose whom it is against"
    reason = protection.why if isinstance(protection, Exclusion) else protection.basis
    if not reason.strip():
        faults["why"] = "Write why"
    if faults:
        raise Invalid(faults)
