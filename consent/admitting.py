"""What is checked before anybody is invited into a room: nothing is sent unless all four hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn
from uuid import UUID

from consent.consent import Choice, live_lines
from consent.foreseeing import foresee
from consent.keeper import Keepers, all_labels
from consent.store import consents
from policies.act import Act
from policies.catalogue import catalogue
from policies.decision import Decision, Denied, Factor, FactorName
from policies.facts import Kind, Label
from server.audit import log
from server.audit.entry import Entry
from server.directory import store as directory
from server.directory.member import Member, Practitioner
from server.directory.team import Seat
from server.kernel.database import Tx
from server.kernel.ids import MemberId, RoomId

STOPPED = "INVITATION-STOPPED"
"""The reason in the log of an invitation that was checked and not sent."""

NOT_AGREED = "The family has not agreed that this organisation takes part."
AGREED = "The family has agreed to some sharing with this organisation."


@dataclass(frozen=True, slots=True)
class Admission:
    """The four factors of an invitation, and the things she would see if she came in."""

    factors: Sequence[Factor]
    things: frozenset[UUID]

    @property
    def passes(self) -> bool:
        """Say whether all four hold."""
        return all(factor.holds for factor in self.factors)


async def check_admission(
    tx: Tx, seat: Seat, invited: Practitioner, *, keepers: Keepers
) -> Admission:
    """Check a place that is not given yet: place, sharing agreement, family, protection.

    Rule: ADR-0008: all is tested before anything is sent; only the lead learns the reason.
    """
    labels = await all_labels(tx, seat.room, keepers)
    seen, is_party, may_enter = await foresee(tx, seat, invited, labels)
    has_place = await directory.find_seat(tx, seat.room, invited.id) is not None
    agreed = await _is_agreed_to(tx, seat, invited)
    factors = (
        Factor(
            FactorName.PLACE,
            holds=not has_place,
            words="Already has a place in this room." if has_place else "Has no place here yet.",
        ),
        Factor(
            FactorName.AGREEMENT,
            holds=is_party,
            words="Their organisation has signed the sharing agreement."
            if is_party
            else "Their organisation has not signed the sharing agreement. Nothing can be sent "
            "to them until it has.",
        ),
        Factor(FactorName.FAMILY, holds=agreed, words=AGREED if agreed else NOT_AGREED),
        Factor(
            FactorName.PROTECTION,
            # Where the organisation is not party the room is closed for that reason alone.
            holds=may_enter or not is_party,
            words="Nothing keeps them out."
            if may_enter or not is_party
            else "Something that protects someone keeps them out.",
        ),
    )
    return Admission(factors, frozenset(seen))


def label_of_invitation(room: RoomId, invited: MemberId) -> Label:
    """Return the label of a place for somebody, so that the log says whom it was for."""
    return Label(thing=invited, room=room, kind=Kind.SEAT)


def stop_invitation(
    tx: Tx, who: Member, room: RoomId, invited: Practitioner, admission: Admission
) -> NoReturn:
    """Stop an invitation that does not pass: all of it is undone, the reason is recorded.

    Raises:
        Denied: always.
    """
    decision = Decision(
        allowed=False, act=Act.INVITE, why=STOPPED, factors=tuple(admission.factors)
    )
    entry = Entry(
        kind=Act.INVITE.refused,
        outcome="refused",
        who=who.id,
        agency=who.agency,
        room=room,
        thing=invited.id,
        purpose=None,
        details={
            "why": STOPPED,
            "invited": invited.agency,
            "factors": [
                {
                    "name": factor.name.value,
                    "holds": factor.holds,
                    "words": factor.words,
                    "clause": factor.clause,
                    "lawful_basis": factor.lawful_basis,
                    "on": None,
                }
                for factor in admission.factors
            ],
        },
    )

    async def record(fresh: Tx) -> None:
        await log.record(fresh, entry)

    tx.after_rollback(record)
    raise Denied(decision)


async def _is_agreed_to(tx: Tx, seat: Seat, invited: Practitioner) -> bool:
    lines = await consents.find_lines(
        tx, seat.room, categories=catalogue().categories, agencies={invited.agency}
    )
    return any(
        line.choice is Choice.YES
        and tx.at < line.until
        and line.agency == invited.agency
        and line.person is None
        and line.member in {None, invited.id}
        for line in live_lines(lines)
    )
