"""The people of a room's family by name, for those who say whom something is about."""

from collections.abc import Iterable

from consent import gate
from consent.family import Person
from consent.store import families
from policies.act import Act
from policies.facts import label_of_room
from server.directory import store as directory
from server.directory.member import FamilyMember, Member
from server.kernel.database import Tx
from server.kernel.errors import NotFound
from server.kernel.ids import FamilyId, PersonId, RoomId


async def people_of(tx: Tx, who: Member, room: RoomId) -> list[Person]:
    """Return the people of the family whom `who` may name, in the order they were recorded.

    Somebody of the family names herself alone.

    Raises:
        Refused: she has no place in the room.
    """
    await gate.require(tx, who, Act.VIEW_FAMILY, label_of_room(room))
    team = await directory.get_team(tx, room)
    family = await families.get_family(tx, team.family)
    if isinstance(who, FamilyMember):
        return [person for person in family.people if person.id == who.person]
    return list(family.people)


async def names_of(tx: Tx, people: Iterable[PersonId]) -> dict[PersonId, str]:
    """Return the names of those whom a thing is about. The caller has asked for the thing."""
    return {person.id: person.name for person in (await families.find_people(tx, people)).values()}


async def known_as(tx: Tx, family: FamilyId) -> str:
    """Return the name by which a room's practitioners know the family: the first person's last.

    The caller has asked for the room. Once nothing of the family is kept it has no name.
    """
    try:
        found = await families.get_family(tx, family)
    except NotFound:
        return ""
    return found.people[0].name.split()[-1]
