"""Reads of the outbox, in the words of the domain."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import models
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.lookups import Exact

from members.models import Member

if TYPE_CHECKING:
    from members.models import Community
    from outbox.models import Message, OptOut  # noqa: F401  the rows of the querysets below

IN_FLIGHT = ("claimed", "sending")
UNDER_WAY = ("queued", *IN_FLIGHT)
OPEN = (*UNDER_WAY, "held")
# A greeting in one of these states takes up its member's day; the constraint message_one_greeting_a_day says the same.
TAKES_A_DAY = (*UNDER_WAY, "sent", "unknown", "held")


class MessageQuerySet(models.QuerySet["Message"]):
    def of(self, community: Community) -> MessageQuerySet:
        return self.filter(community=community)

    def of_class(self, message_class: str) -> MessageQuerySet:
        return self.filter(message_class=message_class)

    def live_of(self, origins: Collection[str]) -> MessageQuerySet:
        """What these asked for and was not taken back: in the words of the index on that, however many they are."""
        return self.filter(origin__in=origins).exclude(origin="").exclude(state="cancelled")

    def ready(self, now: datetime) -> MessageQuerySet:
        """Queued, and nothing to wait for any more."""
        return self.filter(state="queued", ready_at__lte=now)

    def open(self) -> MessageQuerySet:
        """Those that have not come to an end."""
        return self.filter(state__in=OPEN)

    def claimed_before(self, instant: datetime) -> MessageQuerySet:
        """In flight since before `instant`: whoever claimed them has died."""
        return self.filter(claimed_at__lt=instant)

    def taking_days(self, first: date, *, members: Collection[UUID]) -> MessageQuerySet:
        """What takes up days of these members from `first` on."""
        rows = self.filter(member__in=members, local_day__gte=first, state__in=TAKES_A_DAY)
        return rows.select_related("member__community")


def may_leave(now: datetime) -> Q:
    """The condition on messages that member, community and this machine let them leave at `now`.

    The one place that says so: the claim asks it, and the mark right before sending asks it again.
    """
    from outbox.models import Install, OptOut

    welcomes = Member.objects.not_on_hold(now).filter(
        may_be_written_to(), pk=OuterRef("member_id"), reachable="ok", community__paused_at__isnull=True
    )
    declines = OptOut.objects.in_force(now).filter(
        Q(category=OuterRef("category")) | Q(category=OptOut.ALL), member=OuterRef("member_id")
    )
    stopped = Install.objects.filter(quarantined_at__isnull=False)
    return Q(message_class="account") | Q(Exists(welcomes), ~Exists(declines), ~Exists(stopped))


def may_be_written_to() -> Q:
    """The condition on the members of messages: they are active, or it invites them to join."""
    is_invitation = Exact(OuterRef("message_class"), Value("invitation"))
    return Q(status="active") | Q(status="invited") & Q(is_invitation)


class OptOutQuerySet(models.QuerySet["OptOut"]):
    def in_force(self, now: datetime) -> OptOutQuerySet:
        """For good, or until an instant that is still to come."""
        return self.filter(Q(until__isnull=True) | Q(until__gt=now))


def refuses(category: str, *, now: datetime) -> Exists:
    """The condition on members that they do not want this category, or anything, at `now`."""
    from outbox.models import OptOut

    declined = OptOut.objects.in_force(now).filter(category__in=(category, OptOut.ALL))
    return Exists(declined.filter(member=OuterRef("pk")))
