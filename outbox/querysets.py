"""Reads of the outbox, in the words of the domain."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q

if TYPE_CHECKING:
    from members.models import Community

OPEN = ("queued", "claimed", "sending", "held")
IN_FLIGHT = ("claimed", "sending")


class MessageQuerySet(models.QuerySet["Message"]):
    def of(self, community: Community) -> MessageQuerySet:
        return self.filter(community=community)

    def of_class(self, message_class: str) -> MessageQuerySet:
        return self.filter(message_class=message_class)

    def ready(self, now: datetime) -> MessageQuerySet:
        """Queued, and nothing to wait for any more."""
        return self.filter(state="queued", ready_at__lte=now)

    def open(self) -> MessageQuerySet:
        """Those that have not come to an end."""
        return self.filter(state__in=OPEN)

    def settled_by_hand(self) -> MessageQuerySet:
        """Those that wait for a person: outcome unknown, or held back."""
        return self.filter(state__in=("unknown", "held"))


def refuses(category: str, *, now: datetime) -> Exists:
    """The condition on members that they do not want this category, or anything, at `now`."""
    from outbox.models import OptOut

    in_force = Q(until__isnull=True) | Q(until__gt=now)
    return Exists(OptOut.objects.filter(in_force, member=OuterRef("pk"), category__in=(category, OptOut.ALL)))
