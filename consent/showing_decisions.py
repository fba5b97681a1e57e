"""Decisions about sharing as they are shown: to whom they concern, and to who reviews them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from consent import gate
from consent.deciding import decidable
from consent.decision_form import ASKED, BASES, CRIMINAL, GROUNDS, HOW_OUTSIDE, SPECIAL, TOLD
from consent.duty import why_not_yet
from consent.keeper import Keepers, all_labels, all_titles
from consent.naming import family_of, names_of
from consent.sharing_decision import Outcome, Outside, Review, SharingDecision
from consent.store import decisions, duties
from policies.act import Act
from policies.catalogue import catalogue
from policies.facts import Kind, label_of_room
from server.directory import store as directory
from server.directory.agency import FAMILY
from server.directory.member import Member, Practitioner
from server.kernel.clock import london_day
from server.kernel.database import Tx, writing
from server.kernel.ids import AgencyCode, MemberId, PersonId, RoomId, SharingDecisionId


@dataclass(frozen=True, slots=True)
class ShownDecision:
    """One decision in words. `things` are titles, for those alone who see the things."""

    id: SharingDecisionId
    room: RoomId
    reference: str
    outcome: Outcome
    outside: Outside | None
    is_mine: bool
    may_end: bool
    by: str
    by_title: str
    agency: str
    at: datetime
    about: tuple[str, ...]
    topics: tuple[str, ...]
    what: str
    things: tuple[str, ...]
    to: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    until: datetime | None
    ended_at: datetime | None
    is_over: bool
    review: Review | None
    reviewed_by: str
    reviewed_at: datetime | None
    review_words: str
    review_due: datetime
    is_late: bool


@dataclass(frozen=True, slots=True)
class DecisionChoices:
    """What the form offers. `recipients` are the places of other organisations, by organisation.

    `what` and `why` are words to begin with, where a question of the lead led to the form;
    `no_duty` is why nothing can rest on the duty to share today, or "".
    """

    agency: str
    people: Mapping[PersonId, str]
    things: Mapping[UUID, str]
    agencies: Mapping[AgencyCode, str]
    recipients: Mapping[AgencyCode, tuple[Practitioner, ...]]
    no_duty: str
    what: str = ""
    why: str = ""


async def list_decisions(who: Member, room: RoomId, *, keepers: Keepers) -> list[ShownDecision]:
    """Return the decisions of a room that concern a member, newest first.

    Raises:
        Refused: she has no place in the room.

    Rule: ADR-0012: a decision shows to who decided it; one that opens something here also to
    those of both organisations who see all that it names. A decision not to share, and what was
    shared past this system, shows to nobody else with a place.
    """
    async with writing() as tx, gate.looking(tx, who, room) as look:
        await look.require(Act.VIEW_DECISION, label_of_room(room, Kind.DECISION))
        found = await decisions.list_decisions(tx, room)
        if not found:
            return []
        labels = {one.thing: one for one in await all_labels(tx, room, keepers)}
        held = await look.capability(list(labels.values()))
        seen = {thing for thing, label in labels.items() if held.sees(label)}
        hers = [one for one in found if _concerns(one, who, seen)]
        wanted = {thing for one in hers for thing in one.things} & seen
        return await show_decisions(tx, who, hers, await all_titles(tx, room, wanted, keepers))


def _concerns(decision: SharingDecision, who: Member, seen: set[UUID]) -> bool:
    if decision.decided_by == who.id:
        return True
    parties = {decision.from_agency, *(one.agency for one in decision.recipients)}
    return decision.opens_here and who.agency in parties and decision.things <= seen


async def prepare_decision(
    who: Member, room: RoomId, *, keepers: Keepers, after: UUID | None = None
) -> DecisionChoices:
    """Return what the form offers: nothing in it is chosen beforehand.

    `after` is the question about a child's safety that led here; to the lead who answered it,
    its matter stands in the form as words to begin with.

    Raises:
        Refused: `who` has no place in the room that lets her decide.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.PREPARE_DECISION, label_of_room(room, Kind.DECISION))
        labels = await decidable(tx, who, room, keepers)
        agencies = {one.code: one.name for one in await directory.list_agencies(tx)}
        seats = [
            seat
            for seat in await directory.list_seats(tx, room)
            if seat.agency not in {FAMILY, who.agency}
        ]
        members = await directory.find_members(tx, [seat.member for seat in seats])
        recipients: dict[AgencyCode, tuple[Practitioner, ...]] = {}
        for seat in seats:
            member = members.get(seat.member)
            if isinstance(member, Practitioner):
                recipients[seat.agency] = (*recipients.get(seat.agency, ()), member)
        what, why = await _matter_of(tx, who, room, after, agencies)
        return DecisionChoices(
            agency=agencies.get(who.agency, ""),
            people={one.id: one.name for one in (await family_of(tx, room)).people},
            things=await all_titles(tx, room, [one.thing for one in labels], keepers),
            agencies=agencies,
            recipients=recipients,
            no_duty=why_not_yet(await duties.find_duty_start(tx), london_day(tx.at)),
            what=what,
            why=why,
        )


async def _matter_of(
    tx: Tx,
    who: Member,
    room: RoomId,
    question: UUID | None,
    agencies: Mapping[AgencyCode, str],
) -> tuple[str, str]:
    """Return what was stopped, in words, and what the lead wrote about it; to her alone."""
    if question is None:
        return "", ""
    matter = await decisions.find_matter(tx, room, question, of=who.id)
    if matter is None:
        return "", ""
    topics = [catalogue().topic_of(category) for category in matter.categories]
    words = ", ".join(dict.fromkeys(topic.words for topic in topics if topic))
    towards = ", ".join(agencies.get(one, str(one)) for one in matter.agencies)
    return (f"{words}: no longer shared with {towards}" if words else ""), matter.words


async def show_decisions(
    tx: Tx, who: Member, found: Sequence[SharingDecision], titles: Mapping[UUID, str]
) -> list[ShownDecision]:
    """Return decisions in words, for somebody whom the gate has let see them."""
    members = await directory.find_members(tx, _members_in(found))
    agencies = {one.code: one.name for one in await directory.list_agencies(tx)}
    teams = await directory.find_teams(tx, {one.room for one in found})
    people = await names_of(tx, {person for one in found for person in one.subjects})
    return [
        _shown(
            one,
            at=tx.at,
            of=who,
            members=members,
            agencies=agencies,
            people=people,
            titles=titles,
            reference=teams[one.room].reference,
        )
        for one in found
    ]


def _members_in(found: Iterable[SharingDecision]) -> set[MemberId]:
    named = {one.decided_by for one in found}
    named |= {one.reviewed_by for one in found if one.reviewed_by}
    return named | {to.member for one in found for to in one.recipients if to.member}


def _shown(
    decision: SharingDecision,
    *,
    at: datetime,
    of: Member,
    members: Mapping[MemberId, Member],
    agencies: Mapping[AgencyCode, str],
    people: Mapping[PersonId, str],
    titles: Mapping[UUID, str],
    reference: str,
) -> ShownDecision:
    decider, reviewer = members.get(decision.decided_by), decision.reviewed_by
    return ShownDecision(
        id=decision.id,
        room=decision.room,
        reference=reference,
        outcome=decision.outcome,
        outside=decision.outside,
        is_mine=decision.decided_by == of.id,
        may_end=(
            decision.opens_here and not decision.is_over(at) and decision.from_agency == of.agency
        ),
        by=decider.name if decider else "",
        by_title=decider.role_title if isinstance(decider, Practitioner) else "",
        agency=agencies.get(decision.from_agency, ""),
        at=decision.decided_at,
        about=tuple(sorted(people[one] for one in decision.subjects if one in people)),
        topics=tuple(sorted(catalogue().categories[one] for one in decision.categories)),
        what=decision.what,
        things=tuple(sorted(titles[one] for one in decision.things if one in titles)),
        to=_to_words(decision, members, agencies),
        facts=tuple(_facts(decision)),
        until=decision.until,
        ended_at=decision.ended_at,
        is_over=decision.is_over(at),
        review=decision.review,
        reviewed_by=members[reviewer].name if reviewer and reviewer in members else "",
        reviewed_at=decision.reviewed_at,
        review_words=decision.review_words,
        review_due=decision.review_due,
        is_late=decision.review is None and decision.review_due <= at,
    )


def _to_words(
    decision: SharingDecision,
    members: Mapping[MemberId, Member],
    agencies: Mapping[AgencyCode, str],
) -> tuple[str, ...]:
    words = []
    for one in decision.recipients:
        agency = agencies.get(one.agency, str(one.agency))
        named = members.get(one.member) if one.member else None
        if isinstance(named, Practitioner):
            words.append(f"{named.name}, {named.role_title} ({agency})")
        else:
            words.append(f"Everybody of {agency} with a place in the room")
    return tuple(sorted(words))


def _facts(decision: SharingDecision) -> Iterable[tuple[str, str]]:
    """Return what else stands in the decision: the question of the form, and its answer."""
    duty = {True: "Yes", False: "No", None: ""}[decision.duty]
    asked = _with_words(ASKED.get(decision.asked_as, ""), decision.asked)
    told = _with_words(TOLD.get(decision.told_as, ""), decision.told)
    how = HOW_OUTSIDE.get(decision.outside.how, "") if decision.outside else ""
    facts = (
        ("What for", catalogue().purposes.get(decision.purpose, "")),
        ("How it was shared", how),
        ("Why", decision.why),
        ("Legal ground", GROUNDS[decision.legal_ground] if decision.legal_ground else ""),
        ("Lawful basis", BASES[decision.lawful_basis] if decision.lawful_basis else ""),
        ("Condition for special category information", SPECIAL.get(decision.condition, "")),
        ("Condition for information about crime", CRIMINAL.get(decision.criminal_condition, "")),
        ("Does the duty to share apply?", duty),
        ("Which would be worse for the child", decision.detriment),
        ("Why this much and no more", decision.proportion),
        ("Were they asked?", asked),
        ("Was the family told?", told),
        ("Advice taken", decision.advice),
        ("Whose name is kept out", decision.limits),
    )
    return [(name, words) for name, words in facts if words]


def _with_words(answer: str, words: str) -> str:
    return f"{answer}. {words}" if answer and words else answer or words
