"""What stands at the top of the page of somebody of the family: her contact, her team, the date.

Staff are named by what they are and where, and only those she was told of. Nothing of another
grown-up, no count, and no gap that would show that something is not there.
"""

from dataclasses import dataclass
from datetime import datetime

from consent import gate
from consent.naming import people_of
from consent.telling_family import told_in
from policies.act import Act
from policies.facts import Kind, label_of_house, label_of_room
from rooms.news import news_in
from rooms.room import Place
from rooms.viewing import places_in
from server.directory import store as directory
from server.directory.member import FamilyMember
from server.directory.reading_store import set_reading
from server.directory.team import FAMILY_ROLES, Role
from server.kernel.database import Tx, writing
from server.kernel.ids import RoomId
from server.kernel.language import Language


@dataclass(frozen=True, slots=True)
class FamilyRoom:
    """One room on the page of somebody of the family.

    `contact` is whom she rings, `team` the others she was told of, none of them by name;
    `about` are the names of herself and those she answers for; `is_changed` says that her plan
    changed since she last read it.
    """

    room: RoomId
    contact: Place | None
    team: tuple[Place, ...]
    about: tuple[str, ...]
    next_meeting_at: datetime | None
    is_changed: bool


async def my_family_rooms(who: FamilyMember) -> list[FamilyRoom]:
    """Return the rooms about her in which she has a place, in the order she came in."""
    async with writing() as tx:
        await gate.require(tx, who, Act.LIST_ROOMS, label_of_house(Kind.ROOM))
        seats = sorted(await directory.seats_of(tx, who.id), key=lambda seat: seat.since)
        labels = await gate.sift(
            tx, who, Act.VIEW_ROOM, [label_of_room(seat.room) for seat in seats]
        )
        return [await _family_room(tx, who, RoomId(label.thing)) for label in labels]


async def choose_reading(
    who: FamilyMember, *, language: Language | None = None, easy_read: bool | None = None
) -> None:
    """Keep in which language she reads, or whether in easy read, wherever she signs in next.

    What is None stays as it was.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.CHOOSE_READING, label_of_house(Kind.ROOM))
        await set_reading(
            tx,
            who.id,
            language=language or who.language,
            easy_read=who.easy_read if easy_read is None else easy_read,
        )


async def _family_room(tx: Tx, who: FamilyMember, room: RoomId) -> FamilyRoom:
    told = await told_in(tx, who, room)
    places = [one for one in await places_in(tx, who, room) if one.role not in FAMILY_ROLES]
    people = await people_of(tx, who, room)
    return FamilyRoom(
        room=room,
        contact=next((one for one in places if one.role is Role.LEAD_PROFESSIONAL), None),
        team=tuple(
            one
            for one in places
            if one.role is not Role.LEAD_PROFESSIONAL and one.agency in told.agencies
        ),
        about=tuple(one.name for one in people),
        next_meeting_at=await _next_meeting(tx, who, room) if told.takes_part else None,
        is_changed=told.takes_part and await _is_changed(tx, who, room),
    )


async def _is_changed(tx: Tx, who: FamilyMember, room: RoomId) -> bool:
    # Rule: to somebody who said no, nothing tells how lively the room is.
    new = (await news_in(tx, who, [room]))[room]
    return bool(new.changed) and not new.never_looked


async def _next_meeting(tx: Tx, who: FamilyMember, room: RoomId) -> datetime | None:
    # Who is kept from somebody here is not told when they meet, and not that there is a meeting.
    if not await gate.sift(tx, who, Act.VIEW_MEETING, [label_of_room(room, Kind.MEETING)]):
        return None
    return (await directory.get_team(tx, room)).next_meeting_at
