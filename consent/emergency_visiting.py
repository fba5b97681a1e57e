"""Coming in by an emergency access: for what else in the server shows what it opens."""

from uuid import UUID

from consent import gate
from consent.emergency import Emergency, State
from consent.store import emergencies
from policies.act import Act
from policies.facts import Kind, label_of_room
from server.directory.member import Member
from server.kernel.database import Tx, writing
from server.kernel.ids import RoomId

NOT_OPEN_TO_HER = "GUARD-NOT-OPEN-TO-HER"


async def come_in(who: Member, emergency: UUID) -> Emergency:
    """Come in by an emergency access that is open, to what the gate says it opens.

    Raises:
        Refused: it is somebody else's, is not open, or there is no such one.
    """
    async with writing() as tx:
        return await visit(tx, who, emergency)


async def visit(tx: Tx, who: Member, emergency: UUID) -> Emergency:
    """Come in by an emergency access that is open; what of the room it opens, the gate says.

    Raises:
        Refused: it is somebody else's, is not open, or there is no such one.
    """
    found = await emergencies.find_emergency(tx, emergency)
    label = label_of_room(found.room if found else RoomId(emergency), Kind.EMERGENCY)
    await gate.require(tx, who, Act.VISIT_EMERGENCY, label)
    if found is None or found.asked_by != who.id or found.state(tx.at) is not State.OPEN:
        gate.refuse(tx, who, Act.VISIT_EMERGENCY, label, why=NOT_OPEN_TO_HER)
    return found
