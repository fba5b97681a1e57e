"""Opening a room: it waits, and nobody but its lead knows of it, until the family has agreed."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from consent import gate
from consent.recording_family import FamilyForm, find_faults, is_known, record_family
from policies.act import Act
from policies.facts import Kind, label_of_house, label_of_room
from rooms import store
from rooms.room import LEAD_PURPOSES, new_reference
from server.audit import log
from server.audit.entry import Entry
from server.directory import store as directory
from server.directory.member import Member, Practitioner
from server.directory.team import Role, Seat, Team, TeamState
from server.kernel.clock import london_day
from server.kernel.database import Tx, reading, writing
from server.kernel.errors import Conflict, Invalid, Unavailable
from server.kernel.ids import RoomId, SeatId, id_of_form, new_id

TRIES_FOR_A_REFERENCE = 20


async def prepare_room(who: Member) -> None:
    """Come to the forms for a new room; nothing is asked or told yet.

    Raises:
        Refused: `who` may open no room.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.PREPARE_ROOM, label_of_house(Kind.ROOM))


async def open_room(
    who: Practitioner,
    form: FamilyForm,
    *,
    form_id: UUID | None = None,
    draw: Callable[[], str] = new_reference,
) -> RoomId:
    """Propose a room about a family, with the fewest facts: names, ages, whom to ask.

    `who` becomes its lead. It waits in the state `proposed`. `form_id` was made with the
    form: sent twice, the second time changes nothing. The room's reference is drawn from `draw`
    until one is free.

    Raises:
        Refused: `who` may open no room.
        Invalid: a name or an age is missing or wrong.
        Conflict: the form opened a room already, which she does not lead any more.

    Rule: early help is voluntary; before a yes there is no room to enter.
    """
    room = RoomId(id_of_form(who.id, form_id or new_id()))
    try:
        return await _open(who, form, room, draw)
    except IntegrityError:
        # The same form came twice at once, and the other one was first.
        return await _open(who, form, room, draw)


async def _open(
    who: Practitioner, form: FamilyForm, room: RoomId, draw: Callable[[], str]
) -> RoomId:
    async with writing() as tx:
        if await _leads(tx, who, room):
            await gate.require(tx, who, Act.VIEW_ROOM, label_of_room(room))
            return room
        await gate.require(tx, who, Act.OPEN_ROOM, label_of_house(Kind.ROOM), makes=room)
        if await directory.find_team(tx, room) is not None:
            raise Conflict
        family = await record_family(tx, who, form)
        await directory.add_team(
            tx,
            Team(
                id=room,
                family=family.id,
                reference=await _free_reference(tx, draw),
                state=TeamState.PROPOSED,
                epoch=1,
                proposed_at=tx.at,
            ),
        )
        await store.make_room_key(tx, room)
        await directory.add_seat(
            tx,
            Seat(
                id=SeatId(new_id()),
                room=room,
                member=who.id,
                agency=who.agency,
                role=Role.LEAD_PROFESSIONAL,
                purposes=LEAD_PURPOSES,
                since=tx.at,
                joined_at=tx.at,
            ),
        )
        return room


async def _leads(tx: Tx, who: Member, room: RoomId) -> bool:
    seat = await directory.find_seat(tx, room, who.id)
    return seat is not None and seat.role is Role.LEAD_PROFESSIONAL


async def _free_reference(tx: Tx, draw: Callable[[], str]) -> str:
    for _ in range(TRIES_FOR_A_REFERENCE):
        reference = draw()
        if await directory.find_team_by_reference(tx, reference) is None:
            return reference
    raise Unavailable


async def leads_unopened(who: Member, room: RoomId) -> bool:
    """Say whether `who` leads a room whose family has not agreed: it waits, or they said no.

    Her pages lead her then to the one that says what may be done.
    """
    async with reading() as tx:
        team = await directory.find_team(tx, room)
        is_unopened = team is not None and team.state in {TeamState.PROPOSED, TeamState.DECLINED}
        return is_unopened and await _leads(tx, who, room)


async def check_register(who: Practitioner, form: FamilyForm) -> bool:
    """Ask whether somebody of the form may have a plan already; tell nothing else. Recorded.

    Returns:
        True if the coordinator is to ring `who`; False if she can go on.

    Raises:
        Refused: `who` may not ask.
        Invalid: a name or a date of birth is missing or wrong.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.CHECK_REGISTER, label_of_house(Kind.ROOM))
        faults = find_faults(form, london_day(tx.at))
        if faults:
            raise Invalid(faults)
        known = await is_known(tx, form)
        answer = "the coordinator rings" if known else "go on"
        await log.record(
            tx,
            Entry(
                kind="room:register-answered",
                outcome="noted",
                who=who.id,
                agency=who.agency,
                room=None,
                thing=None,
                purpose=None,
                details={"answer": answer},
            ),
        )
        return known
