"""Looking again at what was agreed: what is due, and saying the same again in one step.

A yes ends on its review day, and then it is a no. Before that, or when somebody grows up, the
lead and the person herself are told; 'Nothing has changed' makes a new version of it.
"""

from dataclasses import dataclass, replace
from datetime import date

from consent import bell, gate, giving
from consent.consent import Capacity, Choice, Consent, ConsentLine, agreed_with, live_lines
from consent.family import DECIDES_ALONE_AT, Family, age_on, is_adult
from consent.form import HOW, end_of, end_of_answer
from consent.keeper import Keepers, change_access, hold_access
from consent.looking_again import AFFIRMED, REVIEW_IN, Due, Why, capacity_on, due_on
from consent.naming import family_of, known_as
from consent.store import consents
from policies.act import Act
from policies.facts import Kind, label_of_room
from server.directory import store as directory
from server.directory.member import FamilyMember, Member
from server.directory.team import Role
from server.kernel.clock import london_day
from server.kernel.database import Tx, writing
from server.kernel.errors import Conflict, Invalid, NotFound
from server.kernel.ids import PersonId, RoomId

NOT_HERS_TO_RENEW = "GUARD-NOT-HER-OWN-ANSWER"
OWN_PAGE = "own_page"


@dataclass(frozen=True, slots=True)
class Renewal:
    """Something agreed in a room that is to be looked at again, why, and until when it counts.

    `may_renew` says that it can be said again in one step.
    """

    room: RoomId
    reference: str
    family_name: str
    giver: PersonId
    due: Due
    may_renew: bool


@dataclass(frozen=True, slots=True)
class OwnReview:
    """What somebody of the family is to look at again on her own page."""

    room: RoomId
    why: Why
    until: date
    is_about_herself: bool
    may_renew: bool


@dataclass(frozen=True, slots=True)
class Renewable:
    """What can be said again in one step: the version that stands, and what would become of it.

    `left_out` are people, by name, who have grown up and are to be asked themselves.
    """

    giver: PersonId
    version: int
    review_on: date
    left_out: tuple[str, ...]


async def agreements_to_renew(who: Member, *, room: RoomId | None = None) -> list[Renewal]:
    """Return what is due in the rooms that `who` leads, one for each giver, next first.

    With `room`, only what is due there.

    Rule: an agreement is asked again by its review date, and does not stand beyond it; at 16 and
    18 a young person is asked herself.
    """
    async with writing() as tx:
        led = [
            seat.room
            for seat in await directory.seats_of(tx, who.id)
            if seat.role is Role.LEAD_PROFESSIONAL and room in {None, seat.room}
        ]
        if not led:
            return []
        labels = await gate.sift(
            tx, who, Act.VIEW_CONSENT, [label_of_room(room, Kind.CONSENT) for room in led]
        )
        teams = await directory.find_teams(tx, [RoomId(label.thing) for label in labels])
        found = []
        for team in teams.values():
            dues = await _dues(tx, team.id)
            name = await known_as(tx, team.id) if dues else ""
            found += [
                Renewal(team.id, team.reference, name, one.consent.giver, one.due, one.may_renew)
                for one in dues
            ]
    return sorted(found, key=lambda one: (one.due.until, one.reference, one.giver))


async def my_reviews(who: FamilyMember) -> list[OwnReview]:
    """Return what somebody of the family is to look at again: her own answers, and nobody else's.

    Who has grown up finds there too that it is now hers to decide, whoever decided before.
    """
    async with writing() as tx:
        seats = await directory.seats_of(tx, who.id)
        labels = await gate.sift(
            tx, who, Act.VIEW_CONSENT, [label_of_room(seat.room, Kind.CONSENT) for seat in seats]
        )
        found = []
        for label in labels:
            room = RoomId(label.thing)
            found += [
                OwnReview(
                    room=room,
                    why=one.due.why,
                    until=one.due.until,
                    is_about_herself=who.person == one.due.asked,
                    may_renew=one.may_renew and who.person == one.consent.giver,
                )
                for one in await _dues(tx, room)
                if who.person in {one.consent.giver, one.due.asked}
            ]
    return found


async def find_renewable(who: Member, room: RoomId, giver: PersonId | None = None) -> Renewable:
    """Return what 'Nothing has changed' would make of what somebody agreed; her own, if none named.

    Raises:
        Refused: it is neither her own, nor does she lead the room.
        NotFound: there is nothing to be said again in one step.
    """
    async with writing() as tx:
        standing, family = await _standing(tx, who, room, giver)
        today = london_day(tx.at)
        grown = await _grown_up(tx, standing, family)
        return Renewable(
            giver=standing.giver,
            version=standing.version,
            review_on=today + REVIEW_IN,
            left_out=tuple(one.name for one in family.people if one.id in grown),
        )


async def renew(
    who: Member,
    room: RoomId,
    *,
    giver: PersonId | None,
    version: int,
    how: str,
    keepers: Keepers,
) -> Consent:
    """Record that nothing has changed: the same answers, a new version, a new review day.

    Answers for a child who has grown up since are not said again: they end when they ended, and
    she is asked herself.

    Raises:
        Refused: it is neither her own, nor does she lead the room.
        NotFound: there is nothing to be said again in one step: it ended, or was stopped.
        Invalid: how she said it is missing.
        Conflict: another version stands by now.

    Rule: ADR-0008: no answer is carried on unasked; this is an answer, given once more.
    """
    async with writing() as tx:
        await hold_access(tx, room)
        before, family = await _standing(tx, who, room, giver)
        if how not in HOW or (how == OWN_PAGE) != isinstance(who, FamilyMember):
            raise Invalid({"how": "Choose how they told you"})
        if version != before.version:
            raise Conflict
        held = live_lines(await consents.lines_of_giver(tx, room, before.giver))
        left_out = await _grown_up(tx, before, family)
        consent = _again(before, who, how, tx, family, left_out)
        lines = [
            _line_again(line, consent, family)
            for line in held
            if line.subject not in left_out and not _is_over(line, tx)
        ]
        await consents.add_consent(tx, consent, lines)
        await giving.note_answer(tx, who, consent, count=len(lines))
        await change_access(tx, room, keepers)
        bell.ring(tx, label_of_room(room, Kind.CONSENT), bell.What.ACCESS, told=agreed_with(held))
        return consent


async def _standing(
    tx: Tx, who: Member, room: RoomId, giver: PersonId | None
) -> tuple[Consent, Family]:
    """Return what may be said again, if it is hers to say or to record."""
    label = label_of_room(room, Kind.CONSENT)
    await gate.require(tx, who, Act.RENEW_CONSENT, label)
    own = who.person if isinstance(who, FamilyMember) else None
    asked_for = giver or own
    if asked_for is None or (own != asked_for and not await _leads(tx, who, room)):
        gate.refuse(tx, who, Act.RENEW_CONSENT, label, why=NOT_HERS_TO_RENEW)
    newest = {one.giver: one for one in await consents.newest_versions(tx, room)}
    standing = newest.get(asked_for)
    family = await family_of(tx, room)
    if standing is None or not _may_renew(standing, family, tx):
        raise NotFound
    return standing, family


def _may_renew(standing: Consent, family: Family, tx: Tx) -> bool:
    """Say whether 'Nothing has changed' is enough: a yes that counts, from who may give it."""
    counts = standing.state_at(tx.at) in AFFIRMED
    return counts and capacity_on(standing, family, london_day(tx.at)) is not None


async def _leads(tx: Tx, who: Member, room: RoomId) -> bool:
    seat = await directory.find_seat(tx, room, who.id)
    return seat is not None and seat.role is Role.LEAD_PROFESSIONAL


@dataclass(frozen=True, slots=True)
class _DueConsent:
    consent: Consent
    due: Due
    may_renew: bool


async def _dues(tx: Tx, room: RoomId) -> list[_DueConsent]:
    newest = await consents.newest_versions(tx, room)
    family = await family_of(tx, room)
    answered = {one.giver: london_day(one.given_at) for one in newest}
    found = []
    for one in newest:
        due = due_on(one, family, london_day(tx.at), answered=answered)
        if due is not None:
            found.append(_DueConsent(one, due, _may_renew(one, family, tx)))
    return found


async def _grown_up(tx: Tx, standing: Consent, family: Family) -> frozenset[PersonId]:
    """Return those whom the giver answered for and who decide for themselves by now."""
    today = london_day(tx.at)
    return frozenset(
        one.id
        for one in family.people
        if one.id in standing.subjects
        and one.id != standing.giver
        and (
            is_adult(one, today)
            or (one.born is not None and age_on(one.born, today) >= DECIDES_ALONE_AT)
        )
    )


def _is_over(line: ConsentLine, tx: Tx) -> bool:
    return line.choice is not Choice.NO and line.until <= tx.at


def _again(
    before: Consent,
    who: Member,
    how: str,
    tx: Tx,
    family: Family,
    left_out: frozenset[PersonId],
) -> Consent:
    today = london_day(tx.at)
    review_on = today + REVIEW_IN
    return replace(
        before,
        version=before.version + 1,
        capacity=capacity_on(before, family, today) or before.capacity,
        subjects=before.subjects - left_out,
        how=how,
        given_at=tx.at,
        review_on=review_on,
        until=end_of(review_on),
        recorder=who.id,
        recorded_at=tx.at,
        interpreter="",
        witness="",
        own_words="",
        supersedes=before.version,
    )


def _line_again(line: ConsentLine, of: Consent, family: Family) -> ConsentLine:
    return replace(
        line,
        version=of.version,
        capacity=line.capacity if line.subject != of.giver else _own_capacity(line, of),
        given_at=of.given_at,
        until=end_of_answer(of.review_on, family.find(line.subject), own=line.subject == of.giver),
    )


def _own_capacity(line: ConsentLine, of: Consent) -> Capacity:
    """Return as what she answered about herself: who was a child has grown up since."""
    return line.capacity if of.capacity is Capacity.PARENT_WITH_PR else of.capacity
