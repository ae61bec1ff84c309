"""What a ritual would do over a year, counted in one pass that does not grow with the community.

Up to `WHOLE` turns the year is read at once and every number is exact. Beyond that it is read in parts (today, the next
two weeks, each month), no more than `MOST` turns of each: a community of a million gets its page in the same time, and
the page says "over".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from heapq import nsmallest
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, F, Q, Value

from attentions.kinds import Kind
from attentions.kinds.base import Candidate
from attentions.models import Ritual
from attentions.planning.plan import Planned, Rule, plan
from attentions.planning.run import inside
from care.lib.days import ONE_DAY, Window, in_year, local_day
from members.models import Member
from outbox.querysets import refuses

SOON = timedelta(days=14)
FIRST = 20
WHOLE = 10_000
MOST = 1_000


@dataclass(slots=True)
class Month:
    """The turns that fall into one calendar month; with `is_more`, at least one more than `count`."""

    first: date
    count: int = 0
    is_more: bool = False


@dataclass(slots=True)
class Outlook:
    """What would happen from `today` on, in the community's calendar.

    `first` are the first turns of the next two weeks in the order they fall due; `by_hand` and `without_zone`
    count turns among all that were counted: for a person to do, and at the community's hour. `left_out` are people who
    would have a turn but asked not to be written to.
    """

    today: date
    zone: str
    months: list[Month] = field(default_factory=list)
    first: list[Planned] = field(default_factory=list)
    soon: int = 0
    on_the_day: int = 0
    by_hand: int = 0
    without_zone: int = 0
    left_out: int = 0

    @property
    def total(self) -> int:
        return sum(month.count for month in self.months)

    @property
    def is_more(self) -> bool:
        return any(month.is_more for month in self.months)

    @property
    def most(self) -> int:
        """The fullest month, for the length of the bars; at least 1."""
        return max((month.count for month in self.months), default=0) or 1


def outlook(ritual: Ritual, kind: Kind[Any], *, now: datetime) -> Outlook:
    """What this ritual, saved or not, would do or does, as if it were on since today at the latest."""
    reader = _Reader(ritual, kind, now=now)
    found = Outlook(reader.today, reader.zone, months=list(_months(reader.today)))
    year = Window(reader.today, _last_day(reader.today))
    turns = reader.turns(year, at_most=WHOLE + 1)
    if len(turns) <= WHOLE:
        _count(found, turns, reader.without_zone)
    else:
        for window in _parts(reader.today):
            turns = reader.turns(window, at_most=MOST + 1)
            _count(found, turns[:MOST], reader.without_zone)
            _month(found, window.first).is_more |= len(turns) > MOST
    found.left_out = _left_out(ritual, kind, year, now=now)
    return found


class _Reader:
    """Plans turns of one ritual, and notes which members have no zone of their own."""

    def __init__(self, ritual: Ritual, kind: Kind[Any], *, now: datetime) -> None:
        self.kind = kind
        self.zone = ritual.community.time_zone
        self.today = local_day(now, self.zone)
        start = ritual.effective_from if ritual.is_on and ritual.effective_from else self.today
        self.rule = Rule(start, ritual.hour, ritual.late_days, by_mail=ritual.channel == "email")
        members = inside(ritual, Member.objects.of(ritual.community).for_planning(), now=now)
        self.members = members.exclude(refuses(ritual.kind, now=now)).annotate(their_zone=F("time_zone"))
        self.without_zone: set[UUID] = set()

    def turns(self, window: Window, *, at_most: int) -> list[Planned]:
        rows = self._with_zone(self.kind.read(self.members, window))
        return list(islice(plan(self.kind, self.rule, rows, window), at_most))

    def _with_zone(self, rows: Iterable[Candidate[Any]]) -> Iterator[Candidate[Any]]:
        """The rows, with the community's zone where a member has none."""
        for row in rows:
            if row.zone:
                yield row
            else:
                self.without_zone.add(row.id)
                yield replace(row, zone=self.zone)


def _count(found: Outlook, turns: list[Planned], without_zone: set[UUID]) -> None:
    soon = [turn for turn in turns if turn.due_on <= found.today + SOON]
    for turn in turns:
        _month(found, turn.due_on).count += 1
    found.by_hand += sum(turn.channel == "by_hand" for turn in turns)
    found.without_zone += sum(turn.member_id in without_zone for turn in turns)
    found.on_the_day += sum(turn.due_on == found.today for turn in soon)
    found.soon += len(soon)
    found.first = nsmallest(FIRST, [*found.first, *soon], key=_order)


def first_turns(ritual: Ritual, kind: Kind[Any], *, now: datetime, count: int) -> list[Planned]:
    """The next turns of different members, soonest first; fewer when there are not as many within a year."""
    reader = _Reader(ritual, kind, now=now)
    found: dict[UUID, Planned] = {}
    for window in _parts(reader.today):
        for turn in sorted(reader.turns(window, at_most=MOST), key=_order):
            found.setdefault(turn.member_id, turn)
        if len(found) >= count:
            break
    return list(found.values())[:count]


def _order(turn: Planned) -> tuple[Any, ...]:
    return (turn.due_at, turn.member_id)


def _parts(today: date) -> Iterator[Window]:
    """Today, the next two weeks, what is left of each month of the year; no part reaches over the end of a month."""
    first, last = today, _last_day(today)
    while first <= last:
        ends = (today, today + SOON, _next_month(first) - ONE_DAY, last)
        end = min(day for day in ends if day >= first)
        yield Window(first, end)
        first = end + ONE_DAY


def _months(today: date) -> Iterator[Month]:
    first = today.replace(day=1)
    while first <= _last_day(today):
        yield Month(first)
        first = _next_month(first)


def _month(found: Outlook, day: date) -> Month:
    start = found.months[0].first
    return found.months[(day.year - start.year) * 12 + day.month - start.month]


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _last_day(today: date) -> date:
    """The day before the same day next year, so that a yearly turn comes up once."""
    return in_year(today.month, today.day, today.year + 1, feb29="mar1") - ONE_DAY


def _left_out(ritual: Ritual, kind: Kind[Any], year: Window, *, now: datetime) -> int:
    """How many would have a turn this year but asked not to be written to, counted no further than MOST."""
    asked = Member.objects.of(ritual.community).active()
    asked = asked.filter(Q(reachable="suppressed") | Q(refuses(ritual.kind, now=now)))
    members = inside(ritual, asked, now=now).with_zone().with_feb29()
    members = members.annotate(by_mail=Value(False, output_field=BooleanField()))
    rule = Rule(year.first, ritual.hour, ritual.late_days)
    turns = islice(plan(kind, rule, kind.read(members, year), year), MOST)
    return len({turn.member_id for turn in turns})
