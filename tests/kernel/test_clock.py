from datetime import UTC, date, datetime, timedelta

from server.kernel import clock


def test_now_is_aware_and_in_utc():
    assert clock.now().utcoffset() == timedelta(0)


def test_a_summer_evening_in_utc_is_already_the_next_day_in_london():
    assert clock.london_day(datetime(2026, 6, 17, 23, 30, tzinfo=UTC)) == date(2026, 6, 18)


def test_a_london_wall_clock_time_becomes_the_right_instant_in_summer_and_winter():
    assert clock.london_instant(date(2026, 6, 17), 10) == datetime(2026, 6, 17, 9, tzinfo=UTC)
    assert clock.london_instant(date(2026, 12, 17), 10) == datetime(2026, 12, 17, 10, tzinfo=UTC)


def test_a_moved_clock_runs_on_from_where_it_was_set_and_is_put_back():
    moment = datetime(2020, 2, 29, 12, tzinfo=UTC)

    with clock.moved_to(moment):
        assert moment <= clock.now() < moment + timedelta(seconds=5)
        assert clock.today() == date(2020, 2, 29)

    assert clock.now().year >= 2025
