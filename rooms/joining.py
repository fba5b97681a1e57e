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
    async with writing() as tx:
        await enter(tx, who, room)


async def enter(tx: Tx, who: Member, room: RoomId) -> None:
    """Do the same inside a larger act.

    Raises:
        Refused: `who` has no place in the room, or may not enter now.
    """
    seat = await directory.find_seat(tx, room, who.id)
    if seat is None or seat.joined_at is not None:
        await gate.require(tx, who, Act.VIEW_ROOM, label_of_room(room))
        return
    await gate.require(tx, who, Act.JOIN_ROOM, label_of_room(room))
    await directory.mark_joined(tx, seat.id)
    bell.ring(tx, label_of_room(room, Kind.SEAT), bell.What.PEOPLE)
