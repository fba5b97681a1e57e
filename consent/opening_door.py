"""The family's own door: who of a family may come in, by a code that the lead hands over.

The lead sees how everybody of the family comes in; nobody of the family sees it of another.
"""

from dataclasses import dataclass
from datetime import datetime

from consent import gate
from consent.family import Person
from consent.naming import people_of
from policies.act import Act
from policies.facts import Kind, Label, label_of_room
from server.directory import store as directory
from server.directory.member import FamilyMember, Member
from server.identity import coming_in
from server.identity.coming_in import OwnDoor
from server.kernel.database import Tx, writing
from server.kernel.errors import NotFound
from server.kernel.ids import PersonId, RoomId
from server.kernel.language import Language


@dataclass(frozen=True, slots=True)
class Door:
    """Somebody of the family who has a page, and how she can come in now."""

    person: Person
    own: OwnDoor


@dataclass(frozen=True, slots=True)
class GivenCode:
    """A code, to be told once. It is of no use after `until`, nor after it was used.

    `language` is what its owner reads in.
    """

    code: str
    until: datetime
    language: Language


async def list_doors(who: Member, room: RoomId) -> list[Door]:
    """Return how everybody of the family who has a page here can come in.

    Raises:
        Refused: `who` does not lead the room.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.LIST_DOORS, label_of_room(room, Kind.SEAT))
        seats = await directory.list_seats(tx, room)
        members = await directory.find_members(tx, [seat.member for seat in seats])
        with_page = {one.person: one for one in members.values() if isinstance(one, FamilyMember)}
        doors = await coming_in.doors_of(tx, [one.id for one in with_page.values()])
        return [
            Door(person, doors[with_page[person.id].id])
            for person in await people_of(tx, who, room)
            if person.id in with_page
        ]


async def give_code(who: Member, room: RoomId, person: PersonId) -> GivenCode:
    """Make a code for somebody of the family, in place of any older one; told here alone.

    Raises:
        Refused: `who` does not lead the room.
        NotFound: nobody of the family who is this person has a place in the room.

    Rule: ADR-0015: a code is read out or handed over on paper, never sent.
    """
    async with writing() as tx:
        member = await _ask(tx, who, room, person, Act.GIVE_CODE)
        code, until = await coming_in.make_code(tx, member, by=who.id)
        return GivenCode(code, until, member.language or Language.ENGLISH)


async def close_door(who: Member, room: RoomId, person: PersonId) -> None:
    """Close every way in of somebody of the family, as when her phone is lost.

    She is signed out everywhere within two seconds; a new code lets her in again.

    Raises:
        Refused: `who` does not lead the room.
        NotFound: nobody of the family who is this person has a place in the room.
    """
    async with writing() as tx:
        member = await _ask(tx, who, room, person, Act.CLOSE_DOOR)
        await coming_in.close_door(tx, member.id)


async def _ask(tx: Tx, who: Member, room: RoomId, person: PersonId, act: Act) -> FamilyMember:
    """Ask the gate about one person's door; return her.

    Raises:
        Refused: `who` does not lead the room.
        NotFound: she has no place in it.
    """
    member = await directory.find_by_person(tx, person)
    seat = await directory.find_seat(tx, room, member.id) if member else None
    thing = seat.member if seat else room
    await gate.require(tx, who, act, Label(thing=thing, room=room, kind=Kind.SEAT))
    if seat is None or not isinstance(member, FamilyMember):
        raise NotFound
    return member
