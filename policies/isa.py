"""Sharing agreements as nouns: clauses in words, their terms, and the lines Casbin reads.

The house's own rules and the family's page have the same form and are packs like any
agreement. Nothing here asks a database or Casbin.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import product
from typing import NamedTuple

from server.kernel.ids import AgencyCode

FIRST_DAY = date(2000, 1, 1)
LAST_DAY = date(9999, 12, 31)
ANY = "any"


class Sort(StrEnum):
    """What sort of pack: an agreement between agencies, the house's rules, the family's page."""

    ISA = "isa"
    HOUSE = "house"
    FAMILY = "family"


class Line(NamedTuple):
    """One policy line, field by field as `model.conf` names them. Dates are ISO London days."""

    ref: str
    role: str
    cat: str
    purpose: str
    verb: str
    ground: str
    src: str
    dst: str
    cond: str
    since: str
    until: str
    eft: str


class Recipient(NamedTuple):
    """Who may receive: a role or group of roles, at an agency, a sector or a group of sectors."""

    role: str
    at: str


@dataclass(frozen=True, slots=True)
class Term:
    """One row of a clause's table; every combination of its words is a line."""

    sources: tuple[str, ...]
    recipients: tuple[Recipient, ...]
    categories: tuple[str, ...]
    purposes: tuple[str, ...]
    verbs: tuple[str, ...]
    ground: str
    cond: str
    effect: str
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause as people read it, with its terms.

    `agreed` says in words whether the family's agreement is needed as well; `condition` is the
    further condition for special category or criminal-offence information, if there is one.
    """

    ref: str
    sentence: str
    lawful_basis: str
    condition: str
    agreed: str
    terms: tuple[Term, ...]

    @property
    def denies(self) -> bool:
        """Return whether the clause forbids."""
        return any(term.effect == "deny" for term in self.terms)


@dataclass(frozen=True, slots=True)
class Passage:
    """One heading of the agreement's text, and what is agreed under it."""

    heading: str
    words: str


@dataclass(frozen=True, slots=True)
class Covered:
    """One line of the text's own list of information: a category, and what it may serve."""

    category: str
    purposes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence that has to hold of the rules: somebody may do something, or never may.

    `source` is whom the information comes from; it and `ground` may be `ANY`.
    """

    recipient: Recipient
    may: bool
    verb: str
    category: str
    ground: str = ANY
    source: str = ANY


@dataclass(frozen=True, slots=True)
class Isa:
    """One version of an agreement. It runs from the start of `starts` to the start of `ends`.

    `text` and `covers` are what the parties read and sign beside the clauses; no clause may
    reach further than `covers` says, and every one of `examples` has to hold.
    """

    code: str
    version: int
    title: str
    sort: Sort
    starts: date
    ends: date
    review_on: date
    clauses: tuple[Clause, ...]
    text: tuple[Passage, ...] = ()
    covers: tuple[Covered, ...] = ()
    examples: tuple[Example, ...] = ()

    def clause(self, ref: str) -> Clause | None:
        """Return the clause of this reference, or None."""
        return next((clause for clause in self.clauses if clause.ref == ref), None)

    def lines(self) -> tuple[Line, ...]:
        """Return every line of the agreement in the order of its clauses, each once."""
        every = (line for clause in self.clauses for line in _lines_of(clause))
        return tuple(dict.fromkeys(every))


class PartyState(StrEnum):
    """How far an agency has come with an agreement."""

    INVITED = "invited"
    DPO_REVIEWED = "dpo_reviewed"
    SIGNED = "signed"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"


AWAY = frozenset({PartyState.SUSPENDED, PartyState.WITHDRAWN})
"""How an organisation stands that has stood back by itself."""


class IsaState(StrEnum):
    """Whether an agreement may open anything. Suspended, it still forbids what it forbade."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Party:
    """Where an agency stands with an agreement, from `since` until `until` (None: open).

    Only `signed` counts, only between these instants, and only until another standing begins.
    """

    agency: AgencyCode
    state: PartyState
    since: datetime
    until: datetime | None = None


def _lines_of(clause: Clause) -> Iterator[Line]:
    for term in clause.terms:
        words = product(term.recipients, term.categories, term.purposes, term.verbs, term.sources)
        for recipient, category, purpose, verb, source in words:
            yield Line(
                ref=clause.ref,
                role=recipient.role,
                cat=category,
                purpose=purpose,
                verb=verb,
                ground=term.ground,
                src=source,
                dst=recipient.at,
                cond=term.cond,
                since=term.since.isoformat(),
                until=term.until.isoformat(),
                eft=term.effect,
            )
