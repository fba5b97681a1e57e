"""The family said no: what was entered is deleted, and the record says only that help was offered.

The room's key is destroyed, so that nothing sealed under it can be read again, in backups either.
"""

import asyncio
import logging
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from consent import bell, gate
from consent.keeper import Keepers, change_access, hold_access
from consent.store import consents, families, protections, rule_wishes
from policies.act import Act
from policies.facts import label_of_room
from server.audit import log
from server.audit.entry import Entry
from server.directory import store as directory
from server.directory.member import Member
from server.directory.team import Role, Seat, Team, TeamState
from server.kernel import clock
from server.kernel.database import Tx, bound, reading, writing
from server.kernel.errors import Conflict, NotFound, TacroomError
from server.kernel.ids import RoomId
from server.keys import room_keys

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 3600
WAITS_DAYS = 28
"""How long a room waits for its family's agreement before what was entered is deleted."""


async def decline(who: Member, room: RoomId, *, keepers: Keepers) -> None:
    """End a room to which the family said no, and delete what was entered.

    Kept are that help was offered, by whom and when, and the log without its details.

    Raises:
        Refused: `who` does not lead the room.
        Conflict: the room is open, or was ended already.

    Rule: UK GDPR Art 5(1)(c) and (e): without the family's agreement there is no reason to keep
    who they are.
    """
    async with writing() as tx:
        await hold_access(tx, room)
        await gate.require(tx, who, Act.DECLINE_ROOM, label_of_room(room))
        team = await directory.get_team(tx, room)
        if team.state is not TeamState.PROPOSED:
            raise Conflict
        await _dispose(tx, team, keepers, who=who)


async def end_overdue(*, keepers: Keepers) -> int:
    """End every room whose family has not agreed in 28 days; return how many there were.

    The house does this by itself each day, so nobody is asked; each end is recorded.

    Rule: UK GDPR Art 5(1)(e): what was entered to ask a family is not kept once they were not
    asked, or did not answer.
    """
    before = clock.now() - timedelta(days=WAITS_DAYS)
    async with reading() as tx:
        overdue = await directory.teams_waiting_since(tx, before)
    ended = 0
    for room in overdue:
        async with writing() as tx:
            team = await directory.hold_team(tx, room)
            if team.state is TeamState.PROPOSED:
                await _dispose(tx, team, keepers, who=None)
                ended += 1
    return ended


async def watch(*, keepers: Keepers) -> None:
    """End what is overdue now and every hour, for ever; a store that fails is tried again.

    Each time, what any disposal deleted is erased from the files of the store.
    """
    while True:
        try:
            await end_overdue(keepers=keepers)
            # Once more: a server that was stopped between a commit and this leaves names behind.
            await bound().erase_deleted()
        except (TacroomError, SQLAlchemyError) as fault:
            _tell_operators(fault)
        await asyncio.sleep(LOOK_EVERY_S)


def _tell_operators(fault: Exception) -> None:
    # The kind alone: the words of a database error repeat the values, which could name a child.
    logger.error("overdue rooms could not be ended: %s", type(fault).__name__)


async def _dispose(tx: Tx, team: Team, keepers: Keepers, *, who: Member | None) -> None:
    """Delete what was entered, by `who` or, in time, by the house itself."""
    things = 0
    for keeper in keepers:
        things += await keeper.dispose(tx, team.id)
    await consents.delete_of_room(tx, team.id)
    await rule_wishes.delete_of_room(tx, team.id)
    await protections.delete_of_room(tx, team.id)
    people = await _delete_people(tx, team)
    lead = await _lead_of(tx, team.id)
    await families.add_help_offered(
        tx, team.id, by=lead.member, agency=lead.agency, at=team.proposed_at, people=people
    )
    await directory.set_team_state(tx, team.id, TeamState.DECLINED)
    await room_keys.destroy(tx, team.id)
    await log.record(tx, _disposed(who, team.id, things=things, people=people))
    await change_access(tx, team.id, keepers)
    bell.ring(tx, label_of_room(team.id), bell.What.ROOM)
    # Threat T-23: sealed words end with their key; names stand in plain text.
    tx.after_commit(bound().erase_deleted)


async def _lead_of(tx: Tx, room: RoomId) -> Seat:
    seats = await directory.list_seats(tx, room)
    return next(seat for seat in seats if seat.role is Role.LEAD_PROFESSIONAL)


async def _delete_people(tx: Tx, team: Team) -> int:
    """Delete the family, unless another room is about it; return how many people it had."""
    try:
        people = len((await families.get_family(tx, team.family)).people)
    except NotFound:
        return 0
    others = [one for one in await directory.teams_of_family(tx, team.family) if one.id != team.id]
    if not others:
        await families.delete_family(tx, team.family)
    return people


def _disposed(who: Member | None, room: RoomId, *, things: int, people: int) -> Entry:
    return Entry(
        kind="room:disposed",
        outcome="noted",
        who=who.id if who else None,
        agency=who.agency if who else None,
        room=room,
        details={"things": things, "people": people, "kept": "help was offered"},
    )
