"""A year of ticks against a reference calculation that knows nothing of the product's planner."""

from bisect import bisect_left
from calendar import isleap
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from attentions.models import Attention
from members.models import ImportantDate, Member
from outbox.models import Message
from tests.factories import a_builder, a_community, a_member
from tests.faults.ticking import let_go, practise, tick

# With transactions of its own: PostgreSQL cannot clean up behind itself within one of a whole year.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_folder")]
FIRST = date(2027, 2, 25)
COMMUNITIES = (("Europe/Paris", "feb28", 3), ("Pacific/Kiritimati", "mar1", 2), ("America/New_York", "feb28", 1))
ZONES = ("", "", "Asia/Tokyo", "Pacific/Pago_Pago", "America/Santiago", "Asia/Kathmandu", "Australia/Lord_Howe")
HOUR = 9


@dataclass
class Person:
    """What is on record of a member, for the reference."""

    id: UUID
    zone: str
    feb29: str
    cap: int
    days: dict[str, Any] = field(default_factory=dict)


@pytest.mark.proves(
    "R18",
    "A year of planning and sending, against an independent calculation",
    goal="what was sent (member, kind, turn), and at which tick, is exactly what a calculation without Care's planner "
    "gives: each at the first tick at or after nine of the local day",
)
def test_a_year_of_letters_is_what_an_independent_calculation_gives(line):
    count, days = line.size("members", fast=30, long=5_000), line.size("days", fast=6, long=400)
    # Neither divides a day: over a year the ticks come at any minute of it.
    pace = timedelta(minutes=line.size("minutes between ticks", fast=359, long=119))
    line.sizes["communities"] = len(COMMUNITIES)
    people = _people(line.chance, count, days)
    now = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC)
    end = now + timedelta(days=days)
    looked_at, ticks = 0, list[datetime]()
    while now < end:
        ticks.append(now)
        tick(now)
        looked_at += let_go(now)
        now += pace
    wanted = {
        (*turn, ticks[bisect_left(ticks, nine)])
        for person in people
        for *turn, nine in reference(person, until=ticks[-1])
    }
    sent = _sent()
    line.figures |= {
        "ticks": len(ticks),
        "letters sent": len(sent),
        "let go by a person": looked_at,
        "differences": len(set(sent) ^ wanted),
    }
    assert len(sent) == len(set(sent))
    assert set(sent) == wanted
    assert not Message.objects.filter(state__in=("held", "unknown", "failed")).exists()
    assert len(sent) > count / 3


def reference(person: Person, *, until: datetime) -> list[tuple[UUID, str, str, datetime]]:
    """What one member gets until then, and at nine of which of their days, from the rules as the docs tell them.

    One greeting a day, the most urgent first (birthday, anniversary, own date, welcome); no seven days in a row with
    more than the cap; what has no room waits. Nothing due before `FIRST`, when the rituals began and all were known.
    """
    due: dict[date, list[tuple[int, str, str]]] = defaultdict(list)
    for year in range(FIRST.year, until.year + 2):
        for order, kind in enumerate(("birthday", "anniversary", "own_date")):
            if kind not in person.days:
                continue
            what, month, day = person.days[kind]
            if (month, day) == (2, 29) and not isleap(year):
                month, day = (2, 28) if person.feb29 == "feb28" else (3, 1)
            turn = {
                "birthday": f"birthday:{year}",
                "anniversary": f"anniversary:{year - what}" if kind == "anniversary" else "",
                "own_date": f"date:{what}:{year}",
            }[kind]
            if kind != "anniversary" or year > what:
                due[date(year, month, day)].append((order, kind, turn))
    if "welcome" in person.days:
        due[person.days["welcome"]].append((3, "welcome", "welcome"))
    waiting: list[tuple[int, str, str]] = []
    had: list[date] = []
    letters = []
    day = FIRST
    while (nine := datetime(day.year, day.month, day.day, HOUR, tzinfo=ZoneInfo(person.zone))) <= until:
        waiting += due[day]
        if waiting and len([one for one in had if day - one < timedelta(days=7)]) < person.cap:
            waiting.sort()
            _order, kind, turn = waiting.pop(0)
            letters.append((person.id, kind, turn, nine))
            had.append(day)
        day += timedelta(days=1)
    return letters


def _sent() -> list[tuple[UUID, str, str, datetime]]:
    turns = {f"attention:{row.pk}": row for row in Attention.objects.all()}
    rows = Message.objects.filter(state="sent")
    return [(row.member_id, turns[row.origin].kind, turns[row.origin].cycle, row.sent_at) for row in rows]


def _people(chance, count: int, days: int) -> list[Person]:
    """Members of all communities; a third of them have all their days close together, so that they crowd."""
    communities = [a_community(time_zone=zone, feb29=feb29, weekly_cap=cap) for zone, feb29, cap in COMMUNITIES]
    for community in communities:
        a_builder(community)
    before = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC) - timedelta(days=5)
    for community in communities:
        for kind in ("birthday", "anniversary", "own_date", "welcome"):
            practise(community, kind, now=before, starts=FIRST, hour=HOUR)
    return [_person(chance, communities[number % 3], number, days) for number in range(count)]


def _person(chance, community, number: int, days: int) -> Person:
    middle = FIRST + timedelta(days=chance.randrange(days))

    def day() -> date:
        if number % 3 == 0:
            return middle + timedelta(days=chance.randrange(3))
        return FIRST + timedelta(days=chance.randrange(days + 10))

    born, joined, own = (day() for _ in range(3))
    month_day = (2, 29) if number % 5 == 0 else (born.month, born.day)
    is_new = number % 4 == 1
    member: Member = a_member(
        community,
        time_zone=chance.choice(ZONES),
        feb29=chance.choice(["", "feb28", "mar1"]),
        birth_month=month_day[0],
        birth_day=month_day[1],
        joined_on=joined if is_new else joined.replace(year=2020, day=min(joined.day, 28)),
        known_from=FIRST,
        welcome_on=joined if is_new else None,
    )
    kept = ImportantDate.objects.create(
        community=community, member=member, label="First day", month=own.month, day=own.day, known_from=FIRST
    )
    person = Person(
        member.pk, member.time_zone or community.time_zone, member.feb29 or community.feb29, community.weekly_cap
    )
    assert member.joined_on
    person.days = {
        "birthday": (0, *month_day),
        "anniversary": (member.joined_on.year, member.joined_on.month, member.joined_on.day),
        "own_date": (kept.pk.hex, own.month, own.day),
        **({"welcome": joined} if is_new else {}),
    }
    return person
