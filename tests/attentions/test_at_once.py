"""Two planners, two approvers and two workers at the same time: nothing twice, nothing lost."""

import threading
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


def test_two_builders_approve_the_same_at_once_and_one_letter_each_leaves(community):
    plan_everybody(now=MORNING, community=community)
    builders = [a_builder(community), a_builder(community)]
    results = []

    def approving(builder):
        def job():
            rows = list(Attention.objects.proposed())
            undo = timedelta(0)
            results.append(approval.approve(rows, community=community, by=builder, now=MORNING, undo=undo))

        return job

    at_once(*[approving(builder) for builder in builders])
    assert sum(len(result.approved) for result in results) == MEMBERS
    assert Message.objects.count() == MEMBERS


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
