"""THE gate: every act passes here, is decided here, and is recorded from here.

`require` for one act, `sift` for lists and counts, `capability` for what happens live,
`explain` for the reasons, `readers` for who else. Each answers from the rows as they stand in
the caller's own transaction; what cannot be told is refused.

Rule: ADR-0008.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from consent.capability import Capability, no_capability
from policies.act import Act
from policies.decision import Decision, Denied, Factor
from policies.facts import Label
from server.directory.member import Member
from server.directory.team import Role
from server.kernel.database import Tx
from server.kernel.ids import AgencyCode, RoomId


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who may see a thing."""

    member: Member
    agency: AgencyCode
    role: Role
    decision: Decision


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why somebody may or may not: as many of the four factors as she may know, else a sentence."""

    allowed: bool
    sentence: str
    factors: tuple[Factor, ...] = ()


async def require(tx: Tx, who: Member, act: Act, label: Label) -> Decision:
    """Allow the act and record it in this transaction, or refuse it.

    Raises:
        Denied: the answer is no; the refusal is recorded once this transaction is rolled back.
    """
    raise Denied(Decision(allowed=False, act=act, why="FAIL-CLOSED"))


async def sift(tx: Tx, who: Member, act: Act, labels: Iterable[Label]) -> list[Label]:
    """Return those that the act is open on, in order; one entry is recorded for the list."""
    return []


async def capability(tx: Tx, who: Member, room: RoomId, labels: Sequence[Label]) -> Capability:
    """Return what a member may do live with these things of a room."""
    return no_capability(who.id, room, epoch=0)


async def explain(tx: Tx, who: Member, act: Act, label: Label) -> Explanation:
    """Return why she may or may not, as far as she may know."""
    return Explanation(allowed=False, sentence="Not available to you.")


async def readers(tx: Tx, who: Member, label: Label, act: Act = Act.OPEN_SECTION) -> list[Reader]:
    """Return everybody with a place who may see the thing, as far as `who` may know of them."""
    return []
