"""Days and local hours, for every zone and every edge we know of."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from care.lib import days
from care.lib.days import Window

pytestmark = pytest.mark.once

ZONES = sorted(days.zone_names())
zones = st.sampled_from(ZONES)
dates = st.dates(date(1990, 1, 1), date(2040, 12, 31))


@pytest.mark.parametrize(
    ("day", "hour", "zone", "expected"),
    [
        (date(2026, 3, 29), 2, "Europe/Paris", datetime(2026, 3, 29, 1, 0)),  # skipped: 03:00 summer time
        (date(2026, 10, 25), 2, "Europe/Paris", datetime(2026, 10, 25, 0, 0)),  # twice: the first
        (date(2026, 9, 6), 0, "America/Santiago", datetime(2026, 9, 6, 4, 0)),  # midnight skipped
        (date(2011, 12, 30), 9, "Pacific/Apia", datetime(2011, 12, 30, 19, 0)),  # a day that never was
        (date(2028, 2, 29), 9, "Pacific/Auckland", datetime(2028, 2, 28, 20, 0)),
        (date(2026, 1, 1), 9, "Pacific/Kiritimati", datetime(2025, 12, 31, 19, 0)),
    ],
)
def test_a_local_hour_becomes_the_right_instant(day, hour, zone, expected):
    assert days.at_hour(day, hour, zone) == expected.replace(tzinfo=UTC)


@given(day=dates, hour=st.integers(6, 21), zone=zones)
def test_a_send_hour_falls_on_its_day_or_on_the_next_that_exists(day, hour, zone):
    instant = days.at_hour(day, hour, zone)
    local = instant.astimezone(ZoneInfo(zone))
    assert instant.tzinfo is UTC
    assert local.date() == day or zone in {"Pacific/Apia", "Pacific/Kwajalein", "Kwajalein"} or local.date() > day
    if local.date() == day:
        assert local.hour >= hour


@given(day=st.dates(date(2020, 1, 1), date(2035, 12, 31)), hour=st.integers(6, 21), zone=zones)
def test_in_our_years_a_send_hour_is_exactly_that_hour_of_that_day(day, hour, zone):
    local = days.at_hour(day, hour, zone).astimezone(ZoneInfo(zone))
    assert (local.date(), local.hour, local.minute) == (day, hour, 0)


@given(day=dates, zone=zones)
def test_days_follow_one_another_without_a_hole(day, zone):
    assert days.start_of_day(day, zone) <= days.start_of_day(day + timedelta(days=1), zone)


@given(
    month_day=st.dates(date(2024, 1, 1), date(2024, 12, 31)),
    year=st.integers(1990, 2090),
    feb29=st.sampled_from(["feb28", "mar1"]),
)
def test_every_yearly_day_falls_once_in_every_calendar_year(month_day, year, feb29):
    window = Window(date(year, 1, 1), date(year, 12, 31))
    found = list(days.yearly(month_day.month, month_day.day, window, feb29=feb29))
    assert len(found) == 1
    assert found[0].year == year


@given(first=dates, length=st.integers(0, 800), month_day=st.dates(date(2024, 1, 1), date(2024, 12, 31)))
def test_the_narrowing_by_month_and_day_never_misses_one(first, length, month_day):
    window = Window(first, first + timedelta(days=length))
    for feb29 in ("feb28", "mar1"):
        if any(days.yearly(month_day.month, month_day.day, window, feb29=feb29)):
            assert (month_day.month, month_day.day) in days.month_days(window)


def test_30_february_does_not_exist_and_29_does_without_a_year():
    assert not days.exists(2, 30)
    assert days.exists(2, 29)
    assert not days.exists(2, 29, 2027)
    assert not days.exists(13, 1)
