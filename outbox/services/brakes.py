"""The brake on mass sending: no mistake of a machine writes to everybody."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q

from care.lib.days import ONE_DAY, local_day, start_of_day
from members import audit
from members.models import Community, Member, User
from outbox.models import Message
from outbox.querysets import UNDER_WAY, MessageQuerySet

AT_LEAST = 25
PERCENT = 5
# A run counts again when it has taken its share of what was left at the last count: so many runs at once, all of which
# know nothing of each other, do not take more than that.
RUNS = 10
# And it counts again after so long, for what was approved in the meantime.
COUNTED_FOR = timedelta(minutes=1)


def limit(active_members: int) -> int:
    """How many automatic messages may leave in a day of a community of this size. What a person approved is free."""
    return max(AT_LEAST, active_members * PERCENT // 100)


@dataclass(slots=True)
class _Share:
    """How many letters of a community a run may still take before it counts again, and when it counted."""

    left: int
    counted_at: datetime


class Brake:
    """The brake of one run of deliveries. How large a community is, it asks once a run; what leaves there on its day,
    it counts the more often the closer that is to the limit.
    """

    def __init__(self) -> None:
        self._limits: dict[UUID, int] = {}
        self._shares: dict[UUID, _Share] = {}

    def apply(self, batch: list[Message], *, now: datetime) -> tuple[list[Message], int]:
        """Those of a claimed batch that may go on, and how many messages were held.

        Where a community has too many automatic messages for its day, all of them that are ready are held, those of
        the batch included. The batch is counted as leaving before it is asked for, so two workers do not let twice as
        many go.
        """
        taken = Counter(row.community_id for row in batch if _is_counted(row) and row.community_id)
        concerned = [community for community, number in taken.items() if not self._has_share(community, number, now)]
        over = self._over_limit(concerned, now=now) if concerned else []
        if not over:
            return batch, 0
        ours = Q(state="claimed", claim=batch[0].claim) | Q(state="queued", ready_at__lte=now)
        number = (
            _automatic()
            .filter(ours, community__in=over)
            .update(state="held", reason="brake", claim=None, claimed_at=None)
        )
        return [row for row in batch if not (_is_counted(row) and row.community_id in over)], number

    def _has_share(self, community: UUID, number: int, now: datetime) -> bool:
        """Take so many letters of the share of this run; False when it has not so many, or counted too long ago."""
        share = self._shares.get(community)
        if share is None or share.left < number or abs(now - share.counted_at) > COUNTED_FOR:
            return False
        share.left -= number
        return True

    def _over_limit(self, ids: Iterable[UUID], *, now: datetime) -> list[UUID]:
        """Those of these communities that have too many automatic messages for their day; three queries at most."""
        today = Q(pk__in=[])
        for community in Community.objects.filter(pk__in=ids):
            today |= Q(community=community) & _leaves_on_day_of(community, now)
        numbers = dict(_automatic().filter(today).order_by().values_list("community").annotate(Count("pk")))
        self._learn_limits({community for community, number in numbers.items() if number > AT_LEAST})
        left = {community: self._limits.get(community, AT_LEAST) - number for community, number in numbers.items()}
        self._shares |= {community: _Share(number // RUNS, now) for community, number in left.items()}
        return [community for community, number in left.items() if number < 0]

    def _learn_limits(self, ids: set[UUID]) -> None:
        new = ids - self._limits.keys()
        if not new:
            return
        active = Member.objects.active().filter(community__in=new).order_by()
        sizes = dict(active.values_list("community").annotate(Count("pk")))
        self._limits |= {community: limit(sizes.get(community, 0)) for community in new}


def _is_counted(message: Message) -> bool:
    return message.is_automatic and message.message_class != Message.Class.ACCOUNT


def _automatic() -> MessageQuerySet:
    return Message.objects.filter(is_automatic=True).exclude(message_class=Message.Class.ACCOUNT)


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
        | Q(state__in=(*UNDER_WAY, "unknown"))
        | Q(state="held", reason="brake")
    )


def held_by_brake(community: Community) -> MessageQuerySet:
    return Message.objects.of(community).filter(state="held", reason="brake")


@transaction.atomic
def release_brake(community: Community, *, by: User) -> int:
    """A person has looked: let those go that the brake held. They count as approved by that person from now on.

    Each is ready since when it was, so that what should have left over a day ago is read again first.
    """
    released = held_by_brake(community).update(state="queued", reason="", is_automatic=False, attempts=0, settled_by=by)
    if released:
        audit.record(community, actor=by, verb="brake.released", subject=community, count=released)
    return released
