"""What somebody of the family says is wrong in a part of the plan, and the answer she got. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from server.kernel.clock import london_day
from server.kernel.ids import MemberId, RoomId, SectionId

WORDS_LENGTH = 4000
ANSWER_WITHIN = timedelta(days=28)
"""Four weeks, inside the month that the law allows.

Rule: UK GDPR Art 12(3), 16 and 21.
"""


class Outcome(StrEnum):
    """What came of it; in either case the answer says why in words."""

    CHANGED = "changed"
    NOT_CHANGED = "not_changed"


@dataclass(frozen=True, slots=True)
class Objection:
    """One person says that something is wrong; nothing of it is ever changed but the answer."""

    id: UUID
    room: RoomId
    section: SectionId
    said_by: MemberId
    said_at: datetime
    words: str
    outcome: Outcome | None = None
    answer: str = ""
    answered_by: MemberId | None = None
    answered_at: datetime | None = None

    @property
    def answer_by(self) -> date:
        """Return the last day for an answer, in London."""
        return london_day(self.said_at) + ANSWER_WITHIN
