"""Stopping sharing: what would change, doing it, and the one question it leaves for the lead.

A family member does it on her own page, or the lead records it for her. It works at once: the
answers are replaced, the access epoch counts on, and every open screen is asked about again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from consent import bell, gate
from consent.consent import Choice, Consent, ConsentLine, ConsentState, agreed_with, live_lines
from consent.family import may_meet
from consent.foreseeing import lost_by
from consent.form import HOW, LONGEST_WORDS, withdrawn
from consent.giving import NOT_THE_LEAD
from consent.keeper import Keepers, all_labels, all_titles, change_access, hold_access
from consent.store import consents
from consent.store.consents import LessSafeQuestion
from policies.act import Act
from policies.catalogue import catalogue
from policies.facts import Kind, label_of_room
from server.audit import log
from server.audit.entry import Entry
from server.directory import store as directory
from server.directory.member import FamilyMember, Member
from server.directory.team import Role, Seat
from server.kernel.database import Tx, writing
from server.kernel.errors import Conflict, Invalid
from server.kernel.ids import AgencyCode, ConsentId, PersonId, RoomId

NOT_HER_OWN = "GUARD-NOT-HER-OWN-ANSWER"


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What somebody stops: which topics towards which organisations, about whom.

    `subjects` empty means everybody she answered for.
    """

    giver: PersonId
    topics: frozenset[str]
    agencies: frozenset[AgencyCode]
    subjects: frozenset[PersonId] = frozenset()
    how: str = "own_page"
    words: str = ""


@dataclass(frozen=True, slots=True)
class Loss:
    """Who would lose what, in words the asker may have.

    Practitioners stand in it by name for the lead, by what they are for the family.
    """

    who: str
    agency: str
    things: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What stopping would change, as far as the asker may know; everything else stays."""

    losses: tuple[Loss, ...]


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A withdrawal that was done: the new version, and the question left for the lead."""

    consent: Consent
    question: UUID | None


async def preview_withdrawal(
    who: Member, room: RoomId, stopped: Withdrawal, *, keepers: Keepers
) -> Preview:
    """Return who would lose what, compared thing by thing before and after.

    Only things that the asker sees herself, and members she may know of, are told.

    Raises:
        Refused: it is neither her own answer nor hers to record.
        Invalid: nothing that is shared was chosen.
    """
    async with writing() as tx:
        await _must_be_hers(tx, who, room, stopped, Act.VIEW_CONSENT)
        _, lines = await _replaced(tx, room, stopped)
        labels = await all_labels(tx, room, keepers)
        own = await gate.capability(tx, who, room, labels)
        lost = await lost_by(tx, who, room, [one for one in labels if own.sees(one)], lines)
        titles = await all_titles(
            tx, room, {thing for _, things in lost.values() for thing in things}, keepers
        )
        seats = {seat.member: seat for seat in await directory.list_seats(tx, room)}
        names = {agency.code: agency.name for agency in await directory.list_agencies(tx)}
        return Preview(
            tuple(
                _loss(who, member, seats[member.id], names, [titles[one] for one in things])
                for member, things in lost.values()
                if member.id == who.id
                or (who.id in seats and may_meet(seats[who.id].role, seats[member.id].role))
            )
        )


async def withdraw(
    who: Member, room: RoomId, stopped: Withdrawal, *, keepers: Keepers
) -> Withdrawn:
    """Stop sharing, now, and leave a question for the lead alone: is a child less safe?

    Raises:
        Refused: it is neither her own answer nor hers to record.
        Invalid: nothing that is shared was chosen.

    Rule: to withdraw is as easy as to give; past lawful sharing stays lawful, and what an
    organisation put in itself stays its own.
    """
    async with writing() as tx:
        await hold_access(tx, room)
        await _must_be_hers(tx, who, room, stopped, Act.WITHDRAW_CONSENT)
        before, lines = await _replaced(tx, room, stopped)
        shared = agreed_with(await consents.lines_of_giver(tx, room, stopped.giver))
        consent = await _next_version(tx, who, before, stopped, lines)
        await consents.add_consent(tx, consent, lines)
        await change_access(tx, room, keepers)
        question = await _ask_the_lead(tx, room, consent)
        bell.ring(
            tx,
            label_of_room(room, Kind.CONSENT),
            bell.What.ACCESS,
            told=shared & {line.agency for line in lines},
        )
        return Withdrawn(consent, question)


async def list_questions(who: Member, room: RoomId) -> Sequence[LessSafeQuestion]:
    """Return the questions that wait for the lead; to anybody else there are none.

    Raises:
        Refused: she has no place in the room.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.VIEW_DECISION, label_of_room(room, Kind.DECISION))
        if not await _leads(tx, who, room):
            return ()
        return await consents.open_questions(tx, room)


async def rooms_with_questions(who: Member) -> frozenset[RoomId]:
    """Return the rooms that `who` leads in which such a question waits for her."""
    async with writing() as tx:
        waiting = [
            label_of_room(seat.room, Kind.DECISION)
            for seat in await directory.seats_of(tx, who.id)
            if seat.role is Role.LEAD_PROFESSIONAL and await consents.open_questions(tx, seat.room)
        ]
        if not waiting:
            return frozenset()
        shown = await gate.sift(tx, who, Act.VIEW_DECISION, waiting)
        return frozenset(label.room for label in shown if label.room is not None)


async def answer_less_safe(
    who: Member, room: RoomId, question: UUID, *, less_safe: bool | None, words: str = ""
) -> None:
    """Record the lead's answer. A yes stops nothing: the page shows whom to ring.

    Raises:
        Refused: `who` does not lead the room.
        Invalid: nothing was chosen, or the words are too long.
        Conflict: the question was answered already.

    Rule: Children Act 2004 s.16LA and Information sharing advice (DfE, 2024): what must be
    shared to keep a child safe is decided and recorded apart from what the family agreed.
    """
    async with writing() as tx:
        label = label_of_room(room, Kind.DECISION)
        await gate.require(tx, who, Act.ANSWER_LESS_SAFE, label)
        if not await _leads(tx, who, room):
            gate.refuse(tx, who, Act.ANSWER_LESS_SAFE, label, why=NOT_THE_LEAD)
        if less_safe is None:
            raise Invalid({"less_safe": "Choose yes or no"})
        if len(words) > LONGEST_WORDS:
            raise Invalid({"words": f"Use {LONGEST_WORDS} letters or fewer"})
        waiting = {one.id for one in await consents.open_questions(tx, room)}
        if question not in waiting or not await consents.answer_question(
            tx, question, by=who.id, less_safe=less_safe, words=words.strip()
        ):
            raise Conflict
        entry = Entry(
            kind="decision:less-safe-answered",
            outcome="noted",
            who=who.id,
            agency=who.agency,
            room=room,
            thing=question,
            details={"less_safe": less_safe},
        )
        await log.record(tx, entry)


async def record_confirmation(
    who: Member, room: RoomId, giver: PersonId, *, agency: AgencyCode, note: str = ""
) -> None:
    """Record that an organisation confirmed that it has stopped using what was withdrawn.

    Raises:
        Refused: `who` does not lead the room.
        Conflict: nothing was withdrawn, or the organisation's receipt stands already.
    """
    async with writing() as tx:
        # Two confirmations at once: the second one waits, and finds the first.
        await hold_access(tx, room)
        await gate.require(tx, who, Act.RECORD_CONSENT, label_of_room(room, Kind.CONSENT))
        newest = await _stopped_in(tx, room, giver, agency)
        if newest is None or agency in await consents.confirmed_agencies(tx, newest):
            raise Conflict
        await consents.add_confirmation(tx, newest, agency, by=who.id, note=note[:LONGEST_WORDS])
        entry = Entry(
            kind="consent:stop-confirmed",
            outcome="noted",
            who=who.id,
            agency=who.agency,
            room=room,
            thing=newest[0],
            details={
                "consent": [{"id": newest[0].hex, "version": newest[1]}],
                "confirmed_by": agency,
            },
        )
        await log.record(tx, entry)


async def _stopped_in(
    tx: Tx, room: RoomId, giver: PersonId, agency: AgencyCode
) -> tuple[ConsentId, int] | None:
    """Return the newest version in which a giver stopped something for an organisation."""
    lines = await consents.lines_of_giver(tx, room, giver)
    agreed_in: dict[tuple[object, ...], int] = {}
    for line in lines:
        if line.choice is Choice.YES:
            agreed_in[line.key] = min(line.version, agreed_in.get(line.key, line.version))
    stopped = [
        (line.consent, line.version)
        for line in lines
        if line.agency == agency
        and line.choice is Choice.NO
        and line.version > agreed_in.get(line.key, line.version)
    ]
    return max(stopped, key=lambda of: of[1], default=None)


async def _must_be_hers(tx: Tx, who: Member, room: RoomId, stopped: Withdrawal, act: Act) -> None:
    """Let pass the giver herself and the lead who records it for her."""
    label = label_of_room(room, Kind.CONSENT)
    await gate.require(tx, who, act, label)
    own = isinstance(who, FamilyMember) and who.person == stopped.giver
    if not own and not await _leads(tx, who, room):
        gate.refuse(tx, who, act, label, why=NOT_HER_OWN)


async def _leads(tx: Tx, who: Member, room: RoomId) -> bool:
    seat = await directory.find_seat(tx, room, who.id)
    return seat is not None and seat.role is Role.LEAD_PROFESSIONAL


async def _replaced(tx: Tx, room: RoomId, stopped: Withdrawal) -> tuple[Consent, list[ConsentLine]]:
    """Return what was agreed before, and a no for each answer that is taken back."""
    newest = {one.giver: one for one in await consents.newest_versions(tx, room)}
    before = newest.get(stopped.giver)
    faults = _faults(stopped)
    if before is None:
        faults["giver"] = "Choose somebody who agreed"
    if faults or before is None:
        raise Invalid(faults)
    categories = {
        category
        for topic in catalogue().topics
        if topic.code in stopped.topics
        for category in topic.categories
    }
    lines = [
        withdrawn(line, version=before.version + 1, at=tx.at)
        for line in live_lines(await consents.lines_of_giver(tx, room, stopped.giver))
        if line.choice is not Choice.NO
        and line.category in categories
        and line.agency in stopped.agencies
        and (not stopped.subjects or line.subject in stopped.subjects)
    ]
    if not lines:
        raise Invalid({"topics": "None of this is shared now"})
    return before, lines


def _faults(stopped: Withdrawal) -> dict[str, str]:
    faults: dict[str, str] = {}
    if not stopped.topics:
        faults["topics"] = "Choose what to stop"
    if not stopped.agencies:
        faults["agencies"] = "Choose who should no longer see it"
    if stopped.how not in HOW:
        faults["how"] = "Choose how they told you"
    if len(stopped.words) > LONGEST_WORDS:
        faults["words"] = f"Use {LONGEST_WORDS} letters or fewer"
    return faults


async def _next_version(
    tx: Tx, who: Member, before: Consent, stopped: Withdrawal, lines: Sequence[ConsentLine]
) -> Consent:
    held = live_lines([*await consents.lines_of_giver(tx, before.room, before.giver), *lines])
    is_any_left = any(line.choice is Choice.YES for line in held)
    return replace(
        before,
        version=before.version + 1,
        state=ConsentState.PARTLY_GIVEN if is_any_left else ConsentState.WITHDRAWN,
        how=stopped.how,
        given_at=tx.at,
        recorder=who.id,
        recorded_at=tx.at,
        own_words=stopped.words.strip(),
        supersedes=before.version,
    )


async def _ask_the_lead(tx: Tx, room: RoomId, consent: Consent) -> UUID | None:
    for seat in await directory.list_seats(tx, room):
        if seat.role is Role.LEAD_PROFESSIONAL:
            return await consents.ask_less_safe(tx, seat.member, consent)
    return None


def _loss(
    who: Member,
    member: Member,
    seat: Seat,
    agencies: Mapping[AgencyCode, str],
    things: list[str],
) -> Loss:
    agency = agencies.get(seat.agency, "the family")
    # The family sees role and organisation, not the names of staff.
    name = member.name
    if isinstance(who, FamilyMember) and not isinstance(member, FamilyMember):
        name = member.role_title
    return Loss(who=name, agency=agency, things=tuple(things))
