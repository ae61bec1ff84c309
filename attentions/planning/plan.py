"""What is due, for whom and when: pure arithmetic over the candidates of one ritual."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from attentions.kinds.base import Kind, MemberRow, Row
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


def plan(kind: Kind[Row], rule: Rule, rows: Iterable[Row], window: Window) -> Iterator[Planned]:
    """Every turn of these members inside the window, from the ritual's start and from when we knew each of them.

    Pure: no clock and no database, and the same input gives the same turns.
    """
    for row in rows:
        first = max(rule.effective_from, row.known_from)
        for turn in kind.occurrences(row, window):
            if turn.due_on >= first:
                yield _planned(row, rule, turn.cycle, turn.due_on, turn.detail)


def _planned(row: MemberRow, rule: Rule, cycle: str, due_on: date, detail: str) -> Planned:
    due_at, expires_at = _instants(due_on, rule.hour, rule.late_days, row.zone)
    channel = "email" if rule.by_mail and row.by_mail else "by_hand"
    return Planned(row.id, cycle, due_on, due_at, expires_at, channel, detail)


@lru_cache(maxsize=20_000)
def _instants(due_on: date, hour: int, late_days: int, zone: str) -> tuple[datetime, datetime]:
    """When it is due, and the end of its last welcome day, both in the member's zone."""
    due_at = days.at_hour(due_on, hour, zone)
    return due_at, days.start_of_day(days.local_day(due_at, zone) + timedelta(days=late_days + 1), zone)


def window_at(now: datetime, *, late_days: int, ahead: int, planned_through: date | None) -> Window:
    """The days to look at: from the late window, or further back to where planning stopped, to `ahead` days from now.

    Local dates span from UTC-12 to UTC+14 at one instant; the window holds them all.
    """
    earliest, latest = (now - timedelta(hours=12)).date(), (now + timedelta(hours=14)).date()
    first = earliest - timedelta(days=late_days + 1)
    if planned_through is not None:
        first = min(first, planned_through + days.ONE_DAY)
    return Window(first, latest + timedelta(days=ahead))
