"""What a person decides about a message that needs one: each a compare and set, each with its line in the audit."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from members import audit
from members.models import Community, Member, User
from outbox.models import Message
from outbox.querysets import MessageQuerySet
from outbox.services import channel_health
from outbox.services.cancelling import NOT_LEAVING_YET


@transaction.atomic
def mark_sent(message: Message, *, by: User, now: datetime) -> bool:
    """An unknown one did arrive, says a person who found out; False when it is not unknown any more."""
    rows = Message.objects.filter(pk=message.pk, state="unknown")
    return _settle(rows, verb="message.found_sent", by=by, subject=message, state="sent", sent_at=now) > 0


@transaction.atomic
def send_again(message: Message, *, by: User, now: datetime) -> bool:
    """An unknown one did not arrive: send it once more.

    False when it is not unknown any more, its time is over, or its member's address has changed or does not work.
    """
    rows = Message.objects.filter(_reaches_them(), pk=message.pk, state="unknown", expires_at__gt=now)
    return _settle(rows, verb="message.sent_again", by=by, subject=message, **_queued(now)) > 0


@transaction.atomic
def retry_failed(messages: MessageQuerySet, *, by: User, now: datetime) -> int:
    """Try those that failed again; how many. They no longer take up a day: a person wants them out now.

    Only those that may fare better (`is_worth_a_try`).
    """
    rows = messages.filter(_worth_a_try(now))
    return _settle(rows, verb="message.retried", by=by, local_day=None, **_queued(now))


@transaction.atomic
def release(messages: MessageQuerySet, *, by: User, now: datetime) -> int:
    """Let held ones go; how many. From now on they count as approved by this person.

    Those that wait for the mail server's set-up to be mended stay while the channel is paused.
    """
    rows = messages.filter(state="held", expires_at__gt=now)
    if channel_health.is_paused():
        rows = rows.exclude(reason="configuration")
    return _settle(rows, verb="message.released", by=by, **_queued(now))


@transaction.atomic
def take_back(messages: MessageQuerySet, *, by: User) -> int:
    """Take back what has not begun to leave; how many."""
    rows = messages.filter(state__in=NOT_LEAVING_YET)
    back: dict[str, Any] = {"state": "cancelled", "reason": "withdrawn", "claim": None, "claimed_at": None}
    return _settle(rows, verb="message.taken_back", by=by, **back)


def is_worth_a_try(message: Message, *, now: datetime) -> bool:
    """Whether it failed, is still of use, and another try may end otherwise.

    It would not where the fault is in the text, which stays as it was approved.
    """
    return Message.objects.filter(_worth_a_try(now), pk=message.pk).exists()


def _worth_a_try(now: datetime) -> Q:
    return _reaches_them() & Q(state="failed", expires_at__gt=now) & ~Q(reason__in=("content", "empty", "changed"))


def _reaches_them() -> Q:
    """The condition on messages that they go to the address on record, which works as far as we know.

    To another they would bounce again, or reach somebody else.
    """
    theirs = Member.objects.filter(pk=OuterRef("member_id"), email=OuterRef("to_email"), reachable="ok")
    return Q(member__isnull=True) | Q(Exists(theirs))


def _queued(now: datetime) -> dict[str, Any]:
    return {"state": "queued", "is_automatic": False, "ready_at": now, "attempts": 0}


def _settle(rows: MessageQuerySet, *, verb: str, by: User, subject: Message | None = None, **fields: Any) -> int:
    """Write the fields, and one line into the audit of each community concerned; how many rows."""
    found = list(rows.select_for_update().values_list("pk", "community"))
    settled = 0
    for pk in {community for _pk, community in found}:
        ids = [row for row, community in found if community == pk]
        changed = rows.filter(pk__in=ids).update(**{"reason": "", "error": "", "settled_by": by} | fields)
        if changed and pk:
            audit.record(Community(pk=pk), actor=by, verb=verb, subject=subject, count=changed)
        settled += changed
    return settled
