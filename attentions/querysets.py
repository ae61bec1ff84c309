"""Reads of attentions and rituals, in the words of the domain."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from members.models import Community


class RitualQuerySet(models.QuerySet["Ritual"]):
    def of(self, community: Community) -> RitualQuerySet:
        return self.filter(community=community)

    def switched_on(self) -> RitualQuerySet:
        return self.filter(is_on=True)


class AttentionQuerySet(models.QuerySet["Attention"]):
    def of(self, community: Community) -> AttentionQuerySet:
        return self.filter(community=community)

    def proposed(self) -> AttentionQuerySet:
        return self.filter(state="proposed")

    def waiting(self, now: datetime, *, until: datetime) -> AttentionQuerySet:
        """What a person should look at: proposed, due before `until`, neither snoozed nor on hold."""
        return self.proposed().filter(
            Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=now),
            Q(member__isnull=True) | Q(member__hold_ends_at__isnull=True) | Q(member__hold_ends_at__lte=now),
            due_at__lt=until,
        )

    def by_hand(self) -> AttentionQuerySet:
        """Approved ones that a person still has to do."""
        return self.filter(state="approved", channel="by_hand")
