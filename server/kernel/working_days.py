"""The one calendar of every clock that runs in working days, in London.

Saturdays, Sundays and the bank holidays of England and Wales are not counted, nor the days on
which this partnership is closed. A year whose bank holidays are not known yet counts them, so
that something is due sooner than it must be, never later.
"""

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files

from server.kernel.clock import london_day, london_instant

_SATURDAY = 5

_closed: set[date] = set()


def close_on(days: Iterable[date]) -> None:
    """Make these the days on which this partnership is closed, beside the bank holidays."""
    _closed.clear()
    _closed.update(days)


@cache
def bank_holidays() -> frozenset[date]:
    """Return the bank holidays of England and Wales that are known."""
    raw = json.loads(files("server.kernel").joinpath("bank_holidays.json").read_text("utf-8"))
    return frozenset(date.fromisoformat(day) for day in raw["england_and_wales"])


def is_working_day(day: date) -> bool:
    """Say whether the day is counted."""
    return day.weekday() < _SATURDAY and day not in bank_holidays() and day not in _closed


def end_of_working_day(after: datetime, number: int) -> datetime:
    """Return the instant at which so many whole working days after an instant's day are over."""
    day, left = london_day(after), number
    while left:
        day += timedelta(days=1)
        left -= is_working_day(day)
    return london_instant(day + timedelta(days=1))
