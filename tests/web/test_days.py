"""Days and times as people type them."""

from datetime import date, time

import pytest

from server.kernel.errors import Invalid
from web.days import read_day, read_time


def test_a_day_is_read_from_its_three_fields():
    assert read_day(("7", "06", "2026")) == date(2026, 6, 7)
    assert read_day(("", "", "")) is None


@pytest.mark.parametrize(
    "typed",
    [
        ("31", "2", "2026"),
        ("7", "", "2026"),
        ("7", "June", "2026"),
        ("\u0667", "6", "2026"),
        ("1_0", "6", "2026"),
        ("1", "1", "0"),
        ("1", "1", "20266"),
    ],
)
def test_what_is_no_day_of_the_calendar_is_no_day(typed):
    with pytest.raises(Invalid, match="real date"):
        read_day(typed)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("10:00", time(10)),
        ("9.05", time(9, 5)),
        ("2.30pm", time(14, 30)),
        ("9 AM", time(9)),
        ("12pm", time(12)),
        ("12.15am", time(0, 15)),
        ("23:59", time(23, 59)),
    ],
)
def test_a_time_is_read_as_people_write_it(typed, meant):
    assert read_time(typed) == meant


def test_no_time_is_none():
    assert read_time("") is None


@pytest.mark.parametrize(
    "typed", ["10", "tea", "25:00", "10:60", "13pm", "0am", "10:0", "10:00:00"]
)
def test_what_could_be_morning_or_afternoon_or_nothing_is_asked_again(typed):
    with pytest.raises(Invalid, match="like 10:00"):
        read_time(typed)
