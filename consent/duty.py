"""From when the duty to share applies here: a day that somebody has confirmed. Pure.

Rule: Children Act 2004 s.16LA comes into force on a day that regulations set; until an officer
of this partnership has confirmed it, no decision can rest on it.
"""

from dataclasses import dataclass
from datetime import date, datetime

from server.kernel.ids import MemberId


@dataclass(frozen=True, slots=True)
class DutyStart:
    """The first day of the duty, as it was confirmed: by whom, and when."""

    starts_on: date
    confirmed_by: MemberId
    confirmed_at: datetime


def why_not_yet(start: DutyStart | None, today: date) -> str:
    """Return why no decision can rest on the duty today, in a sentence; "" if one can."""
    if start is None:
        return (
            "The duty to share cannot be chosen yet: nobody has confirmed from when it applies"
            " here. The information governance officer can"
        )
    if today < start.starts_on:
        day = f"{start.starts_on.day} {start.starts_on:%B %Y}"
        return f"The duty to share cannot be chosen yet: it applies from {day}"
    return ""
