"""Decisions about sharing: to share, or not to, with the legal ground and the reasons. Pure.

Such a decision stands beside what the family agreed: where the law asks or allows it, it opens
exactly the things it names, to exactly whom it names, for one purpose and as long as it says.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from consent.consent import Recipient
from server.kernel.ids import AgencyCode, MemberId, PersonId, RoomId, SharingDecisionId


class LegalGround(StrEnum):
    """What in law the decision rests on.

    Rule: Information sharing advice for practitioners (DfE, 2024), and Children Act 2004 s.16LA.
    """

    AGREEMENT = "agreement"
    S16LA_DUTY = "s16la_duty"
    PUBLIC_TASK = "public_task"
    VITAL_INTERESTS = "vital_interests"
    COURT_ORDER = "court_order"
    CRIME_PREVENTION = "crime_prevention"
    SAFEGUARDING_INTEREST = "recognised_legitimate_interest_safeguarding"
    PUBLIC_INTEREST = "overriding_public_interest"


class Outcome(StrEnum):
    """What was decided."""

    SHARE = "share"
    NOT_SHARE = "not_share"


class Review(StrEnum):
    """What the second reviewer found."""

    RIGHT = "right"
    CHALLENGED = "challenged"


@dataclass(frozen=True, slots=True)
class Named:
    """A recipient of a decision: one person of an organisation, or all who have a place for it."""

    agency: AgencyCode
    member: MemberId | None = None


@dataclass(frozen=True, slots=True)
class SharingDecision:
    """One decision about sharing, with everything that must be recorded about it.

    `asked` and `told` say whether the person was asked and told, or why not; `limits` whose
    identity is protected and how; `until` ends it by itself.
    """

    id: SharingDecisionId
    room: RoomId
    outcome: Outcome
    from_agency: AgencyCode
    purpose: str
    legal_ground: LegalGround
    why: str
    decided_by: MemberId
    decided_at: datetime
    subjects: frozenset[PersonId] = frozenset()
    things: frozenset[UUID] = frozenset()
    recipients: frozenset[Named] = frozenset()
    condition: str = ""
    asked: str = ""
    told: str = ""
    advice: str = ""
    limits: str = ""
    until: datetime | None = None
    reviewed_by: MemberId | None = None
    reviewed_at: datetime | None = None
    review: Review | None = None

    def covers(
        self, thing: UUID, *, subject: PersonId, purpose: str, origin: AgencyCode, to: Recipient
    ) -> bool:
        """Say whether it opens this of the thing to the recipient.

        Rule: domain of sharing decisions: thing, about whom, from whom, to whom and for what
        must all be named; a decision not to share opens nothing.
        """
        return (
            subject in self.subjects
            and self.purpose == purpose
            and self.from_agency == origin
            and self.opens(thing, to)
        )

    def opens(self, thing: UUID, to: Recipient) -> bool:
        """Say whether it opens anything of the thing to the recipient."""
        return (
            self.outcome is Outcome.SHARE
            and thing in self.things
            and any(
                one.agency == to.agency and one.member in {None, to.member}
                for one in self.recipients
            )
        )
