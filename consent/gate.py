"""THE gate: every act passes here, is decided here, and is recorded from here.

`require` for one act, `sift` for lists and counts, `capability` for what happens live,
`explain` for the reasons, `readers` for who else; `looking` for a page that asks several of
them about one room. Each answers from the rows as they stand in the caller's own transaction;
what cannot be told is refused.

Rule: ADR-0008.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import NoReturn

from sqlalchemy.exc import SQLAlchemyError

from consent import judging, living
from consent.alike import ask_each
from consent.capability import Capability, no_capability
from consent.family import may_meet
from consent.gathering import Seen, everybody, gather, kind_of, see_room, shared_team, with_answers
from consent.grounds import Asker, RoomFacts
from consent.judging import Book, Judged
from policies import revision
from policies.act import Act
from policies.decision import Decision, Denied, Factor
from policies.facts import Kind, Label, label_of_house
from server.audit import log
from server.audit.entry import Entry
from server.directory import store as directory
from server.directory.member import FamilyMember, Member
from server.directory.team import Role, Seat, Team
from server.kernel.database import Tx
from server.kernel.errors import NotFound
from server.kernel.ids import AgencyCode, MemberId, RoomId

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who may see a thing."""

    member: Member
    agency: AgencyCode
    role: Role


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why somebody may or may not: as many of the four factors as she may know, else a sentence."""

    allowed: bool
    sentence: str
    factors: tuple[Factor, ...] = ()


async def require(
    tx: Tx, who: Member, act: Act, label: Label, *, makes: RoomId | None = None
) -> Decision:
    """Allow the act and record it in this transaction, or refuse it.

    `makes` is the room that an act of the house makes: what is recorded tells of that room.

    Raises:
        Denied: the answer is no; the refusal is recorded once this transaction is rolled back.

    Rule: ADR-0008: no entry, no act; facts that cannot be found, and policies that give no
    answer, are a no with a name.
    """
    asked = _judge(tx, who, act, label.room, [label])
    decision, entry = await _decide(tx, who, act, label, asked)
    await log.record(tx, entry if makes is None else replace(entry, room=makes))
    return decision


async def sift(tx: Tx, who: Member, act: Act, labels: Iterable[Label]) -> list[Label]:
    """Return those that the act is open on, in order; one entry is recorded for the list.

    The labels may be of several rooms. Nothing is recorded, or told, of those withheld.

    Raises:
        Denied: the facts cannot be found; an empty list would say that there is nothing.
    """
    asked = list(labels)
    try:
        shown = await _open_ones(tx, who, act, asked)
    except Exception as fault:  # whatever fails here, the answer is a recorded no
        raise _no_list(tx, who, act, asked, fault) from fault
    await log.record(tx, judging.entry_of_list(who, act, shown))
    return [one.label for one in shown]


async def capability(tx: Tx, who: Member, room: RoomId, labels: Sequence[Label]) -> Capability:
    """Return what a member may do live with these things of a room; nothing if it is unsure.

    Records nothing: opening a live section is an act of its own, which passes `require`.
    """
    try:
        book = await book_for(tx, who, labels)
        team = await shared_team(tx, room)
        asker, facts = await gather(tx, who, team, room, labels)
        return living.decide(book, facts, asker, room, labels)
    except Exception as fault:  # noqa: BLE001  whatever fails here, the answer is nothing
        _tell_operators(fault)
        return no_capability(who.id, room, epoch=0)


async def capabilities(
    tx: Tx, members: Collection[Member], room: RoomId, labels: Sequence[Label]
) -> dict[MemberId, Capability]:
    """Return what each of these may do live, as `capability` does; facts are found once for all."""
    try:
        agencies = {who.agency for who in members}
        book = await revision.book(tx, naming=agencies.union(*(one.origins for one in labels)))
        seen = await with_answers(tx, await see_room(tx, room), room)
        return await living.decide_each(book, seen, members, room, labels)
    except Exception as fault:  # noqa: BLE001  whatever fails here, the answer is nothing
        _tell_operators(fault)
        return {who.id: no_capability(who.id, room, epoch=0) for who in members}


@asynccontextmanager
async def looking(tx: Tx, who: Member, room: RoomId) -> AsyncIterator["Look"]:
    """Give one look at a room, for an act that only reads; all that it allowed is recorded.

    The facts are found once for all that is asked. They stay as they are until the transaction
    ends, since the team's row is shared; so whoever changes who may see what in her own act
    does not ask by a look.

    Rule: ADR-0008: no entry, no act. The entries go in together when the look ends, in the same
    transaction and so before anything of it is told.
    """
    look = Look(tx, who, room)
    yield look
    await look.record()


class Look:
    """What one member asks about one room in one act: see `looking`."""

    def __init__(self, tx: Tx, who: Member, room: RoomId) -> None:
        """Stand in an open transaction; nothing is read before something is asked."""
        self.who = who
        self.room = room
        self._tx = tx
        self._seen: Seen | None = None
        self._entries: list[Entry] = []

    async def team(self) -> Team:
        """Return the room's team; show nothing of it unasked.

        Raises:
            NotFound: there is no such room.
        """
        team = (await self._see()).team
        if team is None:
            raise NotFound
        return team

    async def seats(self) -> tuple[Seat, ...]:
        """Return the places in the room now, in the order they were given; show none unasked."""
        return (await self._see()).seats

    async def seat(self) -> Seat | None:
        """Return her own place, if she has one now."""
        return (await self._see()).seat_of(self.who)

    async def is_open_in_emergency(self) -> bool:
        """Return whether somebody without a place is let in now; for who leads, unasked."""
        return bool((await self._see()).facts.emergencies)

    async def require(self, act: Act, label: Label) -> Decision:
        """Allow the act and keep its entry, or refuse it, as `gate.require` does.

        Raises:
            Denied: the answer is no; the refusal is recorded once this transaction is rolled
                back.
        """
        asked = self._judge(act, [label])
        decision, entry = await _decide(self._tx, self.who, act, label, asked)
        self._entries.append(entry)
        return decision

    async def sift(self, act: Act, labels: Iterable[Label]) -> list[Label]:
        """Return those that the act is open on, as `gate.sift` does; one entry is kept.

        Raises:
            Denied: the facts cannot be found.
        """
        asked = list(labels)
        try:
            _, judged = await self._judge(act, asked)
            shown = [one for one in judged if one.decision.allowed]
        except Exception as fault:  # whatever fails here, the answer is a recorded no
            raise _no_list(self._tx, self.who, act, asked, fault) from fault
        self._entries.append(judging.entry_of_list(self.who, act, shown))
        return [one.label for one in shown]

    async def capability(self, labels: Sequence[Label]) -> Capability:
        """Return what she may do with these things, as `gate.capability` does."""
        try:
            book = await book_for(self._tx, self.who, labels)
            seen = await self._see(labels)
            asker = seen.asker(self.who, kind_of(labels))
            return living.decide(book, seen.facts, asker, self.room, labels)
        except Exception as fault:  # noqa: BLE001  whatever fails here, the answer is nothing
            _tell_operators(fault)
            return no_capability(self.who.id, self.room, epoch=0)

    async def readers_of_each(
        self, labels: Sequence[Label], act: Act = Act.OPEN_SECTION
    ) -> list[list[Reader]]:
        """Return who may see each of these things, as `gate.readers` does, in their order."""
        if not labels:
            return []
        book = await book_for(self._tx, self.who, labels)
        seen = await self._see(labels)
        askers = await everybody(self._tx, seen)

        def ask(label: Label) -> list[Reader]:
            if label.room != self.room:
                return []
            return _readers(book, seen.facts, askers, self.who, act, label)

        return ask_each(seen.facts, labels, ask)

    async def record(self) -> None:
        """Record all that was allowed, in this transaction."""
        if self._entries:
            await log.record(self._tx, *self._entries)
            self._entries = []

    async def _judge(self, act: Act, labels: Sequence[Label]) -> tuple[Book, list[Judged]]:
        if any(label.room != self.room for label in labels):
            message = "a look is at one room"
            raise ValueError(message)
        book = await book_for(self._tx, self.who, labels)
        seen = await self._see(labels)
        asker = seen.asker(self.who, kind_of(labels))
        return book, judging.judge_each(book, seen.facts, asker, act, labels)

    async def _see(self, labels: Sequence[Label] = ()) -> Seen:
        seen = self._seen or await see_room(self._tx, self.room)
        if not seen.has_answers and any(label.kind is Kind.CONTENT for label in labels):
            seen = await with_answers(self._tx, seen, self.room)
        self._seen = seen
        return seen


def refuse(tx: Tx, who: Member, act: Act, label: Label, *, why: str) -> NoReturn:
    """Refuse an act that an operation's own rule forbids; recorded as the gate's own refusals.

    Raises:
        Denied: always.
    """
    decision, entry = judging.no_answer(who, act, label, why=why)
    _record_after_rollback(tx, entry)
    raise Denied(decision)


async def explain(tx: Tx, who: Member, act: Act, label: Label) -> Explanation:
    """Return why she may or may not, as far as she may know; recorded.

    Rule: ADR-0008: to somebody refused, only her own organisation's missing signature is named;
    everything else could tell what exists, or whom it protects. An outsider is not told who
    leads a room, since that would tell that there is one.
    """
    book, (judged,) = await _judge(tx, who, act, label.room, [label])
    decision = judged.with_factors(book)
    entry = replace(judged.entry(decision), kind=Act.EXPLAIN_ACCESS.past, outcome="noted")
    await log.record(tx, entry)
    if decision.allowed:
        return explained(decision)
    if not isinstance(who, FamilyMember) and not book.is_party(who.agency):
        sentence = "Your organisation has not signed the sharing agreement."
    elif judged.asker.seat is None or label.room is None:
        sentence = "Not available to you."
    else:
        sentence = f"Not available to you. Ask {await _lead(tx, who, label.room)}."
    return Explanation(allowed=False, sentence=sentence)


def explained(decision: Decision) -> Explanation:
    """Return in words why somebody may, from the yes she was given."""
    return Explanation(allowed=True, sentence="You can see this.", factors=decision.factors)


async def readers(tx: Tx, who: Member, label: Label, act: Act = Act.OPEN_SECTION) -> list[Reader]:
    """Return everybody with a place who may see the thing, as far as `who` may know of them.

    Nobody is returned to somebody who may not see the thing herself.
    """
    if label.room is None:
        return []
    return (await Look(tx, who, label.room).readers_of_each([label], act))[0]


def _readers(
    book: Book, facts: RoomFacts, askers: Sequence[Asker], who: Member, act: Act, label: Label
) -> list[Reader]:
    open_to = [
        (asker.seat, asker)
        for asker in askers
        if asker.seat is not None and judging.is_open(book, facts, asker, act, label)
    ]
    own = next((seat for seat, asker in open_to if asker.member.id == who.id), None)
    if own is None:
        return []
    return [
        Reader(asker.member, asker.agency, seat.role)
        for seat, asker in open_to
        if asker.member.id == who.id or may_meet(own.role, seat.role)
    ]


async def _judge(
    tx: Tx, who: Member, act: Act, room: RoomId | None, labels: Sequence[Label]
) -> tuple[Book, list[Judged]]:
    book = await book_for(tx, who, labels)
    team = await shared_team(tx, room)
    asker, facts = await gather(tx, who, team, room, labels)
    return book, judging.judge_each(book, facts, asker, act, labels)


async def book_for(tx: Tx, who: Member, labels: Iterable[Label]) -> Book:
    """Return the policies in force, for what else in this package looks at what would change."""
    return await revision.book(tx, naming={who.agency}.union(*(one.origins for one in labels)))


async def _open_ones(tx: Tx, who: Member, act: Act, labels: list[Label]) -> list[Judged]:
    by_room: dict[RoomId | None, list[Label]] = {}
    for label in labels:
        by_room.setdefault(label.room, []).append(label)
    judged: dict[int, Judged] = {}
    if not labels:
        await book_for(tx, who, labels)  # without policies even "there is nothing" is no answer
    # In the order of ids, so that two lists over the same rooms never wait for each other.
    for room in sorted(by_room, key=lambda room: room.int if room else -1):
        _, of_room = await _judge(tx, who, act, room, by_room[room])
        judged.update((id(one.label), one) for one in of_room)
    return [judged[id(label)] for label in labels if judged[id(label)].decision.allowed]


async def _decide(
    tx: Tx, who: Member, act: Act, label: Label, asked: Awaitable[tuple[Book, list[Judged]]]
) -> tuple[Decision, Entry]:
    """Return the yes to one act with its entry.

    Raises:
        Denied: it is a no, which is recorded once this transaction is rolled back.
    """
    try:
        book, (judged,) = await asked
        decision = judged.with_factors(book)
        entry = judged.entry(decision)
    except Exception as fault:  # noqa: BLE001  whatever fails here, the answer is no
        _tell_operators(fault)
        decision, entry = judging.no_answer(who, act, label, why=_named(fault))
    if not decision.allowed:
        _record_after_rollback(tx, entry)
        raise Denied(decision)
    return decision, entry


def _no_list(tx: Tx, who: Member, act: Act, asked: Sequence[Label], fault: Exception) -> Denied:
    """Return the no that stands where a list cannot be told; it is recorded after the rollback."""
    _tell_operators(fault)
    about = asked[0] if asked else label_of_house(act.kind)
    decision, entry = judging.no_answer(who, act, about, why=_named(fault))
    _record_after_rollback(tx, entry)
    return Denied(decision)


def _tell_operators(fault: Exception) -> None:
    # The kind alone: the words of a database error repeat the values, which could name a child.
    logger.error("the gate had no answer: %s", type(fault).__name__)


def _named(fault: Exception) -> str:
    return judging.FACTS_MISSING if isinstance(fault, SQLAlchemyError) else judging.NO_ANSWER


def _record_after_rollback(tx: Tx, entry: Entry) -> None:
    async def record(fresh: Tx) -> None:
        await log.record(fresh, entry)

    tx.after_rollback(record)


async def _lead(tx: Tx, who: Member, room: RoomId) -> str:
    """Return how to name the lead: to the family by role alone, to practitioners by name."""
    if isinstance(who, FamilyMember):
        return "your lead practitioner"
    for seat in await directory.list_seats(tx, room):
        if seat.role is Role.LEAD_PROFESSIONAL:
            return (await directory.get_member(tx, seat.member)).name
    return "the lead practitioner"
