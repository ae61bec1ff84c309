"""Workers killed while they send: real ones, under Celery, with PostgreSQL, Redis and a mail server."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

import pytest

from care.invariants import check_all
from care.lib import clock
from outbox.models import Message
from tests.factories import a_user
from tests.faults import letters
from tests.faults.stage import Stage, Worker
from tests.outbox.drafts import states

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]
CHILDREN = 4
RUNS = 3
_STUCK = 15  # seconds without any letter until the next one is killed all the same


@dataclass
class Toll:
    """What was killed: single children, whole groups, and how many connections to the mail server that were in all."""

    children: int = 0
    groups: int = 0
    gone: int = 0
    connections: int = 0

    @property
    def kills(self) -> int:
        return self.children + self.groups


@pytest.mark.proves(
    "R3",
    "Workers killed with `kill -9` while they send",
    goal="no letter accepted twice; none called sent that was not accepted; sent + unknown = all; at most one unknown "
    "for each connection killed; once a person has settled the unknown ones, each letter accepted exactly once",
)
@pytest.mark.parametrize("run", [1, *(pytest.param(run, marks=pytest.mark.long) for run in range(2, RUNS + 1))])
def test_workers_killed_while_they_send_send_nothing_twice(line, stage, run):
    """Several times, each with a seed of its own, and each kept: `-k "[2]"` is the second."""
    if line.is_long:
        line.title += f" (run {run} of {RUNS})"
    sends, kills = line.size("sends", fast=500, long=10_000), line.size("kills", fast=10, long=200)
    letters.write(sends)
    toll = kill_while_sending(line, stage, sends=sends, kills=kills, children=CHILDREN)
    assert toll.kills == kills
    assert_nothing_twice(line, stage, sends=sends, toll=toll)


@pytest.mark.long
@pytest.mark.proves(
    "R3a",
    "A worker with one child killed while it sends",
    goal="as R3, and at most one unknown for each kill",
)
def test_with_one_child_a_kill_costs_at_most_one_letter(line, stage):
    sends, kills = line.size("sends", fast=100, long=3_000), line.size("kills", fast=3, long=100)
    letters.write(sends)
    toll = kill_while_sending(line, stage, sends=sends, kills=kills, children=1)
    assert toll.connections == toll.kills + toll.gone
    assert_nothing_twice(line, stage, sends=sends, toll=toll)


@pytest.mark.long
@pytest.mark.proves(
    "R3b",
    "Workers killed while they send account mail",
    goal="every mail accepted at least once; at most one repeat for each connection killed, with the same Message-ID",
)
def test_account_mail_arrives_however_many_workers_are_killed(line, stage):
    sends, kills = line.size("sends", fast=100, long=3_000), line.size("kills", fast=3, long=100)
    letters.write_account_mails(sends)
    toll = kill_while_sending(line, stage, sends=sends, kills=kills, children=CHILDREN)
    letters.finish(a_user())
    accepted = stage.accepted()
    line.figures |= {"accepted": accepted.total(), "repeats": letters.repeated(stage)}
    assert states() == {"sent": sends}
    assert set(accepted) == set(Message.objects.values_list("message_id", flat=True))
    assert letters.repeated(stage) <= toll.connections
    assert letters.falsely_sent(stage) == 0


def kill_while_sending(line, stage: Stage, *, sends: int, kills: int, children: int) -> Toll:
    """Kill children (60 %) and whole groups (40 %), each at a random moment of the share of the sends that is its own.

    Who supervises starts a worker again when it is gone: after its group was killed, or when it gives up by itself
    because too many of its children died.
    """
    toll, worker = Toll(), stage.worker(children=children)
    stage.beat()
    moments = [(number + line.chance.random()) * sends / kills for number in range(kills)]
    for moment in moments:
        is_group = line.chance.random() < 0.4
        _wait_for(stage, moment, worker, toll)
        if line.chance.random() < 0.5:
            time.sleep(line.chance.uniform(0, 0.02))
        if is_group:
            worker.kill()
            toll.groups += 1
            toll.connections += children
            letters.shorten_leases(to=timedelta(0))
            worker.start()
        else:
            while not worker.kill_child(line.chance):  # it has just started and has none yet
                _supervise(worker, toll)
                time.sleep(0.01)
            toll.children += 1
            toll.connections += 1
    line.figures |= {
        "children killed": toll.children,
        "groups killed": toll.groups,
        "workers that gave up": toll.gone,
        "connections killed": toll.connections,
        "left when the kills ended": Message.objects.exclude(state__in=("sent", "unknown")).count(),
    }
    return toll


def _wait_for(stage: Stage, moment: float, worker: Worker, toll: Toll) -> None:
    """Until so many letters are accepted, or none was for long."""
    last, since = -1, time.monotonic()
    while (number := stage.number_accepted()) < moment and time.monotonic() < since + _STUCK:
        if number != last:
            last, since = number, time.monotonic()
        _supervise(worker, toll)
        letters.shorten_leases()
        time.sleep(0.01)


def _supervise(worker: Worker, toll: Toll) -> None:
    if worker.start_again():
        toll.gone += 1
        toll.connections += worker.size


def assert_nothing_twice(line, stage: Stage, *, sends: int, toll: Toll) -> None:
    """The pass condition of R3, before and after a person has settled what nobody could know."""
    person = a_user()
    held = letters.finish(person)
    counts = states()
    line.figures |= {
        "sent": counts.get("sent", 0),
        "unknown": counts.get("unknown", 0),
        "repeats": letters.repeated(stage),
        "falsely sent": letters.falsely_sent(stage),
        "held after three crashes and released": held,
    }
    assert line.figures["repeats"] == 0
    assert line.figures["falsely sent"] == 0
    assert set(counts) <= {"sent", "unknown"}
    assert sum(counts.values()) == sends
    assert counts.get("unknown", 0) <= toll.connections
    found, again = letters.settle_unknown(stage, person)
    line.figures |= {"unknown and accepted": found, "unknown and sent again": again}
    letters.wait_until_over(seconds=60)
    assert states() == {"sent": sends}
    assert stage.accepted() == dict.fromkeys(Message.objects.values_list("message_id", flat=True), 1)
    assert check_all(clock.now()) == []
