"""Rooms, members and sections for the tests of the live room."""

from pathlib import Path

from consent.statement import statement
from policies.facts import Label
from rooms import store
from rooms.section import Section
from server.directory import statement_store
from server.directory import store as directory
from server.directory.agency import Agency
from server.directory.member import Practitioner
from server.directory.team import Role, Seat, Team, TeamState
from server.kernel.database import Tx
from server.kernel.ids import AgencyCode, FamilyId, MemberId, PersonId, RoomId, SeatId, new_id
from server.keys import kms, room_keys

SCHOOL = AgencyCode("tansy_vale")
OTIS = PersonId(new_id())


def use_keys_in(folder: Path) -> None:
    """Keep the keys of the test in its own folder."""
    kms.bind(kms.LocalKms(folder / "keys"))


def practitioner(name: str) -> Practitioner:
    """Somebody of the school."""
    first = name.split(maxsplit=1)[0].lower()
    return Practitioner(
        MemberId(new_id()), SCHOOL, name, "pastoral lead", f"{first}@tansyvale.example"
    )


async def add_room(tx: Tx, *members: Practitioner) -> RoomId:
    """An open room with a key, in which every member has a place."""
    if await directory.find_agency(tx, SCHOOL) is None:
        await directory.add_agency(tx, Agency(SCHOOL, "Tansy Vale School", "education"))
    room = RoomId(new_id())
    team = Team(room, FamilyId(new_id()), room.hex[:8], TeamState.OPEN, 1, tx.at)
    await directory.add_team(tx, team)
    await room_keys.make(tx, room)
    for member in members:
        if await directory.find_member(tx, member.id) is None:
            await directory.add_member(tx, member)
        seat = Seat(
            SeatId(new_id()),
            room,
            member.id,
            member.agency,
            Role.TAC_MEMBER,
            frozenset({"plan"}),
            tx.at,
        )
        await directory.add_seat(tx, seat)
        await statement_store.add_acceptance(tx, member.id, room, version=statement().version)
    return room


async def add_section(
    tx: Tx, room: RoomId, by: Practitioner, *words: str, heading: str = "Otis at school"
) -> Section:
    """A section about Otis, from the school."""
    label = Label(
        thing=new_id(),
        room=room,
        categories=frozenset({"education_attendance"}),
        origins=frozenset({SCHOOL}),
        subjects=frozenset({OTIS}),
    )
    return await store.add_section(tx, room, heading, label, words, by=by.id)
