"""Taking messages to send, so that no other worker takes the same."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import F

from outbox.models import Message
from outbox.querysets import MessageQuerySet

IN_A_BATCH = 20
# Far more than a worker can need for a message: longer than twice the mail server's patience and the task's limit.
LEASE = timedelta(minutes=10)


def claim(now: datetime, *, size: int = IN_A_BATCH) -> list[Message]:
    """Up to `size` messages that are this caller's to send, account mail before all other.

    A crash after this leaves them `claimed`; when the lease is over they are queued again by the sweep.
    """
    return claim_among(Message.objects.of_class("account"), now=now, size=size) or claim_among(
        Message.objects.all(), now=now, size=size
    )


def claim_among(messages: MessageQuerySet, *, now: datetime, size: int = IN_A_BATCH) -> list[Message]:
    """The same among some messages only.

    One UPDATE finds them and takes them: its condition, checked by the database row by row, is the lock. That the
    members may be written to is part of it, so whoever left or opted out a moment ago is not written to.
    """
    token = uuid4()
    ready = messages.ready(now).filter(expires_at__gt=now).wanted(now).order_by("ready_at", "priority", "id")
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            ready = ready.select_for_update(skip_locked=True)  # a speed-up: workers do not wait for each other
        claimed = Message.objects.filter(pk__in=ready.values("pk")[:size], state="queued").update(
            state="claimed", claim=token, claimed_at=now, attempts=F("attempts") + 1
        )
    return list(mine(token, now)) if claimed else []


def mine(token: UUID, claimed_at: datetime) -> MessageQuerySet:
    """What was claimed with this token, in the order to send."""
    rows = Message.objects.filter(claimed_at=claimed_at, claim=token)
    return rows.order_by("ready_at", "priority", "id")


def give_back(messages: list[Message]) -> None:
    """Queue again what was claimed and not tried."""
    for message in messages:
        Message.objects.filter(pk=message.pk, state="claimed", claim=message.claim).update(
            state="queued", claim=None, claimed_at=None, attempts=F("attempts") - 1
        )
