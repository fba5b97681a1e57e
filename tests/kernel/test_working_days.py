"""Working days: what is due when, in London, with the bank holidays of England and Wales."""

from datetime import date, datetime

import pytest

from server.kernel import working_days
from server.kernel.working_days import end_of_working_day, is_working_day


@pytest.mark.parametrize(
    ("after", "over"),
    [
        ("2026-06-17T08:00+00:00", "2026-06-19T23:00+00:00"),  # Wednesday, to Friday's end
        ("2026-06-18T22:59+00:00", "2026-06-22T23:00+00:00"),  # Thursday, to Monday's end
        ("2026-06-18T23:01+00:00", "2026-06-23T23:00+00:00"),  # already Friday in London
        ("2026-10-23T10:00+00:00", "2026-10-28T00:00+00:00"),  # over the end of summer time
        ("2026-10-24T10:00+00:00", "2026-10-28T00:00+00:00"),  # on a Saturday
        ("2026-04-02T10:00+00:00", "2026-04-08T23:00+00:00"),  # before Good Friday, to Wednesday
        ("2026-12-24T10:00+00:00", "2026-12-31T00:00+00:00"),  # Christmas, and Boxing Day moved
    ],
)
def test_two_working_days_are_over_at_the_end_of_the_second(after, over):
    assert end_of_working_day(datetime.fromisoformat(after), 2) == datetime.fromisoformat(over)


def test_a_day_on_which_the_partnership_is_closed_is_not_counted():
    closed = date(2026, 6, 18)
    assert is_working_day(closed)

    working_days.close_on([closed])
    try:
        assert not is_working_day(closed)
        over = end_of_working_day(datetime.fromisoformat("2026-06-17T08:00+00:00"), 2)
        assert over == datetime.fromisoformat("2026-06-22T23:00+00:00")
    finally:
        working_days.close_on([])


def test_every_bank_holiday_that_is_known_is_a_day_of_the_week():
    assert len(working_days.bank_holidays()) == 8 * 4
    assert all(day.weekday() < 5 for day in working_days.bank_holidays())
