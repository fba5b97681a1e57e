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
from server.kernel.working_days import end_of_working_day

REVIEW_WORKING_DAYS = 2


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


class LawfulBasis(StrEnum):
    """What of UK GDPR Article 6 a sharing rests on."""

    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTERESTS = "vital_interests"
    PUBLIC_TASK = "public_task"
    RECOGNISED_INTEREST = "recognised_legitimate_interest"
    LEGITIMATE_INTERESTS = "legitimate_interests"


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
class Outside:
    """With whom something was shared past this system, in words, and how (a code)."""

    to: str
    how: str


@dataclass(frozen=True, slots=True)
class SharingDecision:
    """One decision about sharing, with everything that must be recorded about it.

    `what` and `categories` say what it is about; `things` what of the room it opens. `condition`
    and `criminal_condition` are the codes of what else the law asks of special and of criminal
    information. `duty` is whether the duty to share applies, `detriment` the test of harm.
    `asked_as` and `told_as` are codes, `asked` and `told` the words to them; `limits` whose
    identity is protected and how. `until` ends it by itself, `ended_at` is when it was ended
    before. `outside` stands where it was shared past this system, which opens nothing here.
    """

    id: SharingDecisionId
    room: RoomId
    outcome: Outcome
    from_agency: AgencyCode
    purpose: str
    legal_ground: LegalGround | None
    why: str
    decided_by: MemberId
    decided_at: datetime
    subjects: frozenset[PersonId] = frozenset()
    things: frozenset[UUID] = frozenset()
    recipients: frozenset[Named] = frozenset()
    categories: frozenset[str] = frozenset()
    what: str = ""
    outside: Outside | None = None
    lawful_basis: LawfulBasis | None = None
    condition: str = ""
    criminal_condition: str = ""
    duty: bool | None = None
    detriment: str = ""
    proportion: str = ""
    asked_as: str = ""
    asked: str = ""
    told_as: str = ""
    told: str = ""
    advice: str = ""
    limits: str = ""
    until: datetime | None = None
    ended_at: datetime | None = None
    reviewed_by: MemberId | None = None
    reviewed_at: datetime | None = None
    review: Review | None = None
    review_words: str = ""

    @property
    def opens_here(self) -> bool:
        """Return whether it is one to share in this room."""
        return self.outcome is Outcome.SHARE and self.outside is None

    @property
    def review_due(self) -> datetime:
        """Return the instant by which a second person is to have looked at it.

        Rule: domain of sharing decisions: decided first, reviewed within two working days.
        """
        return end_of_working_day(self.decided_at, REVIEW_WORKING_DAYS)

    def is_over(self, at: datetime) -> bool:
        """Say whether it has ended: by itself, or before."""
        return self.ended_at is not None or (self.until is not None and self.until <= at)

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
