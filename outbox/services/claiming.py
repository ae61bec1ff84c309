"""Taking messages to send, so that no other worker takes the same."""

from datetime import datetime, timedelta
from functools import cache
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from care.lib.any_of import IsAnyOf
from care.lib.prepared import PreparedUpdate, Update
from outbox.models import Message
from outbox.querysets import MessageQuerySet, may_leave

IN_A_BATCH = 20
# Far more than a worker can need for a message: longer than twice the mail server's patience and the task's limit.
LEASE = timedelta(minutes=10)
# Not `state = 'queued'`, for which the database might choose an index of all that is queued, and read it from end to
# end: it plans at a time when next to nothing is. So it has only the keys to go by.
_STILL_QUEUED = Exact(Coalesce("state", Value("")), Value("queued"))


def claim(now: datetime, *, size: int = IN_A_BATCH) -> list[Message]:
    """Up to `size` messages that are this caller's to send, account mail before all other.

    One UPDATE finds them and takes them: its condition, checked by the database row by row, is the lock. That the
    members may be written to is part of it, so whoever left or opted out a moment ago is not written to. A crash after
    this leaves them `claimed`; when the lease is over they are queued again by the sweep.
    """
    return _take(_statement(is_account=True, size=size), now) or _take(_statement(is_account=False, size=size), now)


def claim_one(message: Message, *, now: datetime) -> list[Message]:
    """The same for one message: it, or nothing."""
    return _take(_of_one, now, message.pk)


def _take(statement: PreparedUpdate, now: datetime, *more: UUID) -> list[Message]:
    token = uuid4()
    with transaction.atomic():
        is_claimed = bool(statement.run(token, *more, now))
    return list(mine(token, now)) if is_claimed else []


@cache
def _statement(*, is_account: bool, size: int) -> PreparedUpdate:
    rows = Message.objects.of_class("account") if is_account else Message.objects.all()
    return PreparedUpdate(lambda token, now: _claiming(rows, token, now, size=size), uuids=1, instants=1)


_of_one = PreparedUpdate(
    lambda token, pk, now: _claiming(Message.objects.filter(pk=pk), token, now, size=1), uuids=2, instants=1
)


def _claiming(messages: MessageQuerySet, token: UUID, now: datetime, *, size: int) -> Update:
    ready = messages.ready(now).filter(may_leave(now), expires_at__gt=now).order_by("ready_at", "priority", "id")
    return Message.objects.filter(_among(ready, size), _STILL_QUEUED), {
        "state": "claimed",
        "claim": token,
        "claimed_at": now,
        "attempts": F("attempts") + 1,
    }


def _among(ready: MessageQuerySet, size: int) -> Q:
    """The first `size` of these. On PostgreSQL those that another worker is just taking are passed over.

    That is a speed-up, not the guard. The list is made once, as an array: PostgreSQL may carry out a plain subquery
    again for each row, and one that skips what is locked would find others each time.
    """
    if not connection.features.has_select_for_update_skip_locked:
        return Q(pk__in=ready.values("pk")[:size])
    # With it comes psycopg: ten megabytes in each process, which SQLite has no use for.
    from django.contrib.postgres.expressions import ArraySubquery

    first = ready.select_for_update(skip_locked=True).values("pk")[:size]
    return Q(IsAnyOf(F("pk"), ArraySubquery(first)))


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
