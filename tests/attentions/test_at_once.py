"""Planners, approvers and workers at the same time: nothing twice, nothing lost."""

import re
import threading
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from attentions.models import Attention
from attentions.services import approval, rituals
from attentions.services.work import plan_everybody
from outbox.models import Message
from outbox.services import deliver
from tests.factories import a_builder, a_community, a_member

pytestmark = pytest.mark.django_db(transaction=True)

MORNING = datetime(2027, 3, 1, 6, 0, tzinfo=UTC)
NINE = datetime(2027, 3, 1, 8, 5, tzinfo=UTC)
MEMBERS = 60


def at_once(*jobs):
    """Run each job in a thread of its own, all begun together; raises what one of them raised."""
    barrier, errors = threading.Barrier(len(jobs)), []

    def run(job):
        try:
            barrier.wait(timeout=30)
            job()
        except Exception as error:  # noqa: BLE001  handed to the test below
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    if errors:
        raise errors[0]


@pytest.fixture
def community(settings, tmp_path):
    settings.EMAIL_URL = f"maildir://{tmp_path / 'mailbox'}"
    community = a_community(time_zone="Europe/Paris", minutes_per_day=500)
    rituals.switch_on(rituals.ritual_for(community, "birthday"), by=None, now=MORNING, effective_from=date(2027, 1, 1))
    for _number in range(MEMBERS):
        a_member(community, birth_month=3, birth_day=1)
    return community


def test_two_planners_make_each_turn_once(community):
    at_once(*[lambda: plan_everybody(now=MORNING, community=community)] * 4)
    assert Attention.objects.count() == MEMBERS
    assert Attention.objects.values("member").distinct().count() == MEMBERS


@pytest.mark.timeout(600)
@pytest.mark.proves(
    "R13",
    "Many approve the same at once",
    goal="each attention has one winner and one message; every loser is told who was first",
)
def test_of_many_who_approve_the_same_at_once_one_wins_and_the_others_learn_who(community, line):
    approvers, items = line.size("approvers", fast=6, long=50), line.size("attentions", fast=40, long=40)
    plan_everybody(now=MORNING, community=community)
    rows = list(Attention.objects.proposed()[:items])
    builders = {f"Builder {number}": a_builder(community, name=f"Builder {number}") for number in range(approvers)}
    won, told = {}, Counter()

    def approving(builder, turns):
        def job():
            for handful in turns:
                result = approve(handful, community=community, by=builder)
                for pk in result.approved:
                    won.setdefault(pk, []).append(builder.name)
                for pk, words in result.refused.items():
                    told[pk, words] += 1

        return job

    at_once(*[approving(one, in_handfuls(line.chance.sample(rows, items), line.chance)) for one in builders.values()])
    assert sorted(won) == sorted(row.pk for row in rows)
    assert {len(winners) for winners in won.values()} == {1}
    assert told == {(pk, f"{names[0]} has approved this already."): approvers - 1 for pk, names in won.items()}
    assert dict(Attention.objects.filter(state="approved").values_list("pk", "approved_by__name")) == {
        pk: winners[0] for pk, winners in won.items()
    }
    assert sorted(Message.objects.values_list("origin", flat=True)) == sorted(f"attention:{row.pk}" for row in rows)
    line.figures |= {"won": len(won), "told who was first": sum(told.values())}


@pytest.mark.timeout(600)
@pytest.mark.proves(
    "R13",
    "One approves what another declines at the same moment",
    goal="each attention has one winner; a message where it was the approver, none where it was the other",
)
def test_of_a_yes_and_a_no_at_once_one_wins(community, line):
    items = line.size("attentions", fast=20, long=40)
    pairs = line.size("pairs of people", fast=1, long=25)
    plan_everybody(now=MORNING, community=community)
    rows = list(Attention.objects.proposed()[:items])
    yes, no, told = Counter(), Counter(), []

    def approving(builder, turns):
        def job():
            for row in turns:
                result = approve([row], community=community, by=builder)
                yes.update(result.approved)
                told.extend(result.refused.values())

        return job

    def declining(builder, turns):
        def job():
            for row in turns:
                no[row.pk] += approval.skip(Attention.objects.get(pk=row.pk), by=builder, reason="")

        return job

    jobs = []
    for _pair in range(pairs):
        turns = line.chance.sample(rows, len(rows))
        jobs += [approving(a_builder(community), turns), declining(a_builder(community), turns)]
    at_once(*jobs)
    assert {yes[row.pk] + no[row.pk] for row in rows} == {1}
    assert set(Message.objects.values_list("origin", flat=True)) == {f"attention:{pk}" for pk in yes}
    for row in Attention.objects.filter(pk__in=[row.pk for row in rows]):
        assert row.state == ("approved" if yes[row.pk] else "declined")
    assert len(told) == items * pairs - yes.total()
    assert all(
        re.fullmatch(r"Person \d+ has approved this already\.|This is settled already: .+\.", one) for one in told
    )
    line.figures |= {"approved": yes.total(), "declined": no.total()}


def in_handfuls(rows, chance):
    """One after the other, as on Today, or several at once, as on the page that reads a batch."""
    handfuls = []
    while rows:
        number = chance.choice([1, 1, 1, 5, 15])
        handfuls.append(rows[:number])
        rows = rows[number:]
    return handfuls


def approve(rows, *, community, by):
    return approval.approve(rows, community=community, by=by, now=MORNING, undo=timedelta(0))


def test_planners_and_workers_at_once_lose_nothing_and_double_nothing(community, tmp_path):
    plan_everybody(now=MORNING, community=community)
    builder = a_builder(community)
    rows = list(Attention.objects.proposed())
    approval.approve(rows, community=community, by=builder, now=MORNING, undo=timedelta(0))
    plan, work = lambda: plan_everybody(now=NINE, community=community), lambda: deliver(NINE)
    at_once(plan, work, plan, work)
    plan_everybody(now=NINE, community=community)
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}
    assert set(Attention.objects.values_list("state", flat=True)) == {"done"}
    letters = [path.read_bytes() for path in (tmp_path / "mailbox").rglob("*") if path.is_file()]
    ids = [line for letter in letters for line in letter.splitlines() if line.lower().startswith(b"message-id")]
    assert len(ids) == len(set(ids)) == MEMBERS
