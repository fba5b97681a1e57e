"""Coming into a room to which one was invited."""

from consent import bell, gate
from policies.act import Act
from policies.facts import Kind, label_of_room
from server.directory import store as directory
from server.directory.member import Member
from server.kernel.database import Tx, writing
from server.kernel.ids import RoomId


async def join_room(who: Member, room: RoomId) -> None:
    """Come in; the first time is recorded as joining, later ones as looking at the room.

    Raises:
        Refused: `who` has no place in the room, or may not enter now.
    """
    async with writing() as tx, gate.looking(tx, who, room) as look:
        await enter(tx, look)


async def enter(tx: Tx, look: gate.Look) -> None:
    """Do the same inside a larger act.

    Raises:
        Refused: whoever looks has no place in the room, or may not enter now.
    """
    room = look.room
    seat = await look.seat()
    if seat is None or seat.joined_at is not None:
        await look.require(Act.VIEW_ROOM, label_of_room(room))
        return
    await look.require(Act.JOIN_ROOM, label_of_room(room))
    await directory.mark_joined(tx, seat.id)
    bell.ring(tx, label_of_room(room, Kind.SEAT), bell.What.PEOPLE)
