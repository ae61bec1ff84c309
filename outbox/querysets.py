"""Reads of the outbox, in the words of the domain."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import models
from django.db.models import Exists, OuterRef, Q

from members.models import Community, Member

if TYPE_CHECKING:
    from outbox.models import Message, OptOut  # noqa: F401  the rows of the querysets below

OPEN = ("queued", "claimed", "sending", "held")
IN_FLIGHT = ("claimed", "sending")
# A greeting in one of these states takes up its member's day; the constraint message_one_greeting_a_day says the same.
TAKES_A_DAY = ("queued", "claimed", "sending", "sent", "unknown", "held")


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

    def claimed_before(self, instant: datetime) -> MessageQuerySet:
        """In flight since before `instant`: whoever claimed them has died."""
        return self.filter(claimed_at__lt=instant)

    def taking_days(self, first: date, *, members: Collection[UUID]) -> MessageQuerySet:
        """What takes up days of these members from `first` on."""
        rows = self.filter(member__in=members, local_day__gte=first, state__in=TAKES_A_DAY)
        return rows.select_related("member__community")

    def wanted(self, now: datetime) -> MessageQuerySet:
        """Those that may leave at `now` as far as member, community and this machine are concerned.

        The one place that says so: the claim asks it, and the mark right before sending asks it again.
        """
        is_welcome = _member_can_be_written_to(now) & ~_declined(now) & _sending_is_on()
        return self.filter(Q(message_class="account") | is_welcome)


def _member_can_be_written_to(now: datetime) -> Q:
    """Active (for an invitation: or invited), reachable, and not on hold."""
    reachable = Member.objects.filter(pk=OuterRef("member_id"), reachable="ok").not_on_hold(now)
    return Exists(reachable.filter(status="active")) | Q(message_class="invitation") & Exists(
        reachable.filter(status="invited")
    )


def _declined(now: datetime) -> Exists:
    """That the member does not want this category, or anything."""
    from outbox.models import OptOut

    return Exists(
        OptOut.objects.in_force(now).filter(
            Q(category=OuterRef("category")) | Q(category=OptOut.ALL), member=OuterRef("member_id")
        )
    )


def _sending_is_on() -> Q:
    """The community is not paused, and this machine is trusted to send."""
    from outbox.models import Install

    return Exists(Community.objects.running().filter(pk=OuterRef("community_id"))) & ~Exists(
        Install.objects.filter(quarantined_at__isnull=False)
    )


class OptOutQuerySet(models.QuerySet["OptOut"]):
    def in_force(self, now: datetime) -> OptOutQuerySet:
        """For good, or until an instant that is still to come."""
        return self.filter(Q(until__isnull=True) | Q(until__gt=now))


def refuses(category: str, *, now: datetime) -> Exists:
    """The condition on members that they do not want this category, or anything, at `now`."""
    from outbox.models import OptOut

    declined = OptOut.objects.in_force(now).filter(category__in=(category, OptOut.ALL))
    return Exists(declined.filter(member=OuterRef("pk")))
