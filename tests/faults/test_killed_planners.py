"""Planners killed while they plan, many at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from django.db import connection

from attentions.models import Attention
from attentions.services import rituals
from attentions.services.work import plan_everybody
from members.facts import name_key
from members.models import Community, Member
from tests.factories import a_community
from tests.faults.stage import until
from tests.setup.shell import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
MORNING = datetime(2027, 3, 1, 6, 0, tzinfo=UTC)
COMMUNITIES = 5


@pytest.fixture
def host() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.faults.planners"]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield process
    process.stdin.close()
    assert process.wait(timeout=60) == 0
    process.stdout.close()


@pytest.mark.proves(
    "R2",
    "Many planners at once, killed with `kill -9` while they plan",
    goal="after one more pass each member has each turn exactly once: rows = distinct = expected",
)
def test_planners_killed_among_many_plan_each_turn_once(line, host):
    planners, kills = line.size("planners at once", fast=4, long=20), line.size("kills", fast=2, long=10)
    expected = line.size("occurrences", fast=300, long=10_000)
    for _ in range(COMMUNITIES):
        birthdays(a_community(), expected // COMMUNITIES)
    wish = {"database": str(connection.settings_dict["NAME"]), "now": MORNING.isoformat(), "planners": planners}
    host.stdin.write(json.dumps(wish) + "\n")
    host.stdin.flush()
    at_kills = kill_some(line, json.loads(host.stdout.readline()), kills=kills, rows=expected)
    codes = json.loads(host.stdout.readline())
    line.figures |= {
        "rows at the kills": f"{min(at_kills)} to {max(at_kills)}",
        "killed": codes.count(-signal.SIGKILL),
        "gave up by themselves": len([code for code in codes if code not in (0, -signal.SIGKILL)]),
    }
    assert codes.count(-signal.SIGKILL) == kills
    assert min(at_kills) < expected, "there was something left to plan"
    plan_everybody(now=MORNING)
    turns = Attention.objects.values_list("ritual", "member", "cycle")
    line.figures |= {"rows": turns.count(), "distinct": turns.distinct().count()}
    assert line.figures["rows"] == line.figures["distinct"] == expected
    assert Attention.objects.filter(state="proposed").count() == expected


def birthdays(community: Community, number: int) -> None:
    """So many members who all have their birthday in the coming days, and the ritual for it."""
    ritual = rituals.ritual_for(community, "birthday")
    rituals.switch_on(ritual, by=None, now=MORNING, effective_from=date(2027, 1, 1))
    known = date(2020, 5, 4)
    Member.objects.bulk_create(
        Member(
            community=community,
            name=f"Member {n}",
            name_key=name_key(f"Member {n}", "", ""),
            email=f"member{n}@example.org",
            email_key=f"member{n}@example.org",
            birth_month=3,
            birth_day=1 + n % 10,
            joined_on=known,
            known_from=known,
        )
        for n in range(number)
    )


def kill_some(line, pids: list[int], *, kills: int, rows: int) -> list[int]:
    """Kill so many of these, each at a random moment after planning has come to a random point; the rows there were."""
    began = time.monotonic()
    points = sorted(line.chance.random() * rows * 0.6 for _ in range(kills))
    found = []
    for point, pid in zip(points, line.chance.sample(pids, kills), strict=True):
        until(lambda point=point: Attention.objects.count() >= point, seconds=300, every=0.002)
        time.sleep(line.chance.uniform(0, (time.monotonic() - began) / 10))  # in the middle, however fast they are
        found.append(Attention.objects.count())
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return found
