"""When a team next meets, and the link of its call."""

from collections.abc import Mapping
from datetime import date, datetime, time

from consent import bell, gate
from consent.keeper import hold_access
from policies.act import Act
from policies.facts import Kind, label_of_room
from rooms.room import check_call_link
from server.directory import store as directory
from server.directory.member import Member
from server.kernel import clock
from server.kernel.database import writing
from server.kernel.errors import Invalid
from server.kernel.ids import RoomId


async def schedule_meeting(
    who: Member,
    room: RoomId,
    *,
    day: date | None,
    at: time | None,
    call_link: str,
    unread: Mapping[str, str] | None = None,
) -> None:
    """Set the next meeting (London time) and its call link; no day takes the meeting back.

    `unread` are the fields of the form that could not be read, told once she may set it at all.

    Raises:
        Refused: `who` does not lead the room.
        Invalid: the day is past, a time is missing, or the link is not an https address.
    """
    async with writing() as tx:
        # The meeting stands in the team's row: shared first and then written, two would deadlock.
        await hold_access(tx, room)
        await gate.require(tx, who, Act.SCHEDULE_MEETING, label_of_room(room, Kind.MEETING))
        if unread:
            raise Invalid(unread)
        link = check_call_link(call_link)
        await directory.set_meeting(tx, room, _instant(day, at), link)
        bell.ring(tx, label_of_room(room), bell.What.ROOM)


def _instant(day: date | None, at: time | None) -> datetime | None:
    if day is None:
        if at is not None:
            raise Invalid({"day": "Enter the day of the meeting"})
        return None
    if at is None:
        raise Invalid({"time": "Enter the time of the meeting, like 10:00"})
    if day < clock.today():
        raise Invalid({"day": "The day of the next meeting must be today or later"})
    return clock.london_instant(day, at.hour, at.minute)
