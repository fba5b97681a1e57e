"""Looks at what a change would do before it is done: who would lose what, who would see what.

It asks as the gate asks and records nothing: the change itself passes the gate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from consent import gate, judging
from consent.consent import Agreed, ConsentLine, answers_among
from consent.gathering import Seen, everybody, gather, see_room, shared_team, with_answers
from consent.grounds import Asker, RoomFacts, asker_with_place
from consent.judging import Book
from consent.protection import FamilyRule
from consent.sharing_decision import SharingDecision
from policies.act import Act
from policies.facts import Kind, Label, label_of_room
from server.directory.member import Member
from server.directory.team import Seat
from server.kernel.database import Tx
from server.kernel.ids import MemberId, RoomId

Losses = Mapping[MemberId, tuple[Member, list[UUID]]]
"""Who would lose, or gain, which things."""


async def lost_by(
    tx: Tx, who: Member, room: RoomId, labels: Sequence[Label], lines: Sequence[ConsentLine]
) -> Losses:
    """Return who would no longer see which of these things, were these answers given as well."""
    book = await gate.book_for(tx, who, labels)
    seen = await with_answers(tx, await see_room(tx, room), room)
    facts = seen.facts
    held = [
        line
        for givers in facts.agreed.by_about.values()
        for of_giver in givers.values()
        for line in of_giver
    ]
    after = replace(facts, agreed=Agreed(facts.at, answers_among([*held, *lines])))
    return await _differing(tx, book, labels, seen, before=facts, after=after)


async def gained_by(
    tx: Tx, who: Member, room: RoomId, labels: Sequence[Label], decision: SharingDecision
) -> Losses:
    """Return who would see which of these things that she does not see, by this decision."""
    book = await gate.book_for(tx, who, labels)
    seen = await with_answers(tx, await see_room(tx, room), room)
    after = replace(seen.facts, decisions=(*seen.facts.decisions, decision))
    return await _differing(tx, book, labels, seen, before=after, after=seen.facts)


async def closed_by(
    tx: Tx, who: Member, room: RoomId, labels: Sequence[Label], rules: Sequence[FamilyRule]
) -> Losses:
    """Return who would no longer see which of these things by these rules of the family."""
    book = await gate.book_for(tx, who, labels)
    seen = await with_answers(tx, await see_room(tx, room), room)
    held = seen.facts.protections
    after = replace(seen.facts, protections=replace(held, rules=(*held.rules, *rules)))
    return await _differing(tx, book, labels, seen, before=seen.facts, after=after)


async def foresee(
    tx: Tx, seat: Seat, invited: Member, labels: Sequence[Label]
) -> tuple[list[UUID], bool, bool]:
    """Return which things somebody would see from a place she does not have yet.

    And whether her organisation is party to an agreement, and whether she could enter the room
    or something closes all of it to her.
    """
    book = await gate.book_for(tx, invited, labels)
    team = await shared_team(tx, seat.room)
    _, facts = await gather(tx, invited, team, seat.room, labels)
    asker = asker_with_place(invited, seat)
    seen = [label.thing for label in labels if _sees(book, facts, asker, label)]
    may_enter = _sees(book, facts, asker, label_of_room(seat.room))
    return seen, book.is_party(invited.agency), may_enter


async def _differing(
    tx: Tx, book: Book, labels: Sequence[Label], seen: Seen, *, before: RoomFacts, after: RoomFacts
) -> Losses:
    """Return who sees which of these things by the facts before and not by those after."""
    found: dict[MemberId, tuple[Member, list[UUID]]] = {}
    for asker in await everybody(tx, seen):
        things = [
            label.thing
            for label in labels
            if _sees(book, before, asker, label) and not _sees(book, after, asker, label)
        ]
        if things:
            found[asker.member.id] = (asker.member, things)
    return found


def _sees(book: Book, facts: RoomFacts, asker: Asker, label: Label) -> bool:
    act = Act.OPEN_SECTION if label.kind is Kind.CONTENT else Act.VIEW_ROOM
    return judging.is_open(book, facts, asker, act, label)
