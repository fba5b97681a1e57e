"""A draft of an agreement: how far it has come, and how its rules are changed one at a time. Pure.

Until it is sent to the parties a draft may change. What they review and sign is that very text and
table; a draft that is taken back and changed has to be reviewed and signed again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from policies.isa import Clause, Isa, Term
from policies.isa_file import IsaFile, digest_of
from server.kernel.ids import AgencyCode, MemberId


class Stage(StrEnum):
    """How far a draft has come."""

    DRAFT = "draft"
    DPO_REVIEW = "dpo_review"
    SIGNING = "signing"
    APPROVED = "approved"
    DROPPED = "dropped"


OPEN = frozenset({Stage.DRAFT, Stage.DPO_REVIEW, Stage.SIGNING})


class Mark(StrEnum):
    """What an organisation did with a version: its data protection lead, its signing officer.

    It extended one whose review was late, or said that a suspended one may hold again.
    """

    REVIEWED = "reviewed"
    SIGNED = "signed"
    EXTENDED = "extended"
    LIFTS = "lifts"


@dataclass(frozen=True, slots=True)
class Signature:
    """Who reviewed or signed what, when, for which organisation; `digest` is what she read."""

    agency: AgencyCode
    mark: Mark
    digest: str
    member: MemberId
    at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """A version that is not in force yet. `edition` counts its changes."""

    file: IsaFile
    stage: Stage
    edition: int
    authors: tuple[tuple[MemberId, AgencyCode], ...] = ()
    signatures: tuple[Signature, ...] = ()

    @property
    def isa(self) -> Isa:
        """Return the agreement as drafted."""
        return self.file.isa

    @property
    def digest(self) -> str:
        """Return the hash of text and table: what a party reviews and signs."""
        return digest_of(self.isa)

    def who(self, mark: Mark) -> frozenset[AgencyCode]:
        """Return the organisations that have reviewed, or signed, just this text and table."""
        digest = self.digest
        return frozenset(
            one.agency for one in self.signatures if one.mark is mark and one.digest == digest
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the grid: a term with the words of its clause."""

    ref: str
    sentence: str
    lawful_basis: str
    condition: str
    agreed: str
    term: Term


def rules_of(isa: Isa) -> tuple[Rule, ...]:
    """Return every rule in the order of the clauses."""
    return tuple(
        Rule(one.ref, one.sentence, one.lawful_basis, one.condition, one.agreed, term)
        for one in isa.clauses
        for term in one.terms
    )


def with_rules(isa: Isa, rules: Iterable[Rule]) -> Isa:
    """Return the agreement with these rules; those of one reference make one clause."""
    refs: dict[str, list[Rule]] = {}
    for rule in rules:
        refs.setdefault(rule.ref, []).append(rule)
    return replace(isa, clauses=tuple(_clause(of_ref) for of_ref in refs.values()))


def put_rule(isa: Isa, row: int | None, rule: Rule) -> Isa:
    """Return the agreement with a rule in the place of that row, or as the last one.

    The words of its clause are those of the rule just written, in every row of the clause.
    """
    rules = list(rules_of(isa))
    if row is None:
        rules.append(rule)
    else:
        rules[row] = rule
    return with_rules(isa, (_as_in(rule, one) if one.ref == rule.ref else one for one in rules))


def take_rule(isa: Isa, row: int) -> Isa:
    """Return the agreement without the rule of that row."""
    rules = rules_of(isa)
    return with_rules(isa, (*rules[:row], *rules[row + 1 :]))


def with_days(isa: Isa, starts: date, ends: date, review_on: date) -> Isa:
    """Return the agreement with other days; rules that ran as long as it did still do."""

    def moved(term: Term) -> Term:
        since = starts if term.since == isa.starts else max(term.since, starts)
        until = ends if term.until == isa.ends else min(term.until, ends)
        return replace(term, since=since, until=until)

    clauses = (replace(one, terms=tuple(map(moved, one.terms))) for one in isa.clauses)
    return replace(isa, starts=starts, ends=ends, review_on=review_on, clauses=tuple(clauses))


def _clause(rules: list[Rule]) -> Clause:
    first = rules[0]
    terms = tuple(dict.fromkeys(rule.term for rule in rules))
    return Clause(
        first.ref, first.sentence, first.lawful_basis, first.condition, first.agreed, terms
    )


def _as_in(written: Rule, rule: Rule) -> Rule:
    return replace(written, term=rule.term)
