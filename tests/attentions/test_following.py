"""What becomes of an approved attention follows from what became of its message; each nudge may come twice."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection

from attentions import tasks
from attentions.models import Attention
from attentions.services import following
from attentions.services.unapproving import UNAPPROVED
from members.models import Member
from outbox.models import Heartbeat, Message
from tests.attentions.test_pipeline import MORNING, approved, planned, switched_on
from tests.factories import a_builder, a_community, a_member

pytestmark = pytest.mark.django_db
NINE = MORNING + timedelta(hours=3)


@pytest.fixture
def attention():
    """A birthday note of today, approved."""
    community = a_community(time_zone="Europe/Paris")
    switched_on(community)
    a_member(community, birth_month=3, birth_day=1)
    (attention,) = planned(community)
    approved(attention, a_builder(community))
    return attention


@pytest.mark.parametrize(
    ("message", "state", "asks_again"),
    [
        ({"state": "sent", "sent_at": NINE}, "done", ""),
        ({"state": "expired"}, "expired", ""),
        ({"state": "cancelled", "reason": "opted_out"}, "withdrawn", ""),
        ({"state": "held", "reason": "late"}, "proposed", "late"),
        ({"state": "held", "reason": "brake"}, "approved", ""),
        ({"state": "failed", "reason": "refused"}, "approved", ""),
        ({"state": "unknown", "reason": "no_answer"}, "approved", ""),
        ({"state": "queued"}, "approved", ""),
    ],
)
def test_it_follows_and_does_so_once(attention, message, state, asks_again):
    Message.objects.update(**message)
    changed = [following.settle(now=NINE) for _twice in range(2)]
    row = Attention.objects.get()
    assert (row.state, row.asks_again) == (state, asks_again)
    assert changed == [int(state != "approved"), 0]


def test_what_may_have_left_is_found_by_an_index(attention):
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # a table this small is otherwise read as a whole
            cursor.execute("ANALYZE attentions_attention; SET LOCAL enable_seqscan = off")
    assert "attention_to_settle" in following.approved_letters(NINE).explain()


def test_what_was_sent_has_reached_the_member_at_that_time(attention):
    Message.objects.update(state="sent", sent_at=NINE)
    following.settle(now=NINE)
    row = Attention.objects.get()
    assert (row.done_at, row.done_by, Member.objects.get().reached_at) == (NINE, row.approved_by, NINE)


def test_what_asks_again_because_it_is_late_is_no_longer_in_the_outbox(attention):
    Message.objects.update(state="held", reason="late")
    following.settle(now=NINE)
    assert Message.objects.get().state == "cancelled"


def test_the_nudges_may_come_twice(attention):
    a_member(attention.community, birth_month=3, birth_day=2)
    Message.objects.update(state="sent", sent_at=NINE)
    with time_machine.travel(NINE, tick=False):
        for task in (tasks.settle, tasks.plan, tasks.settle, tasks.plan):
            task()
    assert sorted(Attention.objects.values_list("state", flat=True)) == ["done", "proposed"]
    assert Heartbeat.objects.get().at == NINE


@pytest.mark.parametrize(
    "first", [{"state": "cancelled", "reason": "changed"}, {"state": "held", "reason": "late"}], ids=["gone", "late"]
)
def test_an_approval_given_anew_while_it_is_settled_holds(attention, first):
    """Its letter was taken back or came too late; before that is written down, somebody approves it again."""
    Message.objects.update(**first)
    builder, looked, again = a_builder(attention.community), [], []

    def approve_between(execute, sql, params, many, context):
        if looked and not again:
            again.append(sql)
            Message.objects.update(state="cancelled")
            Attention.objects.update(state="proposed", **UNAPPROVED)
            approved(attention, builder, now=NINE - timedelta(hours=1))
        answer = execute(sql, params, many, context)
        if sql.startswith("SELECT") and 'FROM "outbox_message"' in sql:
            looked.append(sql)
        return answer

    with connection.execute_wrapper(approve_between):
        following.settle(now=NINE)
    assert again
    assert Attention.objects.get().state == "approved"
    assert Message.objects.get(state="queued").origin == f"attention:{attention.pk}"
