"""What a ritual would do over a year, counted in a time that does not grow with the community.

Members who share the facts of the kind share their turns: the database counts them, and a few hundred groups are worked
out. Of up to `WHOLE` members every number is exact. Beyond that the year is looked at in parts (today, the next two
weeks, each month), no more than `MOST` turns of each: a community of a million gets its page in the same time, and the
page says "more than".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Count, DateField, Q, Value
from django.db.models.functions import Greatest

from attentions.kinds import Kind
from attentions.models import Ritual
from attentions.planning.plan import Planned, Rule, plan, turns
from attentions.planning.run import inside
from care.lib.days import ONE_DAY, Window, in_year, local_day
from members.models import Member
from members.querysets import MemberQuerySet
from outbox.models import OptOut
from outbox.querysets import refuses

SOON = timedelta(days=14)
FIRST = 8
WHOLE = 10_000
MOST = 1_000
READ = 400


@dataclass(slots=True)
class Month:
    """The turns that fall into one calendar month; with `is_more`, at least one more than `count`."""

    first: date
    count: int = 0
    is_more: bool = False


@dataclass(slots=True)
class Outlook:
    """What would happen from `today` on, in the community's calendar.

    `first` are the first turns of the next two weeks by the community's day; `by_hand` and `without_zone`
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
    parts, year = list(_parts(reader.today)), Window(reader.today, _last_day(reader.today))
    found = Outlook(reader.today, reader.zone, months=list(_months(reader.today)))
    groups = reader.groups([year], at_most=WHOLE)
    if sum(group.number for group in groups) > WHOLE:
        groups = reader.groups(parts, at_most=MOST)
        _count(found, groups, parts, at_most=MOST)
    else:
        _count(found, groups, [year], at_most=WHOLE)
    soon = [window for window in parts if window.first <= reader.today + SOON]
    found.first = list(islice(reader.in_order(soon), FIRST))
    found.left_out = _left_out(reader, year, now=now)
    return found


@dataclass(frozen=True, slots=True)
class _Group:
    """So many members with the same turns in a part of the year: all by hand or none, all with a zone or none."""

    part: int
    days: Sequence[date]
    number: int
    is_by_hand: bool
    has_zone: bool


class _Reader:
    """Reads the turns of one ritual, counted or one by one."""

    def __init__(self, ritual: Ritual, kind: Kind[Any], *, now: datetime) -> None:
        self.ritual, self.kind = ritual, kind
        self.zone = ritual.community.time_zone
        self.today = local_day(now, self.zone)
        start = ritual.effective_from if ritual.is_on and ritual.effective_from else self.today
        self.rule = Rule(start, ritual.hour, ritual.late_days, by_mail=ritual.channel == "email")
        members = inside(ritual, Member.objects.of(ritual.community).for_planning(), now=now)
        self.members = members.exclude(refuses(ritual.kind, now=now))

    def groups(self, windows: Sequence[Window], *, at_most: int) -> list[_Group]:
        """Who may have turns in these windows, by what they have in common; of each window one more than `at_most`."""
        first, *others = [self._shared(window, at_most, part=part) for part, window in enumerate(windows)]
        found = []
        for since, by_mail, has_zone, *facts, number, part in first.union(*others, all=True):
            its = turns(self.kind, self.rule, self.kind.facts(*facts), windows[part])
            days = [turn.due_on for turn in its if turn.due_on >= since]
            found.append(_Group(part, days, number, not (self.rule.by_mail and by_mail), has_zone))
        return found

    def _shared(self, window: Window, at_most: int, *, part: int) -> MemberQuerySet:
        """What tells candidates apart, and how many have it in common. The names are none that a kind has."""
        some = self.kind.candidates(self.members, window).order_by().values("pk")[: at_most + 1]
        rows = self.kind.candidates(Member.objects.for_planning().filter(pk__in=some), window).order_by()
        since = Greatest("known_from", Value(window.first, DateField()))
        rows = rows.annotate(shared_zone=~Q(time_zone=""), shared_since=since)
        shared = rows.values_list("shared_since", "by_mail", "shared_zone", *self.kind.facts._fields)
        counted: MemberQuerySet = shared.annotate(shared_number=Count("pk"), shared_part=Value(part))
        return counted

    def in_order(self, windows: Iterable[Window]) -> Iterator[Planned]:
        """Turns window by window, in each as they fall due. Of one with more than READ some are not seen."""
        for window in windows:
            found = plan(self.kind, self.rule, self.kind.read(self.members, window), window)
            yield from sorted(islice(found, READ), key=lambda turn: (turn.due_at, turn.member_id))


def _count(found: Outlook, groups: Iterable[_Group], parts: Sequence[Window], *, at_most: int) -> None:
    left, seen = Counter(dict.fromkeys(range(len(parts)), at_most)), Counter[int]()
    for group in groups:
        seen[group.part] += group.number
        for day in group.days:
            number = min(group.number, left[group.part])
            left[group.part] -= number
            _month(found, day).count += number
            _month(found, day).is_more |= number < group.number
            found.soon += number * (day <= found.today + SOON)
            found.on_the_day += number * (day == found.today)
            found.by_hand += number * group.is_by_hand
            found.without_zone += number * (not group.has_zone)
    for part, number in seen.items():
        _month(found, parts[part].first).is_more |= number > at_most  # not all were looked at


def first_turns(ritual: Ritual, kind: Kind[Any], *, now: datetime, count: int) -> list[Planned]:
    """The next turns of different members, soonest first; fewer when there are not as many within a year."""
    reader = _Reader(ritual, kind, now=now)
    found: dict[UUID, Planned] = {}
    for turn in reader.in_order(_parts(reader.today)):
        found.setdefault(turn.member_id, turn)
        if len(found) == count:
            break
    return list(found.values())


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


def _left_out(reader: _Reader, year: Window, *, now: datetime) -> int:
    """How many would have a turn this year but asked not to be written to, among MOST of those who asked."""
    kind, asked = reader.kind, _who_asked(reader.ritual, now=now)
    rows = kind.candidates(Member.objects.filter(pk__in=asked).with_feb29(), year).order_by()
    return len(
        {
            pk
            for pk, since, *facts in rows.values_list("pk", "known_from", *kind.facts._fields)
            if any(turn.due_on >= since for turn in turns(kind, reader.rule, kind.facts(*facts), year))
        }
    )


def _who_asked(ritual: Ritual, *, now: datetime) -> list[UUID]:
    """Members the ritual is for who want none of this kind, or nothing at all; MOST of them."""
    members = inside(ritual, Member.objects.of(ritual.community).active(), now=now).order_by().values_list("pk")
    declined = OptOut.objects.in_force(now).filter(community=ritual.community, category__in=(ritual.kind, OptOut.ALL))
    found = [pk for (pk,) in members.filter(pk__in=declined.values("member"))[:MOST]]
    return found + [pk for (pk,) in members.filter(reachable="suppressed")[: MOST - len(found)]]
