"""On which day a greeting goes out, when a member gets one a day and so many a week. Pure: no clock, no database.

Greetings are moved, never dropped. A week is any seven days in a row, not one of the calendar: nobody gets the
greetings of two weeks on a Sunday and a Monday.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from care.lib.days import ONE_DAY

WEEK = 7


@dataclass(frozen=True, slots=True, order=True)
class Wish:
    """That a greeting goes out on a day or as soon after it as there is room.

    In the order of these fields: the smaller priority first, then what has a day already, then the earlier.
    """

    priority: int
    is_new: bool
    day: date
    key: str


def arrange(wishes: Iterable[Wish], *, taken: Collection[date], weekly_cap: int) -> dict[str, date]:
    """A day for each wish of one member, by its key; `taken` are the days that cannot be had any more.

    More urgent wishes choose first, so a birthday moves a seasonal note and not the other way round.
    """
    days, found = set(taken), {}
    for wish in sorted(wishes):
        found[wish.key] = first_free_day(wish.day, days, weekly_cap)
        days.add(found[wish.key])
    return found


def first_free_day(wanted: date, taken: Collection[date], weekly_cap: int) -> date:
    """The first day from `wanted` on that is not taken and gives no seven days in a row more than `weekly_cap`."""
    day = wanted
    while day in taken or _fullest_week(day, taken) >= weekly_cap:
        day += ONE_DAY
    return day


def _fullest_week(day: date, taken: Collection[date]) -> int:
    """The most days taken in any seven days in a row that include `day`."""
    near = [other for other in taken if abs((other - day).days) < WEEK]
    firsts = (day - timedelta(days=back) for back in range(WEEK))
    return max(sum(first <= other < first + timedelta(days=WEEK) for other in near) for first in firsts)
