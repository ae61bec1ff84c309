"""What a person decides about a letter: once, whoever is first, with a line in the audit."""

from datetime import timedelta

import pytest

from members.models import Member
from outbox.models import Message
from outbox.services import deliver, mark_sent, release, retry_failed, send_again
from outbox.services.settling import is_worth_a_try
from tests.factories import a_builder, a_community, a_member
from tests.outbox.drafts import NOON, a_message

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def community():
    return a_community()


@pytest.fixture
def builder(community):
    return a_builder(community)


def in_state(community, state: str, **fields) -> Message:
    message = a_message(a_member(community), **fields)
    Message.objects.filter(pk=message.pk).update(state=state, reason="x", error="y", attempts=5, is_automatic=True)
    message.refresh_from_db()
    return message


def verbs(community) -> list[str]:
    return [entry.verb for entry in community.audit.all()]


def test_an_unknown_one_that_arrived_counts_as_sent(community, builder):
    message = in_state(community, "unknown")
    assert mark_sent(message, by=builder, now=LATER)
    assert not mark_sent(message, by=builder, now=LATER)
    assert not send_again(message, by=builder, now=LATER)
    message.refresh_from_db()
    assert (message.state, message.sent_at, message.reason, message.settled_by) == ("sent", LATER, "", builder)
    assert verbs(community) == ["message.found_sent"]


def test_an_unknown_one_that_did_not_arrive_is_sent_once_more(community, builder):
    message = in_state(community, "unknown")
    assert send_again(message, by=builder, now=LATER)
    assert deliver(LATER).sent == 1
    assert verbs(community) == ["message.sent_again"]


def test_only_what_failed_is_tried_again(community, builder):
    failed, sent, held = (in_state(community, state) for state in ("failed", "cancelled", "held"))
    assert retry_failed(community.messages.all(), by=builder, now=LATER) == 1
    assert [Message.objects.get(pk=row.pk).state for row in (failed, sent, held)] == ["queued", "cancelled", "held"]
    failed.refresh_from_db()
    assert (failed.attempts, failed.is_automatic, failed.ready_at) == (0, False, LATER)


@pytest.mark.parametrize("reason", ["content", "empty", "changed", "no_mailbox"])
def test_what_would_fail_again_is_not_tried_again(community, builder, reason):
    failed = in_state(community, "failed")
    Message.objects.update(reason=reason)
    if reason == "no_mailbox":
        Member.objects.update(reachable="bounced")
    assert retry_failed(community.messages.all(), by=builder, now=LATER) == 0
    assert not is_worth_a_try(failed, now=LATER)


def test_trying_again_needs_no_free_day(community, builder):
    member = a_member(community)
    failed = a_message(member, takes_a_day=True)
    Message.objects.filter(pk=failed.pk).update(state="failed")
    a_message(member, takes_a_day=True)
    assert retry_failed(community.messages.filter(pk=failed.pk), by=builder, now=LATER) == 1
    assert deliver(LATER).sent == 2


def test_what_is_let_go_is_not_held_again(community, builder):
    message = in_state(community, "held", due_at=NOON - timedelta(days=2))
    assert release(community.messages.filter(pk=message.pk), by=builder, now=NOON) == 1
    assert deliver(NOON).sent == 1


def test_nothing_is_sent_when_its_time_is_over(community, builder):
    for state in ("unknown", "failed", "held"):
        message = in_state(community, state)
        over = message.expires_at
        assert not send_again(message, by=builder, now=over)
        assert not retry_failed(community.messages.all(), by=builder, now=over)
        assert not release(community.messages.all(), by=builder, now=over)
    assert verbs(community) == []


def test_of_many_at_once_the_audit_has_one_line_for_each_community(community, builder):
    other = a_community()
    for place in (community, community, other):
        in_state(place, "failed")
    assert retry_failed(Message.objects.all(), by=builder, now=LATER) == 3
    assert [entry.count for entry in community.audit.all()] == [2]
    assert [entry.count for entry in other.audit.all()] == [1]
