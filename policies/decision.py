"""The gate's answer, with everything that led to it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from policies.act import Act
from server.kernel.errors import Refused


class Ground(StrEnum):
    """Why this sharing is open. It is never the lawful basis, which stands in the clause."""

    OWN = "own"
    STANDING = "standing"
    AGREED = "agreed"
    DECIDED = "decided"
    EMERGENCY = "emergency"
    NONE = "none"


class FactorName(StrEnum):
    """The four factors of every decision, in the words of pages."""

    PLACE = "place"
    AGREEMENT = "agreement"
    FAMILY = "family"
    PROTECTION = "protection"


@dataclass(frozen=True, slots=True)
class Factor:
    """One of the four factors, in words for people, with its clause, lawful basis and date."""

    name: FactorName
    holds: bool
    words: str
    clause: str | None = None
    lawful_basis: str | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True)
class ConsentUsed:
    """A version of what the family agreed that a decision rested on."""

    id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class Decision:
    """One answer of the gate. `why` is a clause reference or the name of a guard."""

    allowed: bool
    act: Act
    why: str
    clause: str | None = None
    isa: str | None = None
    isa_revision: int | None = None
    lawful_basis: str | None = None
    condition: str | None = None
    ground: Ground = Ground.NONE
    purpose: str | None = None
    consents: tuple[ConsentUsed, ...] = ()
    sharing_decision: UUID | None = None
    factors: tuple[Factor, ...] = ()


class Denied(Refused):
    """The gate said no, and this is why. The reasons are for the log and for those entitled."""

    def __init__(self, decision: Decision) -> None:
        """Carry the decision."""
        super().__init__()
        self.decision = decision
