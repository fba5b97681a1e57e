"""A room's team: its places while they last, its state, and its access epoch."""

import asyncio
from datetime import timedelta

import pytest

from server.directory import store
from server.directory.agency import Agency
from server.directory.member import Practitioner
from server.directory.team import Role, Seat, Team, TeamState
from server.kernel import clock
from server.kernel.database import writing
from server.kernel.errors import Conflict, NotFound
from server.kernel.ids import AgencyCode, FamilyId, MemberId, RoomId, SeatId, new_id

SCHOOL = AgencyCode("tansy_vale")

pytestmark = pytest.mark.usefixtures("database")


def team(reference="7K4P", family=None):
    return Team(
        id=RoomId(new_id()),
        family=family or FamilyId(new_id()),
        reference=reference,
        state=TeamState.PROPOSED,
        epoch=0,
        proposed_at=clock.now(),
    )


def seat(room, member, *, since=None, until=None, purposes=("plan", "review")):
    return Seat(
        id=SeatId(new_id()),
        room=room,
        member=member,
        agency=SCHOOL,
        role=Role.TAC_MEMBER,
        purposes=frozenset(purposes),
        since=since or clock.now() - timedelta(minutes=1),
        until=until,
    )


@pytest.fixture
async def imara(database):
    del database
    member = Practitioner(MemberId(new_id()), SCHOOL, "Imara Testwell", "", "imara@x.example")
    async with writing() as tx:
        await store.add_agency(tx, Agency(SCHOOL, "Tansy Vale School", "education"))
        await store.add_member(tx, member)
    return member.id


async def added(*teams):
    async with writing() as tx:
        for one in teams:
            await store.add_team(tx, one)
    return teams[0].id


async def test_a_team_is_found_as_it_was_added():
    one = team()
    room = await added(one)

    async with writing() as tx:
        assert await store.get_team(tx, room) == one
        assert await store.hold_team(tx, room) == one
        assert await store.share_team(tx, room) == one
        assert await store.find_team_by_reference(tx, "7K4P") == one
        assert await store.teams_of_family(tx, one.family) == [one]
        assert await store.find_team_by_reference(tx, "ZZZZ") is None


async def test_an_unknown_room_has_no_team():
    unknown = RoomId(new_id())
    async with writing() as tx:
        assert await store.find_team(tx, unknown) is None
        for ask in (store.get_team, store.hold_team, store.share_team, store.bump_epoch):
            with pytest.raises(NotFound):
                await ask(tx, unknown)


async def test_state_and_meeting_are_kept():
    room = await added(team())
    at = clock.now() + timedelta(days=15)
    async with writing() as tx:
        await store.set_team_state(tx, room, TeamState.OPEN)
        await store.set_meeting(tx, room, at, "https://call.example/7k4p")

    async with writing() as tx:
        found = await store.get_team(tx, room)
    assert (found.state, found.next_meeting_at, found.call_link) == (
        TeamState.OPEN,
        at,
        "https://call.example/7k4p",
    )


async def test_twenty_changes_of_access_at_once_count_to_twenty():
    one, other = team(), team("9X2M")
    await added(one, other)

    async def change():
        async with writing() as tx:
            held = await store.hold_team(tx, one.id)
            assert await store.bump_epoch(tx, one.id) == held.epoch + 1

    await asyncio.gather(*(change() for _ in range(20)))

    async with writing() as tx:
        assert await store.epochs(tx, [one.id, other.id]) == {one.id: 20, other.id: 0}


async def test_a_place_carries_its_purposes(imara):
    room = await added(team())
    hers = seat(room, imara)
    async with writing() as tx:
        await store.add_seat(tx, hers)

    async with writing() as tx:
        assert await store.find_seat(tx, room, imara) == hers
        assert await store.list_seats(tx, room) == [hers]
        assert await store.seats_of(tx, imara) == [hers]


async def test_a_place_without_purposes_is_still_a_place(imara):
    room = await added(team())
    hers = seat(room, imara, purposes=())
    async with writing() as tx:
        await store.add_seat(tx, hers)

    async with writing() as tx:
        assert await store.find_seat(tx, room, imara) == hers


@pytest.mark.parametrize(
    ("since_min", "until_min"),
    [(-20, -10), (-20, 0), (10, None)],
    ids=["over", "just over", "not yet"],
)
async def test_a_place_counts_only_while_it_lasts(imara, since_min, until_min):
    room, at = await added(team()), clock.now()
    until = None if until_min is None else at + timedelta(minutes=until_min)
    async with writing() as tx:
        await store.add_seat(
            tx, seat(room, imara, since=at + timedelta(minutes=since_min), until=until)
        )

    async with writing() as tx:
        assert await store.find_seat(tx, room, imara) is None
        assert await store.list_seats(tx, room) == []
        assert await store.seats_of(tx, imara) == []


async def test_a_place_that_was_ended_can_be_given_anew(imara):
    room = await added(team())
    first, second = seat(room, imara), seat(room, imara)
    async with writing() as tx:
        await store.add_seat(tx, first)
        with pytest.raises(Conflict):
            await store.add_seat(tx, second)
        await store.end_seat(tx, first.id)
    async with writing() as tx:
        await store.add_seat(tx, second)

    async with writing() as tx:
        assert await store.list_seats(tx, room) == [second]


async def test_only_the_first_coming_in_is_noted(imara):
    room = await added(team())
    hers = seat(room, imara)
    async with writing() as tx:
        await store.add_seat(tx, hers)
        await store.mark_joined(tx, hers.id)
        first = tx.at
    async with writing() as tx:
        await store.mark_joined(tx, hers.id)

    async with writing() as tx:
        found = await store.find_seat(tx, room, imara)
    assert found is not None
    assert found.joined_at == first
