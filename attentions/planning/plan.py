"""What is due, for whom and when: pure arithmetic over the candidates of one ritual."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from attentions.kinds.base import Candidate, Facts, Kind, Occurrence
from care.lib import days
from care.lib.days import Window


@dataclass(frozen=True, slots=True)
class Rule:
    """What planning needs to know of a ritual. `by_mail`: it writes mails; otherwise a person does it by hand."""

    effective_from: date
    hour: int
    late_days: int
    by_mail: bool = True


@dataclass(frozen=True, slots=True)
class Planned:
    """A turn as it should stand in the database. Instants are UTC; after `expires_at` it is of no use."""

    member_id: UUID
    cycle: str
    due_on: date
    due_at: datetime
    expires_at: datetime
    channel: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Hours:
    """From when to when a turn of this day is of use in one zone."""

    due_on: date
    due_at: datetime
    expires_at: datetime


def turns(kind: Kind[Facts], rule: Rule, facts: Facts, window: Window) -> Iterator[Occurrence]:
    """The turns inside the window of everybody with these facts, from the ritual's start.

    Pure: no clock and no database, and the same input gives the same turns. They are for those only whom we knew by
    their day.
    """
    return (one for one in kind.occurrences(facts, window) if one.due_on >= rule.effective_from)


@lru_cache(maxsize=20_000)
def hours(rule: Rule, due_on: date, zone: str) -> Hours:
    """From the ritual's hour of this day to the end of its last welcome day, both in the zone."""
    due_at = days.at_hour(due_on, rule.hour, zone)
    last = days.local_day(due_at, zone) + timedelta(days=rule.late_days)
    return Hours(due_on, due_at, days.start_of_day(last + days.ONE_DAY, zone))


def plan(kind: Kind[Facts], rule: Rule, members: Iterable[Candidate[Facts]], window: Window) -> Iterator[Planned]:
    """Every turn of these members inside the window, from the ritual's start and from when we knew each of them."""
    for member in members:
        channel = "email" if rule.by_mail and member.by_mail else "by_hand"
        for turn in turns(kind, rule, member.facts, window):
            if turn.due_on >= member.known_from:
                its = hours(rule, turn.due_on, member.zone)
                yield Planned(member.id, turn.cycle, turn.due_on, its.due_at, its.expires_at, channel, turn.detail)


def window_at(now: datetime, *, late_days: int, ahead: int, planned_through: date | None) -> Window:
    """The days to look at: from the late window, or further back to where planning stopped, to `ahead` days from now.

    Local dates span from UTC-12 to UTC+14 at one instant; the window holds them all.
    """
    earliest, latest = (now - timedelta(hours=12)).date(), (now + timedelta(hours=14)).date()
    first = earliest - timedelta(days=late_days + 1)
    if planned_through is not None:
        first = min(first, planned_through + days.ONE_DAY)
    return Window(first, latest + timedelta(days=ahead))
