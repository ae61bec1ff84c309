"""Before each delivery: settle what has settled itself meanwhile. Set-based; doing it twice changes nothing more."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Concat

from members.models import Member
from members.querysets import MemberQuerySet
from outbox.channels.contract import Fate, Phase
from outbox.models import Attempt, Message, OptOut
from outbox.querysets import MessageQuerySet, may_be_written_to
from outbox.services import channel_health
from outbox.services.claiming import LEASE

# What could have left so long ago was approved for another day than this one: a person reads it again first.
TOO_LATE_ALONE = timedelta(hours=24)
_CRASHES = 3


def sweep(now: datetime) -> Iterator[tuple[str, int]]:
    """Do all of it; how many messages came to which state."""
    yield from _recover(now)
    for state in ("queued", "held"):  # one after the other: each has its own index
        waiting = Message.objects.filter(state=state)
        yield "expired", waiting.filter(expires_at__lte=now).update(state="expired", reason="late")
        yield "cancelled", _cancel_unwanted(waiting.exclude(message_class="account"), now=now)
    yield "held", hold_late(now - TOO_LATE_ALONE)
    yield "held", channel_health.hold_ready(now)


def hold_late(before: datetime) -> int:
    """Hold what could have left before this instant, but for account mail: a person reads it again. How many."""
    late = Message.objects.filter(state="queued", ready_at__lt=before)
    return late.exclude(message_class="account").update(state="held", reason="late")


@transaction.atomic
def _recover(now: datetime) -> list[tuple[str, int]]:
    """Take over from workers that died: what they had claimed is tried again, what they were sending is unknown.

    A message that killed its worker three times is held, so that it does not take the others down with it.
    """
    left = Message.objects.claimed_before(now - LEASE)
    freed = {"claim": None, "claimed_at": None}
    sending = left.filter(state="sending")
    sending.filter(message_class="account").update(state="queued", reason="temporary", ready_at=now, **freed)
    unknown = sending.update(state="unknown", reason="crash", **freed)
    claimed = list(left.filter(state="claimed").select_for_update(skip_locked=True))  # one sweeper notes the crash
    Attempt.objects.bulk_create(
        Attempt(message=row, number=row.attempts, at=now, phase=Phase.CLAIMED, outcome=Fate.CRASHED) for row in claimed
    )
    theirs = Message.objects.filter(pk__in=[row.pk for row in claimed], state="claimed")
    crashes = Attempt.objects.filter(message__in=claimed, outcome=Fate.CRASHED).values("message")
    poison = [row["message"] for row in crashes.annotate(times=Count("pk")).filter(times__gte=_CRASHES)]
    held = theirs.filter(pk__in=poison).update(state="held", reason="poison", **freed)
    theirs.update(state="queued", **freed)
    return [("unknown", unknown), ("held", held)]


def _cancel_unwanted(waiting: MessageQuerySet, *, now: datetime) -> int:
    """Take back what waits for members who are gone, cannot be reached, or said no; the number of them."""
    member = Member.objects.filter(pk=OuterRef("member_id"))
    # A pause stops what would leave while it lasts.
    declined = OptOut.objects.in_force(now).filter(
        Q(category=OuterRef("category")) | Q(category=OptOut.ALL),
        Q(until__isnull=True) | Q(until__gt=OuterRef("ready_at")),
        member=OuterRef("member_id"),
    )
    gone = waiting.exclude(Exists(member.filter(may_be_written_to())))
    unreachable = waiting.exclude(Exists(member.filter(reachable="ok")))
    return (
        gone.update(state="cancelled", reason=_because(member, "status"))
        + unreachable.update(state="cancelled", reason=_because(member, "reachable"))
        + waiting.filter(Exists(declined)).update(state="cancelled", reason="opted_out")
    )


def _because(member: MemberQuerySet, field: str) -> Concat:
    return Concat(Value("member_"), Subquery(member.values(field)))
