"""When a personal gesture last reached a member."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from members.models import Member


def reached(member_id: UUID | None, *, at: datetime | None) -> None:
    """Note that a gesture reached this member; an older one than we know of changes nothing."""
    if member_id and at:
        Member.objects.filter(Q(reached_at__isnull=True) | Q(reached_at__lt=at), pk=member_id).update(reached_at=at)


def not_reached(member_id: UUID | None, *, at: datetime | None, last: datetime | None) -> None:
    """Take back that a gesture reached this member at that instant; the one before it did at `last`, if any did."""
    if member_id and at:
        Member.objects.filter(pk=member_id, reached_at=at).update(reached_at=last)
