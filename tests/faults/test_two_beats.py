"""Two Beats by mistake: every task comes twice, and nothing is planned or sent twice."""

from datetime import UTC, date, datetime, timedelta
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
    goal="the same attentions and letters as with one",
)
def test_two_beats_make_the_same_rows_as_one(line):
    minutes, members = line.size("minutes", fast=60, long=48 * 60), line.size("members", fast=40, long=5_000)
    _a_community_with(members, Random(line.seed))
    one, nudges_of_one, looked_at = _rows_after(1, minutes)
    call_command("flush", interactive=False, verbosity=0)
    _a_community_with(members, Random(line.seed))
    two, nudges_of_two, _looked_at_too = _rows_after(2, minutes)
    line.figures |= {
        "nudges of one": nudges_of_one,
        "nudges of two": nudges_of_two,
        "let go by a person": looked_at,
        "rows": len(one),
        "differences": len(set(one) ^ set(two)),
    }
    assert nudges_of_two == 2 * nudges_of_one > 0
    assert two == one
    assert sum("sent" in row for row in one) > members / 20


def _a_community_with(members: int, chance: Random) -> None:
    """The same for the same seed, with its ids: rows of two runs are compared by them."""
    community = a_community(time_zone="UTC")
    a_builder(community)
    for kind in ("birthday", "anniversary"):
        practise(community, kind, now=START, hour=8)
    for number in range(members):
        day = date(2027, 3, 1) + timedelta(days=chance.randrange(20) if number > 3 else 0)
        joined = date(2020, 3, 1) + timedelta(days=chance.randrange(20))
        a_member(
            community,
            id=UUID(int=chance.getrandbits(128)),
            birth_month=day.month,
            birth_day=day.day,
            joined_on=joined,
        )
    assert Member.objects.count() == members


def _rows_after(beats: int, minutes: int) -> tuple[list[tuple[Any, ...]], int, int]:
    """What stands in the database after so many minutes.

    With it how many nudges that took, and how many letters a person let go that the brake had held.
    """
    nudges = looked_at = 0
    schedulers = [Beat(START) for _ in range(beats)]
    for minute in range(minutes + 1):
        now = START + timedelta(minutes=minute, seconds=1)
        for pair in zip(*(one.nudges_at(now) for one in schedulers), strict=True):
            for task in pair:
                nudges += 1
                TASKS[task](now)
        looked_at += let_go(now)
    rows: list[tuple[Any, ...]] = [
        *Attention.objects.order_by("member", "cycle").values_list("member", "cycle", "state", "due_at"),
        *Message.objects.order_by("member", "local_day").values_list("member", "category", "state", "sent_at"),
    ]
    return rows, nudges, looked_at
