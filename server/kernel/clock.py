"""What time it is. Instants are aware and in UTC; days are London days."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

_offset = timedelta(0)


def now() -> datetime:
    """Return this instant, aware, in UTC."""
    return datetime.now(UTC) + _offset


def london_day(instant: datetime) -> date:
    """Return the day in London on which the instant falls."""
    return instant.astimezone(LONDON).date()


def today() -> date:
    """Return the day it is in London."""
    return london_day(now())


def london_instant(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """Return the instant, in UTC, of a London wall-clock time."""
    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=LONDON)
    return local.astimezone(UTC)


@contextmanager
def moved_to(instant: datetime) -> Iterator[None]:
    """Move the clock, so that it reads `instant` now and runs on from there.

    The demo dates its four weeks of history this way, and tests meet expiry and midnight.
    """
    global _offset  # noqa: PLW0603  one clock for the whole server, that is the point of it
    before = _offset
    _offset = instant - datetime.now(UTC)
    try:
        yield
    finally:
        _offset = before
