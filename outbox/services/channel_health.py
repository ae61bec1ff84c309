"""When the mail server does not want us at all: stop, say so, and wait for a person."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from members.models import User
from outbox.models import ChannelHealth, Message
from outbox.querysets import MessageQuerySet

NAME = "email"
PATIENCE = 3
_WELL = {"failures": 0, "unreachable_since": None, "error": ""}


def is_paused() -> bool:
    return ChannelHealth.objects.filter(name=NAME, paused_at__isnull=False).exists()


def has_failed() -> bool:
    """Whether the last try to get in failed, so that one that works is news."""
    failed = Q(failures__gt=0) | Q(unreachable_since__isnull=False)
    return ChannelHealth.objects.filter(failed, name=NAME).exists()


@transaction.atomic
def note_failure(said: str, *, now: datetime) -> bool:
    """Count a failure of the set-up; the third in a row pauses the channel. True when it is paused now."""
    ours = _ours()
    ours.update(failures=F("failures") + 1, error=said)
    return bool(ours.filter(failures__gte=PATIENCE, paused_at__isnull=True).update(paused_at=now)) or is_paused()


@transaction.atomic
def note_unreachable(said: str, *, now: datetime) -> None:
    """Remember since when nobody answers, and what happened last."""
    _ours().update(unreachable_since=Coalesce("unreachable_since", now), error=said)


def _ours() -> QuerySet[ChannelHealth]:
    """The channel's one row, made where there is none yet."""
    ChannelHealth.objects.bulk_create([ChannelHealth(name=NAME)], ignore_conflicts=True)
    return ChannelHealth.objects.filter(name=NAME)


def note_success() -> None:
    """Forget the failures: they were not in a row."""
    ChannelHealth.objects.filter(name=NAME, paused_at__isnull=True).update(**_WELL)


def hold_ready(now: datetime) -> int:
    """While the channel is paused, hold what is ready to leave; the number of them."""
    return Message.objects.ready(now).update(state="held", reason="configuration") if is_paused() else 0


@transaction.atomic
def resume_channel(*, by: User) -> int:
    """A person has mended the set-up: try again with everything that was held for it; the number of them.

    Each is ready since when it was, so that what should have left over a day ago is read again first.
    """
    ChannelHealth.objects.filter(name=NAME).update(paused_at=None, **_WELL)
    return waiting_for_channel().update(state="queued", reason="", settled_by=by)


def waiting_for_channel() -> MessageQuerySet:
    return Message.objects.filter(state="held", reason="configuration")
