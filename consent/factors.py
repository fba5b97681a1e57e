"""The four factors of every decision, in words for people. Pure.

Your place; your organisation's sharing agreement; what the family agreed, or the decision made;
anything that protects someone. No name of a person stands in them.
"""

from datetime import date

from consent.consent import Cover
from consent.grounds import Asker, Found, RoomFacts
from consent.sharing_decision import SharingDecision
from consent.statement import Owes
from policies.catalogue import catalogue
from policies.decision import Factor, FactorName, Ground
from policies.facts import Kind, Label
from policies.question import NO_RECORD, Answer
from server.directory.team import TeamState
from server.kernel.clock import london_day

UNSIGNED = "Their organisation has not signed the sharing agreement."

LEGAL_GROUNDS = {
    "agreement": "agreement",
    "s16la_duty": "the duty to share, Children Act 2004 s.16LA",
    "public_task": "a public task, Children Act 2004 s.10 and s.11",
    "vital_interests": "somebody's vital interests",
    "court_order": "a court order",
    "crime_prevention": "preventing crime",
    "recognised_legitimate_interest_safeguarding": "safeguarding somebody at risk",
    "overriding_public_interest": "an overriding public interest",
}


def day_words(day: date) -> str:
    """Return a day as pages write it: `17 June 2026`."""
    return f"{day.day} {day:%B %Y}"


def place_factor(facts: RoomFacts, asker: Asker) -> Factor:
    """Say whether she has a place in the room, or an office that is enough."""
    role = catalogue().roles.get(asker.role)
    if role is None:
        waits = facts.team is not None and facts.team.state is TeamState.PROPOSED
        words = "The room waits for the family's agreement." if waits else "No place in this room."
        return Factor(FactorName.PLACE, holds=False, words=words)
    if asker.owes is Owes.ALL:
        words = "The confidentiality statement has not been accepted."
        return Factor(FactorName.PLACE, holds=False, words=words)
    if asker.seat is None:
        return Factor(FactorName.PLACE, holds=True, words=f"Asks as {role}, without a place.")
    since = london_day(asker.seat.since)
    words = f"A place in the room as {role} since {day_words(since)}."
    return Factor(FactorName.PLACE, holds=True, words=words, on=since)


def agreement_factor(answer: Answer, cover: Answer, *, label: Label, signed: bool) -> Factor:
    """Say which clause covers the act, or what is missing for one to."""
    found = answer if answer.allowed or answer.ref is not None else cover
    if found.ref is not None:
        return Factor(
            FactorName.AGREEMENT,
            holds=found.allowed,
            words=found.sentence or "",
            clause=found.ref,
            lawful_basis=found.lawful_basis,
        )
    words = (
        UNSIGNED
        if label.kind is Kind.CONTENT and not signed
        else "No clause of a sharing agreement in force covers this."
    )
    return Factor(FactorName.AGREEMENT, holds=False, words=words)


def family_factor(found: Found, answer: Answer, *, label: Label) -> Factor:
    """Say what the family agreed to, or which decision about sharing stands in its place."""
    if label.kind is not Kind.CONTENT:
        return Factor(FactorName.FAMILY, holds=True, words="Not information: a place is enough.")
    if answer.allowed:
        return _why_open(found, answer)
    if found.covers:
        return _agreed(next(iter(found.covers.values())))
    if found.decided:
        return _decided(next(iter(found.decided.values())))
    words = "The family has not agreed to this, and no decision to share covers it."
    return Factor(FactorName.FAMILY, holds=False, words=words)


def _why_open(found: Found, answer: Answer) -> Factor:
    purpose = answer.purpose or ""
    for place, part in enumerate(answer.parts):
        if part.ground is Ground.DECIDED and (place, purpose) in found.decided:
            return _decided(found.decided[place, purpose])
    for place, part in enumerate(answer.parts):
        if part.ground is Ground.AGREED and (place, purpose) in found.covers:
            return _agreed(found.covers[place, purpose])
    if answer.ground is Ground.EMERGENCY:
        words = "Emergency access for one hour, opened by a second person."
    elif answer.ground is Ground.OWN:
        words = "Its own information: not shared between organisations."
    else:
        words = "A place in the room is enough for this; the family was told of it."
    return Factor(FactorName.FAMILY, holds=True, words=words)


def _agreed(cover: Cover) -> Factor:
    on = london_day(cover.given_at)
    return Factor(FactorName.FAMILY, holds=True, words=f"Agreed on {day_words(on)}.", on=on)


def _decided(decision: SharingDecision) -> Factor:
    on = london_day(decision.decided_at)
    ground = LEGAL_GROUNDS[decision.legal_ground] if decision.legal_ground else None
    words = f"A decision to share was recorded on {day_words(on)}"
    words += f", on the ground of {ground}." if ground else "."
    return Factor(FactorName.FAMILY, holds=True, words=words, lawful_basis=ground, on=on)


def protection_factor(found: Found) -> Factor:
    """Say whether anything keeps it back to protect someone; never what, nor whom."""
    kept = any(cell.excl != NO_RECORD or cell.marker != NO_RECORD for cell in found.cells)
    words = "Kept back to protect someone." if kept else "Nothing keeps it back."
    return Factor(FactorName.PROTECTION, holds=not kept, words=words)
