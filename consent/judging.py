"""Judges one act on one thing from the facts found, and words the entry for the log. Pure.

The policies answer what the grounds open; here question and answer are put together, and
everything that led to the answer is kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from consent import asked
from consent.alike import ask_each
from consent.factors import agreement_factor, family_factor, place_factor, protection_factor
from consent.grounds import Asker, Found, RoomFacts, find_grounds, is_not_hers_to_edit
from consent.statement import OWED
from policies.act import Act
from policies.decision import ConsentUsed, Decision, Ground
from policies.facts import HOUSE, Label
from policies.question import NO_RECORD, Answer, Question
from server.audit.entry import Entry
from server.directory.member import Member
from server.kernel.canonical_json import Json
from server.kernel.clock import london_day
from server.kernel.ids import AgencyCode, SharingDecisionId

CHILDS_OWN_WORDS = "GUARD-CHILDS-OWN-WORDS"
WRONG_KIND = "FAIL-CLOSED-KIND"
FACTS_MISSING = "FAIL-CLOSED-FACTS"
NO_ANSWER = "FAIL-CLOSED"


class Book(Protocol):
    """What judging needs of the policies in force."""

    @property
    def revision(self) -> str:
        """Return the hash of everything in force."""
        ...

    @property
    def until(self) -> datetime:
        """Return the instant from which it no longer holds."""
        ...

    def answer(self, question: Question) -> Answer:
        """Answer one question."""
        ...

    def cover(self, question: Question) -> Answer:
        """Answer it as if every ground were live and nobody kept out."""
        ...

    def verbs(self, question: Question) -> frozenset[str]:
        """Return the verbs that it would answer with yes."""
        ...

    def is_party(self, agency: AgencyCode) -> bool:
        """Say whether an agency has a live signature."""
        ...


def question_of(
    facts: RoomFacts, asker: Asker, found: Found, *, verb: str, label: Label
) -> Question:
    """Return the question that the policies are asked about one thing."""
    return Question(
        role=asker.role,
        dst=asker.agency,
        purposes=asker.purposes,
        verb=verb,
        kind=label.kind,
        cells=found.cells,
        day=london_day(facts.at),
    )


@dataclass(frozen=True, slots=True)
class Judged:
    """A decision, whose it is on what, and what led to it."""

    decision: Decision
    asker: Asker
    facts: RoomFacts
    found: Found
    label: Label
    question: Question
    answer: Answer

    def with_factors(self, book: Book) -> Decision:
        """Return the decision with its four factors, in words."""
        return replace(
            self.decision,
            factors=(
                place_factor(self.facts, self.asker),
                agreement_factor(
                    self.answer,
                    book.cover(self.question),
                    label=self.label,
                    signed=book.is_party(self.asker.agency),
                ),
                family_factor(self.found, self.answer, label=self.label),
                protection_factor(self.found),
            ),
        )

    def entry(self, decision: Decision) -> Entry:
        """Return the log's entry for it, with the factors that `decision` carries.

        A stranger's refusal is sealed by the house, and tells nothing of what the thing is.
        """
        label = self.label
        kept = {record for cell in self.found.cells for record in (cell.excl, cell.marker)}
        details: dict[str, Json] = {**_reasons(decision), "role": self.asker.role}
        # Threat T-01: an unknown room has no key, and looking for it would take time.
        is_strangers = self.asker.seat is None and not decision.allowed
        if not is_strangers:
            details |= {
                "categories": sorted(label.categories),
                "origins": sorted(label.origins),
                "subjects": [subject.hex for subject in sorted(label.subjects)],
                "epoch": self.facts.team.epoch if self.facts.team else None,
                "kept_back_by": sorted(kept - {NO_RECORD}),
                "asked": asked.written([self.question]),
            }
        return _entry(self.asker.member, decision, label, details, by_house=is_strangers)


def judge(book: Book, facts: RoomFacts, asker: Asker, act: Act, label: Label) -> Judged:
    """Return the decision, allowed or not, with everything that led to it."""
    found = find_grounds(facts, asker, label)
    question = question_of(facts, asker, found, verb=act.verb, label=label)
    answer = book.answer(question)
    allowed, why = answer.allowed, answer.why
    if label.kind is not act.kind:
        allowed, why = False, WRONG_KIND
    elif is_not_hers_to_edit(asker, act.verb, label):
        allowed, why = False, CHILDS_OWN_WORDS
    elif asker.owes.closes(act) and allowed:
        # Asked last: that she owes it is told where nothing else keeps her out.
        allowed, why = False, OWED
    consents, decided = _rested_on(found, answer)
    decision = Decision(
        allowed=allowed,
        act=act,
        why=why,
        clause=answer.ref,
        isa=answer.isa,
        isa_revision=answer.isa_revision,
        lawful_basis=answer.lawful_basis,
        condition=answer.condition,
        ground=answer.ground,
        purpose=answer.purpose,
        consents=consents,
        sharing_decision=decided,
    )
    return Judged(decision, asker, facts, found, label, question, answer)


def judge_each(
    book: Book, facts: RoomFacts, asker: Asker, act: Act, labels: Sequence[Label]
) -> list[Judged]:
    """Return the decision on each of these things, in their order; things alike are judged once."""
    judged = ask_each(facts, labels, lambda label: judge(book, facts, asker, act, label))
    return [
        one if one.label is label else replace(one, label=label)
        for one, label in zip(judged, labels, strict=True)
    ]


def is_open(book: Book, facts: RoomFacts, asker: Asker, act: Act, label: Label) -> bool:
    """Say whether `judge` would allow it: the same questions, without what led to the answer.

    Who has yet to accept the confidentiality statement counts: she may at any moment.
    """
    if label.kind is not act.kind or is_not_hers_to_edit(asker, act.verb, label):
        return False
    found = find_grounds(facts, asker, label)
    return act.verb in book.verbs(question_of(facts, asker, found, verb=act.verb, label=label))


def _rested_on(
    found: Found, answer: Answer
) -> tuple[tuple[ConsentUsed, ...], SharingDecisionId | None]:
    if not answer.allowed or answer.purpose is None:
        return (), None
    consents: dict[ConsentUsed, None] = {}
    decided: SharingDecisionId | None = None
    for place, part in enumerate(answer.parts):
        if part.ground is Ground.AGREED:
            consents.update(dict.fromkeys(found.consents_of(place, answer.purpose)))
        if part.ground is Ground.DECIDED:
            decided = decided or found.decision_of(place, answer.purpose)
    return tuple(consents), decided


def no_answer(who: Member, act: Act, label: Label, *, why: str) -> tuple[Decision, Entry]:
    """Return the no that stands where facts or policies gave no answer, and its entry."""
    decision = Decision(allowed=False, act=act, why=why)
    return decision, _entry(who, decision, label, _reasons(decision), by_house=True)


def _entry(
    who: Member, decision: Decision, label: Label, details: Mapping[str, Json], *, by_house: bool
) -> Entry:
    return Entry(
        kind=decision.act.past if decision.allowed else decision.act.refused,
        outcome="allowed" if decision.allowed else "refused",
        who=who.id,
        agency=who.agency,
        room=label.room,
        thing=None if label.thing == HOUSE else label.thing,
        purpose=decision.purpose,
        details=details,
        by_house=by_house,
    )


def _reasons(decision: Decision) -> dict[str, Json]:
    return {
        "why": decision.why,
        "clause": decision.clause,
        "isa": decision.isa,
        "isa_revision": decision.isa_revision,
        "lawful_basis": decision.lawful_basis,
        "condition": decision.condition,
        "ground": decision.ground.value,
        "consent": [{"id": used.id.hex, "version": used.version} for used in decision.consents],
        "sharing_decision": decision.sharing_decision.hex if decision.sharing_decision else None,
        "factors": [
            {
                "name": factor.name.value,
                "holds": factor.holds,
                "words": factor.words,
                "clause": factor.clause,
                "lawful_basis": factor.lawful_basis,
                "on": factor.on.isoformat() if factor.on else None,
            }
            for factor in decision.factors
        ],
    }


def entry_of_list(who: Member, act: Act, shown: Sequence[Judged]) -> Entry:
    """Return the log's one entry for a list: what was shown, and by which clauses.

    Nothing stands in it about what was withheld.
    """
    rooms = {one.label.room for one in shown}
    clauses = {one.decision.clause: one.decision.lawful_basis for one in shown}
    details: dict[str, Json] = {
        "count": len(shown),
        "things": [one.label.thing.hex for one in shown],
        "clauses": [{"clause": ref, "lawful_basis": basis} for ref, basis in clauses.items()],
        "role": shown[0].asker.role if shown else None,
        "asked": asked.written(one.question for one in shown),
    }
    return Entry(
        kind=act.past,
        outcome="allowed",
        who=who.id,
        agency=who.agency,
        room=rooms.pop() if len(rooms) == 1 else None,
        purpose=shown[0].decision.purpose if shown else None,
        details=details,
    )
