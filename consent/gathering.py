"""Finds the facts of a decision: who asks as what, and what stands in the rows of the room.

An unknown room costs the same queries as a forbidden one, so that the two take the same time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from consent.consent import agreed_at
from consent.grounds import Asker, RoomFacts, asker_in_room, asker_of_house, speaking_for
from consent.store import consents, openings
from policies.facts import Kind, Label
from server.directory import store as directory
from server.directory.member import FamilyMember, Member
from server.directory.team import Team
from server.kernel.database import Tx
from server.kernel.errors import NotFound
from server.kernel.ids import RoomId


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

    With the team's row that is at most four keyed queries for a practitioner: team, place,
    answers, and what else opens or closes; one or two more for the family. Who signed which
    agreement is in memory already.
    """
    if room is None:
        return asker_of_house(who), RoomFacts(at=tx.at)
    seat = await directory.find_seat(tx, room, who.id)
    kinds = {label.kind for label in labels}
    kind = Kind.CONTENT if len(kinds) != 1 else kinds.pop()
    asker = asker_in_room(who, team, seat, kind)
    return asker, await _facts(tx, team, room, labels, who)


async def _facts(
    tx: Tx, team: Team | None, room: RoomId, labels: Sequence[Label], who: Member
) -> RoomFacts:
    content = [label for label in labels if label.kind is Kind.CONTENT]
    facts = RoomFacts(at=tx.at, team=team)
    if content:
        agencies = {who.agency}.union(*(label.origins for label in content))
        categories: set[str] = set().union(*(label.categories for label in content))
        person = who.person if isinstance(who, FamilyMember) else None
        lines = await consents.find_lines(
            tx, room, categories=categories, agencies=agencies, person=person
        )
        facts = replace(facts, agreed=agreed_at(tx.at, lines))
        if person is not None:
            facts = replace(facts, speaking=speaking_for(await consents.newest_versions(tx, room)))
    found = await openings.find_openings(tx, room)
    return replace(facts, decisions=found.decisions, protections=found.protections)


async def gather_everybody(
    tx: Tx, room: RoomId, labels: Iterable[Label]
) -> tuple[list[Asker], RoomFacts]:
    """Return everybody with a place in a room, as what each asks, and the facts for all."""
    team = await directory.find_team(tx, room)
    seats = await directory.list_seats(tx, room)
    members = await directory.find_members(tx, [seat.member for seat in seats])
    categories: set[str] = set().union(*(label.categories for label in labels))
    lines = await consents.find_lines(tx, room, categories=categories) if categories else []
    found = await openings.find_openings(tx, room)
    facts = RoomFacts(
        at=tx.at,
        team=team,
        agreed=agreed_at(tx.at, lines),
        speaking=speaking_for(await consents.newest_versions(tx, room)),
        decisions=found.decisions,
        protections=found.protections,
    )
    return [
        asker_in_room(members[seat.member], team, seat, Kind.CONTENT)
        for seat in seats
        if seat.member in members
    ], facts
