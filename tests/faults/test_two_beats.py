"""Two Beats by mistake: every task comes twice at once, and nothing is planned or sent twice."""

import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from random import Random
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from celery import Celery
from celery.beat import Scheduler
from django.conf import settings as configured
from django.core.management import call_command

from attentions.models import Attention
from attentions.services import following
from members.models import Member
from outbox.models import Message
from outbox.services import deliver
from tests.factories import a_builder, a_community, a_member
from tests.faults.ticking import let_go, plan, practise
from tests.threads import at_once

# With transactions of its own: PostgreSQL cannot clean up behind itself within one of two whole days.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_folder")]
START = datetime(2027, 3, 1, 7, 30, tzinfo=UTC)


class Beat(Scheduler):
    """Celery's own Beat with the schedule of the settings, on the clock of the test; notes what it would send."""

    producer: Any = None

    def __init__(self, now: datetime) -> None:
        self.clock, self.nudges = now, list[str]()
        app = Celery("two-beats", set_as_current=False)
        app.now = lambda: self.clock  # type: ignore[method-assign]
        app.conf.beat_schedule = {}
        super().__init__(app=app, schedule={})
        ours = {name: dict(entry) for name, entry in configured.CELERY_BEAT_SCHEDULE.items() if entry["task"] in TASKS}
        self.merge_inplace(ours)

    def apply_async(self, entry: Any, producer: Any = None, advance: bool = True, **kwargs: Any) -> Any:
        self.nudges.append(entry.task)
        return SimpleNamespace(id="")

    def nudges_at(self, now: datetime) -> list[str]:
        """What falls due up to this instant."""
        self.clock, self.nudges = now, []
        while True:
            before = len(self.nudges)
            self.tick()
            if len(self.nudges) == before:
                return self.nudges


TASKS = {
    "outbox.drain": deliver,
    "attentions.settle": lambda now: following.settle(now=now),
    "attentions.plan": plan,
}


@pytest.mark.proves(
    "R9",
    "Two Beats by mistake: every nudge comes twice",
    goal="both of a pair at the same time, and the same attentions and letters as with one",
)
def test_two_beats_make_the_same_rows_as_one(line):
    minutes, members = line.size("minutes", fast=60, long=48 * 60), line.size("members", fast=40, long=5_000)
    _a_community_with(members, Random(line.seed))
    one = _after(1, minutes)
    call_command("flush", interactive=False, verbosity=0)
    _a_community_with(members, Random(line.seed))
    two = _after(2, minutes)
    line.figures |= {
        "nudges of one": one.nudges,
        "nudges of two": two.nudges,
        "pairs that overlapped": two.overlapped,
        "let go by a person": one.let_go,
        "rows": len(one.rows),
        "differences": len(set(one.rows) ^ set(two.rows)),
    }
    assert two.nudges == 2 * one.nudges > 0
    assert two.overlapped > one.nudges / 2, "they came one after the other"
    assert two.rows == one.rows
    assert two.let_go == one.let_go
    assert sum("sent" in row for row in one.rows) > members / 20


def _a_community_with(members: int, chance: Random) -> None:
    """The same for the same seed, with its ids: rows of two runs are compared by them.

    One of eight has a birthday in the first two days, of five thousand more than the brake lets go by themselves.
    """
    community = a_community(time_zone="UTC")
    a_builder(community)
    for kind in ("birthday", "anniversary"):
        practise(community, kind, now=START, hour=8)
    for number in range(members):
        day = START.date() + timedelta(days=chance.randrange(100 if number % 8 else 2))
        joined = date(2020, 3, 1) + timedelta(days=chance.randrange(100))
        a_member(
            community,
            id=UUID(int=chance.getrandbits(128)),
            birth_month=day.month,
            birth_day=day.day,
            joined_on=joined,
        )
    assert Member.objects.count() == members


@dataclass
class After:
    """What stands in the database after so many minutes, and what it took.

    That is how many nudges, how many pairs of which the second began before the first had ended, and how many letters
    a person let go that the brake had held.
    """

    rows: list[tuple[Any, ...]] = field(default_factory=list)
    nudges: int = 0
    overlapped: int = 0
    let_go: int = 0


def _after(beats: int, minutes: int) -> After:
    after, schedulers = After(), [Beat(START) for _ in range(beats)]
    for minute in range(minutes + 1):
        now = START + timedelta(minutes=minute, seconds=1)
        for tasks in zip(*(one.nudges_at(now) for one in schedulers), strict=True):
            times = _run(tasks, now)
            after.nudges += len(tasks)
            after.overlapped += len(tasks) > 1 and max(times.began) < min(times.ended)
        after.let_go += let_go(now)
    after.rows += Attention.objects.order_by("member", "cycle").values_list("member", "cycle", "state", "due_at")
    after.rows += Message.objects.order_by("member", "local_day").values_list("member", "category", "state", "sent_at")
    return after


@dataclass
class Times:
    began: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)


def _run(tasks: tuple[str, ...], now: datetime) -> Times:
    """As workers do whom several Beats nudge: each with a thread and a connection of its own, at once."""
    times = Times()

    def working(task: str) -> None:
        times.began.append(time.monotonic())
        TASKS[task](now)
        times.ended.append(time.monotonic())

    if len(tasks) == 1:
        working(tasks[0])
    else:
        at_once(*(partial(working, task) for task in tasks))
    return times
