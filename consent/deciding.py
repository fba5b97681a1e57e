"""Deciding about sharing: to share, or not to, with its ground and its reasons.

Who decides is somebody of the organisation that the information came from. A decision to share
here works at once, opens exactly the things it names, and ends by itself. What was shared past
this system is recorded in the same way, and opens nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from consent import gate
from consent.decision_form import BASES, CRIMINAL, SPECIAL, DecisionForm, Way, find_faults
from consent.duty import why_not_yet
from consent.factors import LEGAL_GROUNDS
from consent.foreseeing import Losses, gained_by
from consent.keeper import Keepers, all_labels, all_titles, change_access, hold_access
from consent.naming import family_of
from consent.sharing_decision import (
    LawfulBasis,
    LegalGround,
    Outcome,
    Outside,
    SharingDecision,
)
from consent.store import decisions, duties
from policies.act import Act
from policies.catalogue import catalogue
from policies.facts import Kind, Label, label_of_room
from server.audit import log
from server.audit.entry import Entry
from server.directory import store as directory
from server.directory.agency import FAMILY
from server.directory.member import Member
from server.kernel.clock import london_day, london_instant
from server.kernel.database import Tx, writing
from server.kernel.errors import Conflict, Invalid
from server.kernel.ids import RoomId, SharingDecisionId

NOT_HER_ORGANISATIONS = "GUARD-NOT-HER-ORGANISATION"
OPENS_NOTHING = (
    "Nobody you chose would see anything new: the sharing agreement, a list of names or what"
    " protects somebody keeps it back. Share it by phone or secure mail, and record that instead"
)


@dataclass(frozen=True, slots=True)
class Gain:
    """Somebody who would see something by a decision, and what, by its titles."""

    who: str
    agency: str
    things: tuple[str, ...]


async def check_decision(
    who: Member, room: RoomId, told: DecisionForm, *, keepers: Keepers
) -> Sequence[Gain]:
    """Return who would see what by the decision; nothing is recorded of it.

    Raises:
        Refused: `who` has no place in the room that lets her decide.
        Invalid: with a sentence for each field at fault.
        Conflict: it was recorded already.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.PREPARE_DECISION, label_of_room(room, Kind.DECISION))
        if await decisions.find_decision(tx, told.id) is not None:
            raise Conflict
        decision, gains = await _made(tx, who, room, told, keepers)
        titles = await all_titles(tx, room, decision.things, keepers)
        names = {agency.code: agency.name for agency in await directory.list_agencies(tx)}
        return [
            Gain(member.name, names.get(member.agency, ""), tuple(titles[one] for one in things))
            for member, things in gains.values()
        ]


async def decide(
    who: Member, room: RoomId, told: DecisionForm, *, keepers: Keepers
) -> SharingDecisionId:
    """Record a decision about sharing; one to share here works from now on.

    Raises:
        Refused: `who` has no place in the room that lets her decide.
        Invalid: with a sentence for each field at fault.
        Conflict: it was recorded already.

    Rule: Information sharing advice for practitioners (DfE, 2024), golden rule 7: record the
    decision and its reasons, whether or not you share.
    """
    async with writing() as tx:
        await hold_access(tx, room)
        await gate.require(tx, who, Act.RECORD_DECISION, label_of_room(room, Kind.DECISION))
        if await decisions.find_decision(tx, told.id) is not None:
            raise Conflict
        decision, _ = await _made(tx, who, room, told, keepers)
        await decisions.add_sharing_decision(tx, decision)
        await log.record(tx, _entry(who, decision))
        if decision.opens_here:
            await change_access(tx, room, keepers)
        return decision.id


async def end_sharing(who: Member, room: RoomId, decision: UUID, *, keepers: Keepers) -> None:
    """End a sharing before its time; it closes at once.

    Raises:
        Refused: another organisation decided it, or there is no such decision in this room.
        Conflict: it opens nothing here, or has ended already.

    Rule: ADR-0012: each organisation answers for what it shares of its own.
    """
    async with writing() as tx:
        await hold_access(tx, room)
        label = label_of_room(room, Kind.DECISION)
        await gate.require(tx, who, Act.END_DECISION, label)
        found = await decisions.find_decision(tx, decision)
        if found is None or found.room != room or found.from_agency != who.agency:
            gate.refuse(tx, who, Act.END_DECISION, label, why=NOT_HER_ORGANISATIONS)
        if not found.opens_here or found.is_over(tx.at):
            raise Conflict
        await decisions.end_decision(tx, found.id)
        await change_access(tx, room, keepers)
        entry = Entry(
            kind="decision:end-noted",
            outcome="noted",
            who=who.id,
            agency=who.agency,
            room=room,
            thing=found.id,
            details={"sharing_decision": found.id.hex},
        )
        await log.record(tx, entry)


async def _made(
    tx: Tx, who: Member, room: RoomId, told: DecisionForm, keepers: Keepers
) -> tuple[SharingDecision, Losses]:
    """Return the decision that the form says, and who would gain what by it.

    Raises:
        Invalid: with a sentence for each field at fault.
    """
    chosen = await decidable(tx, who, room, keepers) if told.way == Way.HERE else []
    chosen = [label for label in chosen if label.thing in told.things]
    here = {category for label in chosen for category in label.categories}
    categories = here if told.way == Way.HERE else told.categories
    today = london_day(tx.at)
    no_duty = why_not_yet(await duties.find_duty_start(tx), today)
    faults = find_faults(told, categories, today=today, no_duty=no_duty)
    faults |= await _faults_of_room(tx, who, room, told, chosen)
    if faults:
        raise Invalid(faults)
    decision = _decision(tx, who, room, told, categories)
    if not decision.opens_here:
        return decision, {}
    gains = await gained_by(tx, who, room, chosen, decision)
    if not gains:
        raise Invalid({"recipients": OPENS_NOTHING})
    return decision, gains


async def decidable(tx: Tx, who: Member, room: RoomId, keepers: Keepers) -> list[Label]:
    """Return what she may decide about: what her own organisation alone put in, and she sees.

    Rule: UK GDPR Art 5(2): each organisation answers for what it discloses of its own.
    """
    labels = [
        one for one in await all_labels(tx, room, keepers) if one.origins == frozenset({who.agency})
    ]
    own = await gate.capability(tx, who, room, labels)
    return [label for label in labels if own.sees(label)]


async def _faults_of_room(
    tx: Tx, who: Member, room: RoomId, told: DecisionForm, chosen: Sequence[Label]
) -> dict[str, str]:
    faults: dict[str, str] = {}
    family = {person.id: person.name for person in (await family_of(tx, room)).people}
    if not told.subjects <= set(family):
        faults["subjects"] = "Choose about whom it is"
    if told.way != Way.HERE:
        return faults
    if len(chosen) < len(told.things):
        faults["things"] = "Choose from what your own organisation put in"
    about = {person for label in chosen for person in label.subjects}
    if told.subjects and chosen and about != told.subjects and "subjects" not in faults:
        names = ", ".join(sorted(family.get(person, "") for person in about))
        faults["subjects"] = f"What you chose is about {names}. Choose them, or something else"
    places = [seat for seat in await directory.list_seats(tx, room) if seat.agency != FAMILY]
    agencies = {seat.agency for seat in places} - {who.agency}
    members = {(seat.agency, seat.member) for seat in places}
    if any(
        one.agency not in agencies
        or (one.member is not None and (one.agency, one.member) not in members)
        for one in told.recipients
    ):
        faults["recipients"] = "Choose people of other organisations with a place in this room"
    return faults


def _decision(
    tx: Tx, who: Member, room: RoomId, told: DecisionForm, categories: Iterable[str]
) -> SharingDecision:
    is_here, is_outside = told.way == Way.HERE, told.way == Way.OUTSIDE
    end = london_instant(told.last_day + timedelta(days=1)) if told.last_day else None
    return SharingDecision(
        id=SharingDecisionId(told.id),
        room=room,
        outcome=Outcome.NOT_SHARE if told.way == Way.NOT else Outcome.SHARE,
        from_agency=who.agency,
        purpose=told.purpose,
        legal_ground=LegalGround(told.legal_ground) if told.legal_ground else None,
        lawful_basis=LawfulBasis(told.lawful_basis) if told.lawful_basis in set(BASES) else None,
        condition=told.condition if told.condition in SPECIAL else "",
        criminal_condition=told.criminal_condition if told.criminal_condition in CRIMINAL else "",
        duty=told.duty,
        detriment=told.detriment,
        why=told.why,
        proportion=told.proportion,
        decided_by=who.id,
        decided_at=tx.at,
        subjects=told.subjects,
        things=told.things if is_here else frozenset(),
        recipients=told.recipients if is_here else frozenset(),
        categories=frozenset(categories),
        what=told.what,
        outside=Outside(told.outside_to, told.outside_how) if is_outside else None,
        asked_as=told.asked_as,
        asked=told.asked,
        told_as=told.told_as,
        told=told.told,
        advice=told.advice,
        limits=told.limits,
        until=end if is_here else None,
    )


def _entry(who: Member, decision: SharingDecision) -> Entry:
    """Return the log's entry of what was decided: codes and ids, none of the words typed."""
    sort = "share" if decision.opens_here else "share-outside"
    if decision.outcome is Outcome.NOT_SHARE:
        sort = "not-share"
    ground, basis = decision.legal_ground, decision.lawful_basis
    details = {
        "sharing_decision": decision.id.hex,
        "legal_ground": ground.value if ground else None,
        "why": LEGAL_GROUNDS[ground] if ground else None,
        "lawful_basis": BASES[basis] if basis else None,
        "condition": _conditions(decision),
        "duty": decision.duty,
        "from": decision.from_agency,
        "to": sorted(
            one.member.hex if one.member else str(one.agency) for one in decision.recipients
        ),
        "outside": decision.outside.how if decision.outside else None,
        "subjects": [subject.hex for subject in sorted(decision.subjects)],
        "categories": sorted(decision.categories),
        "things": [thing.hex for thing in sorted(decision.things)],
        "asked": decision.asked_as,
        "told": decision.told_as,
        "until": decision.until.isoformat() if decision.until else None,
        "decided_by": decision.decided_by.hex,
        "decided_at": decision.decided_at.isoformat(),
    }
    return Entry(
        kind=f"decision:{sort}-recorded",
        outcome="noted",
        who=who.id,
        agency=who.agency,
        room=decision.room,
        thing=decision.id,
        purpose=decision.purpose,
        details=details,
    )


def _conditions(decision: SharingDecision) -> str | None:
    words = [
        SPECIAL.get(decision.condition, ""),
        CRIMINAL.get(decision.criminal_condition, ""),
    ]
    return "; ".join(dict.fromkeys(one for one in words if one)) or None


def purposes_offered() -> dict[str, str]:
    """Return the purposes of a decision, each with its words."""
    words = catalogue()
    return {code: words.purposes[code] for code in words.place_purposes}
