"""Names of the people a room is about, for those whom the gate has let see things about them.

Other packages ask here inside their own act, after the gate: a name is never the first thing
that somebody learns.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from consent.family import Family, Person
from consent.grounds import speaking_for
from consent.store import consents, families
from policies.catalogue import catalogue
from server.directory import store as directory
from server.directory.member import FamilyMember, Member, Practitioner
from server.kernel.database import Tx
from server.kernel.errors import NotFound
from server.kernel.ids import AgencyCode, FamilyId, PersonId, RoomId

HOST = "host"


async def names_of(tx: Tx, people: Iterable[PersonId]) -> dict[PersonId, str]:
    """Return the names of these people, by id; unknown ids are absent."""
    return {each: person.name for each, person in (await families.find_people(tx, people)).items()}


async def people_of(tx: Tx, who: Member, room: RoomId) -> list[Person]:
    """Return the people a room is about, as `who` may choose among them.

    A practitioner with a place chooses among all of the family; one of the family among herself
    and those she speaks for, so that another grown-up of the family stays unseen.
    """
    if await directory.find_seat(tx, room, who.id) is None:
        return []
    people = (await family_of(tx, room)).people
    if not isinstance(who, FamilyMember):
        return list(people)
    spoken_for = speaking_for((await consents.find_standing(tx, room)).speaking)
    hers = spoken_for.get(who.person, frozenset()) | {who.person}
    return [person for person in people if person.id in hers]


async def family_of(tx: Tx, room: RoomId) -> Family:
    """Return the family that a room is about, without people if none of it is kept.

    Raises:
        NotFound: there is no such room.
    """
    team = await directory.get_team(tx, room)
    try:
        return await families.get_family(tx, team.family)
    except NotFound:
        return Family(team.family, ())


@dataclass(frozen=True, slots=True)
class Nameable:
    """Whom and what a form about a room can name; each code or id with its words.

    The organisation that hosts the partnership is none of those that help a family.
    """

    people: tuple[Person, ...]
    topics: Mapping[str, str]
    agencies: Mapping[AgencyCode, str]
    practitioners: Mapping[AgencyCode, tuple[Practitioner, ...]]


async def choices_in(tx: Tx, room: RoomId) -> Nameable:
    """Return whom and what a form about the room can name."""
    agencies = [one for one in await directory.list_agencies(tx) if one.sector != HOST]
    return Nameable(
        people=(await family_of(tx, room)).people,
        topics={topic.code: topic.words for topic in catalogue().topics},
        agencies={agency.code: agency.name for agency in agencies},
        practitioners={
            agency.code: tuple(await directory.list_members(tx, agency.code)) for agency in agencies
        },
    )


async def known_as(tx: Tx, room: RoomId) -> str:
    """Return the name by which a room's practitioners know the family.

    Raises:
        NotFound: there is no such room.
    """
    return await name_of(tx, (await directory.get_team(tx, room)).family)


async def name_of(tx: Tx, family: FamilyId) -> str:
    """Return the name by which practitioners know a family: the first person's last.

    Once nothing of the family is kept it has no name.
    """
    name = await families.first_name(tx, family)
    return name.split()[-1] if name else ""
