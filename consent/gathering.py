"""Finds the facts of a decision: who asks as what, and what stands in the rows of the room.

An unknown room costs the same queries as a forbidden one, so that the two take the same time.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from consent.consent import Agreed, answers_among
from consent.grounds import Asker, RoomFacts, asker_in_room, asker_of_house, speaking_for
from consent.statement import owed_by
from consent.store import consents, openings
from policies.facts import Kind, Label
from server.directory import store as directory
from server.directory.member import Member
from server.directory.team import Seat, Team
from server.kernel.database import Tx
from server.kernel.errors import NotFound
from server.kernel.ids import RoomId


@dataclass(frozen=True, slots=True)
class Seen:
    """A room as one look finds it: its team, everybody's places, and the facts for all.

    Without `has_answers` the facts say nothing of what was agreed, which only content needs.
    """

    team: Team | None
    seats: tuple[Seat, ...]
    facts: RoomFacts
    has_answers: bool = False

    def asker(self, who: Member, kind: Kind) -> Asker:
        """Return as what a member asks about a thing of this kind."""
        return _asker(who, self.facts, self.seat_of(who), kind)

    def seat_of(self, who: Member) -> Seat | None:
        """Return a member's place, if she has one now."""
        return next((seat for seat in self.seats if seat.member == who.id), None)


async def see_room(tx: Tx, room: RoomId) -> Seen:
    """Return what stands about a room but for the answers, in three keyed queries.

    The team's row is shared: whoever changes who may see what takes it for update first, so all
    of this stays as it is until the transaction ends.
    """
    team = await shared_team(tx, room)
    seats = await directory.list_seats(tx, room)
    return Seen(team, tuple(seats), await _opened(tx, RoomFacts(at=tx.at, team=team), room))


async def with_answers(tx: Tx, seen: Seen, room: RoomId) -> Seen:
    """Return the same with what was agreed: one keyed query more."""
    return replace(seen, facts=await _agreed(tx, seen.facts, room), has_answers=True)


async def shared_team(tx: Tx, room: RoomId | None) -> Team | None:
    """Return the team, and keep who may see what in its room as it is until this act ends.

    Rule: ADR-0008: every act that writes reads the team's row for share before it writes. An
    unknown room has none; its refusal follows from the facts, in the time of any other.
    """
    if room is None:
        return None
    try:
        return await directory.share_team(tx, room)
    except NotFound:
        return None


async def gather(
    tx: Tx, who: Member, team: Team | None, room: RoomId | None, labels: Sequence[Label]
) -> tuple[Asker, RoomFacts]:
    """Return as what a member asks about things of one room, and the facts for it.

    With the team's row that is four keyed queries: team, place, who answered, and what else
    opens or closes; and once after each change the answers. Who signed which agreement is in
    memory already.
    """
    if room is None:
        return asker_of_house(who), RoomFacts(at=tx.at)
    seat = await directory.find_seat(tx, room, who.id)
    facts = await _facts(tx, team, room, labels)
    return _asker(who, facts, seat, kind_of(labels)), facts


def _asker(who: Member, facts: RoomFacts, seat: Seat | None, kind: Kind) -> Asker:
    asker = asker_in_room(who, facts.team, seat, kind, is_let_in=who.id in facts.emergencies)
    return replace(asker, owes=owed_by(seat, facts.team, facts.at))


async def everybody(tx: Tx, seen: Seen) -> list[Asker]:
    """Return everybody with a place in the room, as what each asks about content."""
    members = await directory.find_members(tx, [seat.member for seat in seen.seats])
    return [
        _asker(members[seat.member], seen.facts, seat, Kind.CONTENT)
        for seat in seen.seats
        if seat.member in members
    ]


def kind_of(labels: Sequence[Label]) -> Kind:
    """Return the one kind of these things; of several it is content, which tells the least."""
    kinds = {label.kind for label in labels}
    return Kind.CONTENT if len(kinds) != 1 else kinds.pop()


async def _facts(tx: Tx, team: Team | None, room: RoomId, labels: Sequence[Label]) -> RoomFacts:
    facts = RoomFacts(at=tx.at, team=team)
    if any(label.kind is Kind.CONTENT for label in labels):
        facts = await _agreed(tx, facts, room)
    return await _opened(tx, facts, room)


async def _agreed(tx: Tx, facts: RoomFacts, room: RoomId) -> RoomFacts:
    standing = await consents.find_standing(tx, room)
    return replace(
        facts,
        agreed=await _answers(tx, room, standing.mark, facts.at),
        speaking=speaking_for(standing.speaking),
        speaking_until=standing.until,
    )


async def _opened(tx: Tx, facts: RoomFacts, room: RoomId) -> RoomFacts:
    found = await openings.find_openings(tx, room)
    return replace(
        facts,
        decisions=found.decisions,
        protections=found.protections,
        emergencies=found.emergencies,
    )


_MOST_ANSWERS_KEPT = 100_000
"""How many answers a process keeps in memory, of all rooms together (about 30 MB)."""


class _Kept(NamedTuple):
    """A room's answers, the mark they were read under, and how many lines they are."""

    mark: frozenset[UUID]
    agreed: Agreed
    lines: int


_kept: OrderedDict[RoomId, _Kept] = OrderedDict()


async def _answers(tx: Tx, room: RoomId, mark: frozenset[UUID], at: datetime) -> Agreed:
    """Return what was agreed in a room, from memory where its mark is still the same.

    The mark is read in the caller's own transaction, so memory is never older than the rows,
    nor newer than what this transaction may see. An answer that ends is no change of a row, so
    what memory holds is asked whether it holds at this instant too.
    """
    held = _kept.get(room)
    if held is not None and held.mark == mark:
        if not held.agreed.holds_at(at):
            held = _kept[room] = held._replace(agreed=Agreed(at, held.agreed.by_about))
        _kept.move_to_end(room)
        return held.agreed
    lines = await consents.lines_of_room(tx, room) if mark else []
    agreed = Agreed(at, answers_among(lines))
    _kept[room] = _Kept(mark, agreed, len(lines))
    _kept.move_to_end(room)
    while sum(one.lines for one in _kept.values()) > _MOST_ANSWERS_KEPT and len(_kept) > 1:
        _kept.popitem(last=False)
    return agreed
