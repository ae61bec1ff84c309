"""Arithmetic of days, months and local hours. Pure: no clock, no database, no settings."""

from calendar import isleap, monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

Feb29 = Literal["feb28", "mar1"]
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """The days from `first` to `last`, both included."""

    first: date
    last: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last

    def __iter__(self) -> Iterator[date]:
        day = self.first
        while day <= self.last:
            yield day
            day += ONE_DAY

    @property
    def years(self) -> range:
        return range(self.first.year, self.last.year + 1)


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """The time zones this machine knows, by their tzdata names."""
    return frozenset(name for name in available_timezones() if name not in {"localtime", "Factory"})


def local_day(instant: datetime, zone: str) -> date:
    """The calendar date at `instant` for somebody in `zone`."""
    return instant.astimezone(ZoneInfo(zone)).date()


def at_hour(day: date, hour: int, zone: str) -> datetime:
    """The UTC instant at which it is `hour` o'clock on `day` in `zone`.

    In the hour that a spring change skips: the first minute after it. In the hour that an autumn change repeats: the
    first of the two. On a date that a zone never had (Apia, 30 December 2011): the same hour of the next one.
    """
    info = ZoneInfo(zone)
    local = datetime.combine(day, time(hour), tzinfo=info)
    instant = local.astimezone(UTC)
    if instant.astimezone(info).replace(tzinfo=None) == local.replace(tzinfo=None):
        return instant
    # The wall clock jumped over this hour. Read with the offset after the jump (`fold=1`) it lies before the jump, read
    # with the one before (`fold=0`) it lies after: the jump is found between the two.
    low, high = int(local.replace(fold=1).timestamp()), int(instant.timestamp())
    before = datetime.fromtimestamp(low, info).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, info).utcoffset() == before:
            low = middle
        else:
            high = middle
    landed = datetime.fromtimestamp(high, info)
    return landed.astimezone(UTC) if landed.date() == day else at_hour(landed.date(), hour, zone)


def start_of_day(day: date, zone: str) -> datetime:
    """The first instant of `day` in `zone`, in UTC."""
    return at_hour(day, 0, zone)


def exists(month: int, day: int, year: int | None = None) -> bool:
    """Whether there is such a day; without a year, 29 February counts."""
    if not 1 <= month <= 12:
        return False
    return 1 <= day <= monthrange(2024 if year is None else year, month)[1]


def in_year(month: int, day: int, year: int, *, feb29: Feb29) -> date:
    """The date on which a yearly day falls in `year`; a 29 February in a common year falls where `feb29` says."""
    if (month, day) == (2, 29) and not isleap(year):
        return date(year, 2, 28) if feb29 == "feb28" else date(year, 3, 1)
    return date(year, month, day)


def yearly(month: int, day: int, window: Window, *, feb29: Feb29) -> Iterator[date]:
    """The dates inside `window` on which a yearly day falls: one in each calendar year."""
    for year in window.years:
        due = in_year(month, day, year, feb29=feb29)
        if due in window:
            yield due


def years_before(day: date, years: int) -> date:
    """The same day so many years before; 1 March for a 29 February that year did not have."""
    return in_year(day.month, day.day, day.year - years, feb29="mar1")


def month_days(window: Window) -> set[tuple[int, int]]:
    """The (month, day) pairs whose yearly day can fall inside `window`, with 29 February beside its stand-ins."""
    if window.last - window.first >= timedelta(days=366):
        return {(month, day) for month in range(1, 13) for day in range(1, monthrange(2024, month)[1] + 1)}
    pairs = {(day.month, day.day) for day in window}
    if pairs & {(2, 28), (3, 1)}:
        pairs.add((2, 29))
    return pairs
