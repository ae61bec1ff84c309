"""What a ritual would do: its turns of the next twelve months, counted in one pass that never grows without bound.

The first two weeks are read day by day, the rest month by month, each through the kind's own index, and no more than
`MOST` turns of each: a community of a million gets the same page in the same time, which then says "more than".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, F, Q, Value

from attentions.kinds import Kind
from attentions.kinds.base import MemberRow
from attentions.models import Ritual
from attentions.planning.plan import Planned, Rule, plan
from care.lib.days import ONE_DAY, Window, in_year, local_day
from members import audiences
from members.models import Member
from members.querysets import MemberQuerySet
from outbox.querysets import refuses

SOON = timedelta(days=14)
FIRST = 20
MOST = 5_000


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
    zone = ritual.community.time_zone
    today = local_day(now, zone)
    start = ritual.effective_from if ritual.is_on and ritual.effective_from else today
    rule = Rule(start, ritual.hour, ritual.late_days, by_mail=ritual.channel == "email")
    members = inside(ritual, Member.objects.of(ritual.community).for_planning(), now=now)
    wanted = members.exclude(refuses(ritual.kind, now=now)).annotate(their_zone=F("time_zone"))
    found = Outlook(today, zone)
    for window in _windows(today):
        found.months += [Month(window.first.replace(day=1))] if _begins_month(found, window) else []
        _count(found, window, kind=kind, rule=rule, members=wanted, now=now)
    found.left_out = _left_out(ritual, kind, now=now, today=today)
    return found


def inside(ritual: Ritual, members: MemberQuerySet, *, now: datetime) -> MemberQuerySet:
    """Those of `members` who are in the ritual's audience; all of them when it has none."""
    if ritual.audience is None:
        return members
    today = local_day(now, ritual.community.time_zone)
    return audiences.apply(audiences.parse(ritual.audience.filter), members, today=today, now=now)


def first_turns(ritual: Ritual, kind: Kind[Any], *, now: datetime, count: int) -> list[Planned]:
    """The next turns of different members, soonest first; fewer when there are not as many within a year."""
    today = local_day(now, ritual.community.time_zone)
    rule = Rule(today, ritual.hour, ritual.late_days, by_mail=ritual.channel == "email")
    members = inside(ritual, Member.objects.of(ritual.community).for_planning(), now=now)
    found: dict[UUID, Planned] = {}
    for window in _windows(today):
        turns = islice(plan(kind, rule, kind.candidates(members, window), window), MOST)
        for turn in sorted(turns, key=_order):
            found.setdefault(turn.member_id, turn)
        if len(found) >= count:
            break
    return list(found.values())[:count]


def _windows(today: date) -> Iterator[Window]:
    """The days of the next two weeks one by one, then what is left of each month of the year."""
    first, last = today, _last_day(today)
    while first <= last:
        soon = first <= today + SOON
        end = first if soon else min(_next_month(first) - ONE_DAY, last)
        yield Window(first, end)
        first = end + ONE_DAY


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _last_day(today: date) -> date:
    """The day before the same day next year, so that a yearly turn comes up once."""
    return in_year(today.month, today.day, today.year + 1, feb29="mar1") - ONE_DAY


def _begins_month(found: Outlook, window: Window) -> bool:
    return not found.months or found.months[-1].first != window.first.replace(day=1)


def _count(
    found: Outlook, window: Window, *, kind: Kind[Any], rule: Rule, members: MemberQuerySet, now: datetime
) -> None:
    without_zone: set[UUID] = set()
    rows = _with_zone(kind.candidates(members, window), found.zone, without_zone)
    turns = list(islice(plan(kind, rule, rows, window), MOST + 1))
    month = found.months[-1]
    month.is_more |= len(turns) > MOST
    turns = turns[:MOST]
    month.count += len(turns)
    found.by_hand += sum(turn.channel == "by_hand" for turn in turns)
    found.without_zone += sum(turn.member_id in without_zone for turn in turns)
    if window.first == found.today:
        found.on_the_day = len(turns)
    if window.first <= found.today + SOON:
        found.soon += len(turns)
        if len(found.first) < FIRST:
            found.first += sorted(turns, key=_order)[: FIRST - len(found.first)]


def _order(turn: Planned) -> tuple[Any, ...]:
    return (turn.due_at, turn.member_id)


def _with_zone(rows: Iterable[MemberRow], zone: str, without: set[UUID]) -> Iterator[MemberRow]:
    """The rows with the community's zone where a member has none; those members are noted in `without`."""
    for row in rows:
        if row.zone:
            yield row
        else:
            without.add(row.id)
            yield replace(row, zone=zone)


def _left_out(ritual: Ritual, kind: Kind[Any], *, now: datetime, today: date) -> int:
    """How many would have a turn this year but asked not to be written to, counted no further than MOST."""
    asked = (
        Member.objects.of(ritual.community)
        .active()
        .filter(Q(reachable="suppressed") | Q(refuses(ritual.kind, now=now)))
    )
    members = inside(ritual, asked, now=now).with_zone().with_feb29()
    members = members.annotate(by_mail=Value(False, output_field=BooleanField()))
    window = Window(today, _last_day(today))
    rule = Rule(today, ritual.hour, ritual.late_days)
    turns = islice(plan(kind, rule, kind.candidates(members, window), window), MOST)
    return len({turn.member_id for turn in turns})
