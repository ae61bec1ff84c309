"""Reads of attentions and rituals, in the words of the domain."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F, Q

from outbox.services.sweeping import TOO_LATE_ALONE

if TYPE_CHECKING:
    from members.models import Community


class RitualQuerySet(models.QuerySet[Any]):
    def of(self, community: Community) -> RitualQuerySet:
        return self.filter(community=community)

    def switched_on(self) -> RitualQuerySet:
        return self.filter(is_on=True)


class AttentionQuerySet(models.QuerySet[Any]):
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

    def by_themselves(self, now: datetime, *, until: datetime) -> AttentionQuerySet:
        """What a ritual will send without asking, unless somebody objects: due before `until` and not a day late.

        Neither snoozed nor on hold nor handed to a person; not in a ritual's first two days; not for somebody imported
        on the day; not what asks again. Those under veto still wait for their hours to pass.
        """
        trusted = Q(ritual__asks_until__isnull=True) | Q(ritual__asks_until__lte=now)
        return (
            self.waiting(now, until=until)
            .filter(trusted, ritual__approval__in=("veto", "auto"), ritual__is_on=True, channel="email")
            .filter(asks_again="", assigned_to__isnull=True, due_at__gt=now - TOO_LATE_ALONE, expires_at__gt=now)
            .exclude(member__is_imported=True, due_on__lte=F("member__known_from"))
        )

    def letters(self) -> AttentionQuerySet:
        """Those that are a mail to a member."""
        return self.filter(channel="email", member__isnull=False)

    def by_hand(self) -> AttentionQuerySet:
        """Approved ones that a person still has to do."""
        return self.filter(state="approved", channel="by_hand")
