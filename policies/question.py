"""What the gate asks the policies, and what they answer. Plain values; no row, no member, no id.

The gate finds the facts (which grounds are live, for whom, who is kept out) and puts them into
a `Question`; the `PolicyBook` answers it from agreements and house rules alone.
"""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from policies.decision import Ground
from policies.facts import Kind
from server.kernel.ids import AgencyCode

ANY_PURPOSE = "any"
NO_RECORD = "no"
"""What stands in `excl` and `marker` where no exclusion and no safety marker applies."""


class Why:
    """The names of the guards: why the answer is no where no clause says so."""

    MEMBER = "GUARD-MEMBER"
    EXCLUDED = "GUARD-EXCLUDED"
    MARKED = "GUARD-MARKED"
    FORCE = "GUARD-FORCE"
    GROUND = "GUARD-GROUND"
    OWN = "GUARD-OWN"
    NO_CLAUSE = "NO-CLAUSE"
    NO_ISA = "NO-ISA"
    NO_CELLS = "NO-CELLS"
    NO_PURPOSE = "NO-PURPOSE"
    ISA_REFUSED = "ISA-REFUSED"
    UNKNOWN = "UNKNOWN"
    OUT_OF_DATE = "OUT-OF-DATE"
    NOT_CONFIRMED = "NOT-CONFIRMED"


class Live(NamedTuple):
    """One ground that is live now, and the one purpose it covers (`ANY_PURPOSE`: all of them).

    What the family agreed covers a purpose; so does a sharing decision. A place does not ask.
    """

    ground: Ground
    purpose: str = ANY_PURPOSE


class Cell(NamedTuple):
    """One (category, origin, subject) of a thing, with all that is true of it for this asker.

    The subject itself is not named: two subjects with the same grounds are the same cell.
    `grounds` are those live now, an empty set means none. `named` is whether the asker is on
    the thing's list of named persons (or took the child's words down). `excl` and `marker` are
    `NO_RECORD` or the id of the record that keeps the asker out.
    """

    category: str
    origin: AgencyCode
    grounds: frozenset[Live]
    named: bool = False
    excl: str = NO_RECORD
    marker: str = NO_RECORD


@dataclass(frozen=True, slots=True)
class Question:
    """May somebody of this role and agency do this to a thing made of these cells, on this day?

    `role` is the place's role in the room; without a place the office, `practitioner` or
    `family_member` for acts on no room; `none` for everybody else. `dst` is the asker's agency
    (`family` for the family). `purposes` are tried in the order given and one of them must open
    every cell. `verb` and `kind` are the act's. For things that are not information give one
    cell made by `object_cell`. No cells, no purposes: no.
    """

    role: str
    dst: AgencyCode
    purposes: tuple[str, ...]
    verb: str
    kind: Kind
    cells: tuple[Cell, ...]
    day: date


class Part(NamedTuple):
    """What decided one cell: a clause reference or the name of a guard, and by which pack."""

    allowed: bool
    why: str
    isa: str | None = None
    isa_revision: int | None = None
    ground: Ground = Ground.NONE


@dataclass(frozen=True, slots=True)
class Answer:
    """The policies' answer. `why` is a clause reference or the name of a guard.

    `ref` is the clause that allowed or denied (None where a guard did), `parts` what decided
    each cell in the order of the question's cells; the first part that refuses, or the first of
    all, is the one spread out in the fields. `isa` is the pack's code, HOUSE and FAMILY too.
    """

    allowed: bool
    why: str
    ref: str | None = None
    isa: str | None = None
    isa_revision: int | None = None
    ground: Ground = Ground.NONE
    purpose: str | None = None
    lawful_basis: str | None = None
    condition: str | None = None
    sentence: str | None = None
    parts: tuple[Part, ...] = ()


_STANDING = frozenset({Live(Ground.STANDING)})


def object_cell(
    kind: Kind, dst: AgencyCode, *, excl: str = NO_RECORD, marker: str = NO_RECORD
) -> Cell:
    """Return the one cell of a thing that is not information: a place or an office is enough."""
    return Cell(kind.value, dst, _STANDING, excl=excl, marker=marker)
