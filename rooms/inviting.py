"""Inviting somebody into a room: checked whole before anything is sent."""

from dataclasses import dataclass

from consent import bell, gate
from consent.admitting import (
    Admission,
    check_admission,
    label_of_invitation,
    stop_invitation,
)
from consent.enrolling import enrol_family_member, family_role
from consent.family import Person
from consent.keeper import Keepers, all_labels, all_titles, change_access, hold_access
from consent.naming import people_of
from policies.act import Act
from policies.decision import Denied
from policies.facts import Kind, label_of_room
from rooms.room import LEAD_PURPOSES, MEMBER_PURPOSES
from server.directory import store as directory
from server.directory.agency import Agency
from server.directory.member import FamilyMember, Member, Practitioner
from server.directory.team import Role, Seat
from server.kernel.database import Tx, writing
from server.kernel.errors import Invalid
from server.kernel.ids import MemberId, PersonId, RoomId, SeatId, new_id


@dataclass(frozen=True, slots=True)
class Invitation:
    """What the lead asked: whom to invite, and whether also to keep a child safe."""

    member: MemberId
    safeguard: bool = False


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who could be invited, as the list of organisations shows her."""

    practitioner: Practitioner
    agency: Agency


@dataclass(frozen=True, slots=True)
class Relative:
    """Somebody the room is about, and whether she has a place and so a page of her own."""

    person: Person
    has_place: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """What the checks found, and the parts she would see, by the words the lead knows."""

    colleague: Colleague
    admission: Admission
    would_see: tuple[str, ...]


async def list_colleagues(who: Member, room: RoomId) -> list[Colleague]:
    """Return everybody of every organisation who has no place in the room, by organisation.

    Raises:
        Refused: `who` does not lead the room.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.PREPARE_INVITATION, label_of_room(room, Kind.SEAT))
        seated = {seat.member for seat in await directory.list_seats(tx, room)}
        return [
            Colleague(practitioner, agency)
            for agency in await directory.list_agencies(tx)
            for practitioner in await directory.list_members(tx, agency.code)
            if practitioner.id not in seated and practitioner.office is None
        ]


async def check_invitation(
    who: Member, room: RoomId, invitation: Invitation, *, keepers: Keepers
) -> Checked:
    """Check an invitation without sending it: the reasons, and what she would see.

    Returns:
        What was checked; if it does not pass, the refusal stands in the log with its reason.

    Raises:
        Refused: `who` does not lead the room.
        Invalid: nobody was chosen.
    """
    stopped: list[Checked] = []
    try:
        async with writing() as tx:
            label = label_of_invitation(room, invitation.member)
            await gate.require(tx, who, Act.PREPARE_INVITATION, label)
            colleague = await _colleague(tx, invitation)
            seat = _seat(tx, who, room, colleague.practitioner, invitation)
            admission = await check_admission(tx, seat, colleague.practitioner, keepers=keepers)
            titles = await _titles_i_know(tx, who, room, admission, keepers)
            checked = Checked(colleague, admission, titles)
            if not admission.passes:
                stopped.append(checked)
                stop_invitation(tx, who, room, colleague.practitioner, admission)
            return checked
    except Denied:
        if not stopped:
            raise
        return stopped[0]


async def invite(
    who: Member, room: RoomId, invitation: Invitation, *, keepers: Keepers
) -> Admission:
    """Give somebody a place in the room if all four checks hold; else give and send nothing.

    Returns:
        What was checked; if it does not pass, the refusal stands in the log with its reason.

    Raises:
        Refused: `who` does not lead the room.
        Invalid: nobody was chosen.
    """
    stopped: list[Admission] = []
    try:
        async with writing() as tx:
            await hold_access(tx, room)
            await gate.require(tx, who, Act.INVITE, label_of_invitation(room, invitation.member))
            colleague = await _colleague(tx, invitation)
            seat = _seat(tx, who, room, colleague.practitioner, invitation)
            admission = await check_admission(tx, seat, colleague.practitioner, keepers=keepers)
            if not admission.passes:
                stopped.append(admission)
                stop_invitation(tx, who, room, colleague.practitioner, admission)
            await directory.add_seat(tx, seat)
            await change_access(tx, room, keepers)
            bell.ring(tx, label_of_room(room, Kind.SEAT), bell.What.PEOPLE)
            return admission
    except Denied:
        if not stopped:
            raise
        return stopped[0]


async def _titles_i_know(
    tx: Tx, who: Member, room: RoomId, admission: Admission, keepers: Keepers
) -> tuple[str, ...]:
    labels = [
        label for label in await all_labels(tx, room, keepers) if label.thing in admission.things
    ]
    mine = await gate.sift(tx, who, Act.LIST_SECTIONS, labels)
    titles = await all_titles(tx, room, [label.thing for label in mine], keepers)
    return tuple(titles[label.thing] for label in mine if label.thing in titles)


async def _colleague(tx: Tx, invitation: Invitation) -> Colleague:
    found = await directory.find_member(tx, invitation.member)
    if not isinstance(found, Practitioner) or found.office is not None:
        raise Invalid({"member": "Choose whom to invite from the list"})
    return Colleague(found, await directory.get_agency(tx, found.agency))


def _seat(tx: Tx, who: Member, room: RoomId, invited: Practitioner, invitation: Invitation) -> Seat:
    return Seat(
        id=SeatId(new_id()),
        room=room,
        member=invited.id,
        agency=invited.agency,
        role=Role.TAC_MEMBER,
        purposes=LEAD_PURPOSES if invitation.safeguard else MEMBER_PURPOSES,
        since=tx.at,
        invited_by=who.id,
    )


async def list_family(who: Member, room: RoomId) -> list[Relative]:
    """Return whom of the family one can give a page of her own, and who has one.

    Raises:
        Refused: `who` does not lead the room.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.PREPARE_INVITATION, label_of_room(room, Kind.SEAT))
        seats = await directory.list_seats(tx, room)
        members = await directory.find_members(tx, [seat.member for seat in seats])
        seated = {one.person for one in members.values() if isinstance(one, FamilyMember)}
        return [Relative(one, one.id in seated) for one in await people_of(tx, who, room)]


async def seat_family_member(
    who: Member, room: RoomId, person: PersonId, *, keepers: Keepers
) -> FamilyMember:
    """Give somebody of the family a place in the room, so that she has her own page.

    Asked again, nothing changes.

    Raises:
        Refused: `who` does not lead the room.
        NotFound: the room is not about such a person.
    """
    member = await enrol_family_member(who, room, person)
    async with writing() as tx:
        await hold_access(tx, room)
        label = label_of_invitation(room, member.id)
        if await directory.find_seat(tx, room, member.id) is not None:
            await gate.require(tx, who, Act.PREPARE_INVITATION, label)
            return member
        await gate.require(tx, who, Act.INVITE, label)
        await directory.add_seat(
            tx,
            Seat(
                id=SeatId(new_id()),
                room=room,
                member=member.id,
                agency=member.agency,
                role=await family_role(tx, room, person),
                purposes=MEMBER_PURPOSES,
                since=tx.at,
                invited_by=who.id,
            ),
        )
        await change_access(tx, room, keepers)
        bell.ring(tx, label_of_room(room, Kind.SEAT), bell.What.PEOPLE)
        return member
