"""Emergency access: somebody without a place is let into a room for one hour. Pure.

She asks by the room's reference, with a reason; a second person opens it. What of the room it
opens is for the sharing agreement to say. Somebody else reviews it afterwards, always.

Rule: ADR-0014.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from server.kernel.ids import AgencyCode, MemberId, RoomId
from server.kernel.working_days import end_of_working_day

LASTS = timedelta(hours=1)
"""How long an access is open, and how long somebody who asked is waited for."""
REVIEW_WORKING_DAYS = 2


class State(StrEnum):
    """Where an emergency access stands."""

    WAITING = "waiting"
    LAPSED = "lapsed"
    DECLINED = "declined"
    OPEN = "open"
    ENDED = "ended"


class Finding(StrEnum):
    """What the reviewer found."""

    RIGHT = "right"
    NOT_RIGHT = "not_right"


@dataclass(frozen=True, slots=True)
class Emergency:
    """One emergency access, from the asking on. `until` is set once a second person opened it.

    `room` is the room of the reference, or the id of none where there is no such room.
    """

    id: UUID
    room: RoomId
    reference: str
    asked_by: MemberId
    agency: AgencyCode
    asked_at: datetime
    reason: str
    answered_by: MemberId | None = None
    answered_at: datetime | None = None
    until: datetime | None = None
    ended_at: datetime | None = None
    reviewed_by: MemberId | None = None
    reviewed_at: datetime | None = None
    review: Finding | None = None
    review_words: str = ""

    def state(self, at: datetime) -> State:
        """Return where it stands at an instant."""
        if self.answered_at is None:
            return State.WAITING if at < self.asked_at + LASTS else State.LAPSED
        if self.until is None:
            return State.DECLINED
        return State.OPEN if self.ended_at is None and at < self.until else State.ENDED

    def state_to_asker(self, at: datetime) -> State:
        """Return where it stands as who asked may know it.

        Threat T-01: that somebody said no would tell that there is such a room; so to her it
        waits for its hour, as it does where there is none.
        """
        state = self.state(at)
        if state is State.DECLINED:
            return State.WAITING if at < self.asked_at + LASTS else State.LAPSED
        return state

    @property
    def review_due(self) -> datetime | None:
        """Return the instant by which it is to be reviewed, once it was opened."""
        if self.until is None or self.answered_at is None:
            return None
        return end_of_working_day(self.answered_at, REVIEW_WORKING_DAYS)

    @property
    def needs_review(self) -> bool:
        """Say whether it was opened and nobody has reviewed it."""
        return self.until is not None and self.review is None
