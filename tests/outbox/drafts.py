"""Messages for tests, with honest defaults: a greeting that a person approved and that is due now."""

from datetime import UTC, datetime, timedelta
from typing import Any

from members.models import Member
from outbox.models import Message
from outbox.services import Draft, beat, enqueue_many, quarantine
from outbox.services.heartbeat import WORKER

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


def a_sign_of_life(now: datetime) -> None:
    """What a worker does around its letters: both checks, and the beat."""
    quarantine.check_machine(now)
    quarantine.check_clock(now)
    beat(WORKER, now=now)


def a_draft(member: Member, **fields: Any) -> Draft:
    values: dict[str, Any] = {
        "message_class": "greeting",
        "community": member.community,
        "member": member,
        "category": "birthday",
        "to_email": member.email,
        "to_name": member.name,
        "from_name": "Ana Lindqvist",
        "reply_to": "ana@example.org",
        "subject": "Happy birthday",
        "text": "Dear Maya,\n\nall the best from all of us.\n",
        "html": "<p>Dear Maya,</p><p>all the best from all of us.</p>",
        "due_at": NOON,
        "zone": member.zone,
        **fields,
    }
    values.setdefault("expires_at", values["due_at"] + timedelta(days=3))
    return Draft(**values)


def a_message(member: Member, *, now: datetime = NOON, **fields: Any) -> Message:
    return enqueue_many([a_draft(member, **fields)], now=now)[0]


def an_account_mail(*, now: datetime = NOON, **fields: Any) -> Message:
    values: dict[str, Any] = {
        "message_class": "account",
        "to_email": "somebody@example.org",
        "subject": "Your code",
        "text": "Your code is 123456.\n",
        "due_at": now,
        "expires_at": now + timedelta(days=1),
        "priority": 0,
        **fields,
    }
    return enqueue_many([Draft(**values)], now=now)[0]


def states() -> dict[str, int]:
    """How many messages are in which state."""
    counts: dict[str, int] = {}
    for state in Message.objects.values_list("state", flat=True):
        counts[state] = counts.get(state, 0) + 1
    return counts
