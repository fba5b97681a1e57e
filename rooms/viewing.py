"""What somebody sees of rooms and of the people in them. Nothing is shown or counted unasked."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from consent import gate
from consent.family import Person, may_meet
from consent.naming import known_as, name_of, people_of
from policies.act import Act
from policies.facts import Kind, label_of_house, label_of_room
from rooms import store
from rooms.joining import enter
from rooms.news import News, news_seen
from rooms.room import FirstSteps, MyRoom, Place, RoomFacts
from server.directory import store as directory
from server.directory.agency import Agency
from server.directory.member import FamilyMember, Member, Practitioner
from server.directory.team import Role, Seat, Team, TeamState
from server.kernel.database import Tx, writing
from server.kernel.ids import AgencyCode, MemberId, RoomId

Thing = TypeVar("Thing")

CHILD_VOICE = "child_voice"
"""The category of what a child said in her own words."""


@dataclass(frozen=True, slots=True)
class FirstPage(Generic[Thing]):
    """All of a room's first page. A room that is not open yet has no more than its top.

    `steps` are what a new room needs, for its lead alone; `beside` is another package's.
    """

    facts: RoomFacts
    steps: FirstSteps | None = None
    news: News | None = None
    beside: tuple[Thing, ...] = ()


async def my_rooms(who: Member) -> list[MyRoom]:
    """Return the rooms in which `who` has a place and that she may know of, newest first.

    An office gives nobody a place in a room: its list is empty, and recorded as every list is.
    """
    async with writing() as tx:
        if isinstance(who, Practitioner) and who.office is not None:
            await gate.sift(tx, who, Act.LIST_ROOMS, [])
            return []
        await gate.require(tx, who, Act.LIST_ROOMS, label_of_house(Kind.ROOM))
        seats = {seat.room: seat for seat in await directory.seats_of(tx, who.id)}
        labels = await gate.sift(tx, who, Act.LIST_ROOMS, [label_of_room(room) for room in seats])
        teams = await directory.find_teams(tx, [RoomId(label.thing) for label in labels])
        rooms = [await _my_room(tx, who, team, seats[team.id]) for team in teams.values()]
    return sorted(rooms, key=lambda one: (not one.new, one.reference))


async def _my_room(tx: Tx, who: Member, team: Team, seat: Seat) -> MyRoom:
    return MyRoom(
        room=team.id,
        reference=team.reference,
        family_name="" if isinstance(who, FamilyMember) else await known_as(tx, team.id),
        state=team.state,
        role=seat.role,
        next_meeting_at=team.next_meeting_at,
        new=seat.joined_at is None,
    )


async def view_room(who: Member, room: RoomId) -> RoomFacts:
    """Come into the room and return what stands at the top of its page.

    Raises:
        Refused: `who` has no place in the room, or may not enter now.
    """
    async with writing() as tx, gate.looking(tx, who, room) as look:
        return await _facts(tx, look)


async def view_first_page(
    who: Member, room: RoomId, *, beside: Callable[[Tx, gate.Look], Awaitable[Sequence[Thing]]]
) -> FirstPage[Thing]:
    """Come into the room and return all of its first page, from one look.

    `beside` finds what another package shows there, for a room that is open.

    Raises:
        Refused: `who` has no place in the room, or may not enter now.
    """
    async with writing() as tx, gate.looking(tx, who, room) as look:
        facts = await _facts(tx, look)
        if facts.team.state is not TeamState.OPEN:
            return FirstPage(facts)
        return FirstPage(
            facts=facts,
            steps=await _first_steps(tx, look, facts.team) if facts.i_lead else None,
            news=await news_seen(tx, look),
            beside=tuple(await beside(tx, look)),
        )


async def _facts(tx: Tx, look: gate.Look) -> RoomFacts:
    await enter(tx, look)
    who, team = look.who, await look.team()
    seats = await look.seats()
    mine = next(seat for seat in seats if seat.member == who.id)
    lead = next((seat for seat in seats if seat.role is Role.LEAD_PROFESSIONAL), None)
    i_lead = mine.role is Role.LEAD_PROFESSIONAL
    return RoomFacts(
        team=team,
        family_name="" if isinstance(who, FamilyMember) else await name_of(tx, team.family),
        lead_name=(await _member(tx, who, lead.member)).name if lead else "",
        lead_agency=(await directory.get_agency(tx, lead.agency)).name if lead else "",
        i_lead=i_lead,
        my_role=mine.role,
        is_open_in_emergency=i_lead and await look.is_open_in_emergency(),
    )


async def _member(tx: Tx, who: Member, member: MemberId) -> Member:
    return who if member == who.id else await directory.get_member(tx, member)


async def _first_steps(tx: Tx, look: gate.Look, team: Team) -> FirstSteps:
    """Return which of the first day's four steps are done, as far as the looker can see."""
    await look.require(Act.LIST_SEATS, label_of_room(look.room, Kind.SEAT))
    others = [seat for seat in await look.seats() if seat.member != look.who.id]
    spoken = await store.list_labels_with(tx, look.room, CHILD_VOICE)
    heard = await look.sift(Act.LIST_SECTIONS, spoken)
    return FirstSteps(
        agreed=team.state is TeamState.OPEN,
        people=any(may_meet(Role.LEAD_PROFESSIONAL, seat.role) for seat in others),
        meeting=team.next_meeting_at is not None,
        child_words=bool(heard),
    )


async def list_places(who: Member, room: RoomId) -> list[Place]:
    """Return the people of the room of whom `who` may learn, in the order they were invited.

    The family sees role and organisation of practitioners, not their names; two grown-ups of
    one family never meet in a list.

    Raises:
        Refused: `who` has no place in the room.
    """
    async with writing() as tx:
        return await places_in(tx, who, room)


async def places_in(tx: Tx, who: Member, room: RoomId) -> list[Place]:
    """Return the same inside a larger act.

    Raises:
        Refused: `who` has no place in the room.
    """
    await gate.require(tx, who, Act.LIST_SEATS, label_of_room(room, Kind.SEAT))
    seats = await directory.list_seats(tx, room)
    members = await directory.find_members(tx, [seat.member for seat in seats])
    agencies = {agency.code: agency for agency in await directory.list_agencies(tx)}
    mine = next(seat for seat in seats if seat.member == who.id)
    known = [seat for seat in seats if seat is mine or may_meet(mine.role, seat.role)]
    return [_place(who, seat, members[seat.member], agencies) for seat in known]


def _place(who: Member, seat: Seat, member: Member, agencies: dict[AgencyCode, Agency]) -> Place:
    is_practitioner = isinstance(member, Practitioner)
    hides_name = is_practitioner and isinstance(who, FamilyMember)
    return Place(
        member=member.id,
        name="" if hides_name else member.name,
        role=seat.role,
        role_title=member.role_title if isinstance(member, Practitioner) else "",
        agency=seat.agency,
        agency_name=agencies[seat.agency].name if seat.agency in agencies else "",
        joined_at=seat.joined_at,
    )


async def family_people(who: Member, room: RoomId) -> list[Person]:
    """Return the people the room is about, as `who` may name them.

    Raises:
        Refused: `who` has no place in the room.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.VIEW_FAMILY, label_of_room(room))
        return await people_of(tx, who, room)
