"""What somebody asks about a rule out of her own words: to change it, or to end it. Pure.

Asking changes nothing: a rule protects until a person who has spoken with her ends it.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from server.kernel.clock import london_day
from server.kernel.ids import MemberId, RoomId

ANSWER_WITHIN = timedelta(days=7)
"""How long the lead has: to speak with her alone first, and no longer.

Rule: ADR-0016; within the month of UK GDPR Art 12(3).
"""


class Wish(StrEnum):
    """What is asked for."""

    CHANGE = "change"
    END = "end"


@dataclass(frozen=True, slots=True)
class RuleWish:
    """One wish about one rule, in her words, and the answer she got."""

    id: UUID
    room: RoomId
    rule: UUID
    wish: Wish
    asked_by: MemberId
    asked_at: datetime
    words: str
    answer: str = ""
    answered_at: datetime | None = None

    @property
    def answer_by(self) -> date:
        """Return the last day for an answer, in London."""
        return london_day(self.asked_at) + ANSWER_WITHIN
