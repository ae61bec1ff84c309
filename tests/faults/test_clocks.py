"""Clocks that jump, stumble over a change of the hour, or stand at the edge of the date line."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from attentions.models import Attention
from members.models import Community, Member
from outbox.models import Install, Message
from outbox.services import release_brake, resume_sending
from tests.factories import a_builder, a_community, a_member
from tests.faults.ticking import practise, tick

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder"), pytest.mark.long]
MORNING = datetime(2027, 5, 3, 12, tzinfo=UTC)
JUMPS = 3
HOUR = timedelta(hours=1)
# Zones whose clocks change in 2027, each with the day of one change.
CHANGES = (
    ("Europe/Paris", date(2027, 3, 28)),
    ("America/New_York", date(2027, 3, 14)),
    ("America/Santiago", date(2027, 9, 5)),
    ("America/Havana", date(2027, 3, 14)),
    ("Australia/Lord_Howe", date(2027, 4, 4)),
    ("Pacific/Auckland", date(2027, 4, 4)),
    ("Africa/Cairo", date(2027, 4, 30)),
    ("Asia/Beirut", date(2027, 3, 28)),
    ("Asia/Jerusalem", date(2027, 3, 26)),
    ("Atlantic/Azores", date(2027, 3, 28)),
    ("America/St_Johns", date(2027, 11, 7)),
)


@pytest.mark.proves(
    "R10",
    "Clocks that jump, change their hour or stand at the date line",
    goal="after a jump nothing leaves until a person says so; nothing unapproved leaves; no letter twice, none missing",
)
def test_clocks_that_jump_or_stumble_send_nothing_unasked_and_nothing_twice(line, monkeypatch):
    found = Found()
    scenarios: dict[str, Callable[[Found], None]] = {
        "three days ahead": lambda found: _jump(found, timedelta(days=3), there="gap", back="clock"),
        "a year ahead": lambda found: _jump(found, timedelta(days=365), there="gap", back="clock"),
        "a day back": lambda found: _jump(found, -timedelta(days=1), there="clock", back="gap"),
        "23 hours ahead into a crowded day": _crowd,
        "eleven changes of the hour": _changes_of_the_hour,
        "29 February 2028": _leap_day,
        "New Year at UTC+14": lambda _found: _new_year("Pacific/Kiritimati"),
        "New Year at UTC-12": lambda _found: _new_year("Etc/GMT+12"),
        "a machine that is not in UTC": lambda _found: _elsewhere(monkeypatch),
    }
    for name, scenario in scenarios.items():
        before = found.letters
        with _taken_back(found):
            scenario(found)
        assert found.letters > before, name
    line.figures |= {
        "scenarios": len(scenarios),
        "times a jump stopped sending": found.stops,
        "letters sent": found.letters,
        "letters twice": found.twice,
        "letters nobody approved": found.unapproved,
    }
    assert (found.stops, found.twice, found.unapproved) == (2 * JUMPS, 0, 0)


@dataclass
class Found:
    """What all scenarios came to, counted before each is taken back."""

    stops: int = 0
    letters: int = 0
    twice: int = 0
    unapproved: int = 0

    def count_letters(self) -> None:
        sent = Message.objects.filter(state="sent")
        owners = {f"attention:{row.pk}": row for row in Attention.objects.all()}
        turns = [(row.member_id, owners[row.origin].cycle) for row in sent]
        self.letters += len(turns)
        self.twice += len(turns) - len(set(turns))
        self.unapproved += sum(owners[row.origin].kind != "birthday" for row in sent)


def _jump(found: Found, by: timedelta, *, there: str, back: str) -> None:
    """The clock is wrong for an hour, then right again; a person lets letters go both times."""
    community, owner = _community("Europe/Paris")
    members = [_born(community, (MORNING + timedelta(days=days)).date()) for days in range(-1, 6)]
    tick(MORNING - timedelta(days=1))
    tick(MORNING)
    now, wrong = MORNING + 2 * HOUR, MORNING + by
    for first, reason in ((wrong, there), (now, back)):
        before = _sent()
        for minutes in (1, 16, 31):
            tick(first + timedelta(minutes=minutes))
            assert Install.objects.get().quarantine_reason == reason
            assert _sent() == before, "nothing leaves on a clock that jumped"
        found.stops += 1
        assert resume_sending(by=owner, now=first + HOUR)
        tick(first + HOUR)
    for hours in range(2, 6 * 24, 4):
        tick(now + hours * HOUR)
    # Of those whose day came while the clock was right, every one has their letter.
    later = {member.pk for member in members if date(2027, member.birth_month, member.birth_day) > now.date()}
    done = Attention.objects.filter(state="done", cycle="birthday:2027")
    assert later <= set(done.values_list("member", flat=True))


def _crowd(_found: Found) -> None:
    """More automatic letters than a day may have: the brake holds them until a person has looked."""
    community, owner = _community("Europe/Paris")
    crowd = [_born(community, date(2027, 5, 4)) for _ in range(30)]
    tick(MORNING)
    now = MORNING + timedelta(hours=23)
    tick(now)
    assert _sent() == 0
    assert Message.objects.filter(state="held", reason="brake").count() == len(crowd)
    tick(MORNING + timedelta(hours=22, minutes=30))
    assert _sent() == 0
    assert release_brake(community, by=owner) == len(crowd)
    for hours in range(4):
        tick(now + hours * HOUR)
    assert _sent() == len(crowd)


def _changes_of_the_hour(found: Found) -> None:
    for zone, day in CHANGES:
        with _taken_back(found):
            member = _on_their_day(zone, [day])[0]
            message = Message.objects.get(member=member, state="sent")
            assert message.sent_at is not None
            _check_local(message.sent_at, zone, day)


def _leap_day(found: Found) -> None:
    for feb29 in ("feb28", "mar1"):
        with _taken_back(found):
            _leap_day_of(feb29)


def _leap_day_of(feb29: str) -> None:
    (member,) = _on_their_day("Europe/Paris", [date(2028, 2, 29)], feb29=feb29)
    message = Message.objects.get(member=member, state="sent")
    assert message.sent_at is not None
    _check_local(message.sent_at, "Europe/Paris", date(2028, 2, 29))


def _new_year(zone: str) -> None:
    days = [date(2027, 12, 31), date(2028, 1, 1)]
    for member, day in zip(_on_their_day(zone, days), days, strict=True):
        message = Message.objects.get(member=member, state="sent")
        assert message.sent_at is not None
        _check_local(message.sent_at, zone, day)


def _elsewhere(monkeypatch) -> None:
    with monkeypatch.context() as there:
        there.setenv("TZ", "Pacific/Auckland")
        time.tzset()
        _new_year("America/New_York")
    time.tzset()


def _on_their_day(zone: str, days: list[date], **fields: str) -> list[Member]:
    """Members born on these days, after time has passed from two days before to two days after, in steps of 3 hours."""
    community, _owner = _community(zone, **fields)
    members = [_born(community, day) for day in days]
    now = datetime(days[0].year, days[0].month, days[0].day, tzinfo=UTC) - timedelta(days=1)
    end = datetime(days[-1].year, days[-1].month, days[-1].day, tzinfo=UTC) + timedelta(days=2)
    while now <= end:
        tick(now)
        now += 3 * HOUR
    Install.objects.all().delete()
    return members


def _check_local(instant: datetime, zone: str, day: date) -> None:
    """At nine or within the three hours of a step, on that day."""
    local = instant.astimezone(ZoneInfo(zone))
    assert (local.date(), 9 <= local.hour <= 12) == (day, True), (zone, local)


def _community(zone: str, **fields: str) -> tuple[Community, object]:
    """Birthdays go by themselves; anniversaries, which everybody has on the same days, ask and are never approved."""
    community = a_community(time_zone=zone, **fields)
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    for kind, approval in (("birthday", "auto"), ("anniversary", "ask")):
        practise(community, kind, now=long_ago, approval=approval)
    return community, a_builder(community, role="owner")


def _born(community: Community, day: date) -> Member:
    return a_member(community, birth_month=day.month, birth_day=day.day, joined_on=day.replace(year=2020))


def _sent() -> int:
    return Message.objects.filter(state="sent").count()


@contextmanager
def _taken_back(found: Found) -> Iterator[None]:
    """Whatever happened to the database is taken back in the end, and its letters are counted before."""
    with transaction.atomic():
        yield
        found.count_letters()
        transaction.set_rollback(True)
