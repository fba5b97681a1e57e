"""Days and times as somebody types them: a day in three fields, a time of day in one."""

import re
from collections.abc import Sequence
from datetime import date, time

from server.kernel.errors import Invalid
from web.forms import Form

PARTS = ("day", "month", "year")
LONGEST_NUMBER = 4
NOON = 12
REAL_DAY = "Enter a real date, such as 27 6 2026"
TIME_LIKE = "Enter the time of the meeting, like 10:00"

_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?", re.ASCII | re.IGNORECASE)


def typed_day(form: Form, prefix: str) -> dict[str, str]:
    """Return the three fields of a day as they were typed: `day`, `month`, `year`."""
    return {part: form.text(f"{prefix}-{part}") for part in PARTS}


def read_day(typed: Sequence[str]) -> date | None:
    """Read day, month and year; None if nothing was typed.

    Raises:
        Invalid: it is no day of the calendar.
    """
    if not any(typed):
        return None
    if not all(_is_number(one) for one in typed):
        raise Invalid({"day": REAL_DAY})
    day, month, year = (int(one) for one in typed)
    try:
        return date(year, month, day)
    except ValueError as fault:
        raise Invalid({"day": REAL_DAY}) from fault


def read_time(typed: str) -> time | None:
    """Read a time of day as people write it: 10:00, 2.30pm, 9 am; None if nothing was typed.

    Raises:
        Invalid: it is no time of day, or a bare number that could be morning or afternoon.
    """
    if not typed:
        return None
    found = _TIME.fullmatch(typed)
    if found is None or (found[2] is None and found[3] is None):
        raise Invalid({"time": TIME_LIKE})
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half:
        if not 1 <= hour <= NOON:
            raise Invalid({"time": TIME_LIKE})
        hour = hour % NOON + (NOON if half == "pm" else 0)
    try:
        return time(hour, minute)
    except ValueError as fault:
        raise Invalid({"time": TIME_LIKE}) from fault


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER
