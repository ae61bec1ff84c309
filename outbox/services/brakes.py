"""The brake on mass sending: no mistake of a machine writes to everybody."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q

from care.lib.days import ONE_DAY, local_day, start_of_day
from members import audit
from members.models import Community, Member, User
from outbox.models import Message
from outbox.querysets import MessageQuerySet

AT_LEAST = 25
PERCENT = 5


def limit(active_members: int) -> int:
    """How many automatic messages may leave in a day of a community of this size. What a person approved is free."""
    return max(AT_LEAST, active_members * PERCENT // 100)


def brake(batch: list[Message], *, now: datetime) -> tuple[list[Message], int]:
    """Those of a claimed batch that may go on, and how many messages were held.

    Where a community has too many automatic messages for its day, all of them that are ready are held, those of the
    batch included. The batch is counted as leaving before it is asked for, so two workers do not let twice as many go.
    """
    automatic = [row for row in batch if _is_counted(row)]
    if not automatic:
        return batch, 0
    over = _over_limit({row.community_id for row in automatic if row.community_id}, now=now)
    if not over:
        return batch, 0
    ours = Q(state="claimed", claim=batch[0].claim) | Q(state="queued", ready_at__lte=now)
    held = _automatic().filter(ours, community__in=over)
    number = held.update(state="held", reason="brake", claim=None, claimed_at=None)
    return [row for row in batch if not (_is_counted(row) and row.community_id in over)], number


def _is_counted(message: Message) -> bool:
    return message.is_automatic and message.message_class != Message.Class.ACCOUNT


def _automatic() -> MessageQuerySet:
    return Message.objects.filter(is_automatic=True).exclude(message_class=Message.Class.ACCOUNT)


def _over_limit(ids: set[UUID], *, now: datetime) -> list[UUID]:
    """Those of these communities that have too many automatic messages for their day; three queries."""
    communities = list(Community.objects.filter(pk__in=ids))
    today = Q(pk__in=[])
    for community in communities:
        today |= Q(community=community) & _leaves_on_day_of(community, now)
    numbers = dict(_automatic().filter(today).order_by().values_list("community").annotate(Count("pk")))
    active = Member.objects.active().filter(community__in=communities)
    sizes = dict(active.order_by().values_list("community").annotate(Count("pk")))
    return [row.pk for row in communities if numbers.get(row.pk, 0) > limit(sizes.get(row.pk, 0))]


def _leaves_on_day_of(community: Community, now: datetime) -> Q:
    """What has left on this day of the community, is leaving, or would leave if nothing stopped it.

    Bounded by `due_at`, on which there is an index; automatic messages are never more than a day late.
    """
    day = local_day(now, community.time_zone)
    begins = start_of_day(day, community.time_zone)
    ends = start_of_day(day + ONE_DAY, community.time_zone)
    recent = Q(due_at__gte=begins - 2 * ONE_DAY, due_at__lt=ends)
    return recent & (
        Q(state="sent", sent_at__gte=begins, sent_at__lt=ends)
        | Q(state__in=("queued", "claimed", "sending", "unknown"))
        | Q(state="held", reason="brake")
    )


def held_by_brake(community: Community) -> MessageQuerySet:
    return Message.objects.of(community).filter(state="held", reason="brake")


@transaction.atomic
def release_brake(community: Community, *, by: User, now: datetime) -> int:
    """A person has looked: let those go that the brake held. They count as approved by that person from now on."""
    released = held_by_brake(community).update(
        state="queued", reason="", is_automatic=False, ready_at=now, attempts=0, settled_by=by
    )
    if released:
        audit.record(community, actor=by, verb="brake.released", subject=community, count=released)
    return released
