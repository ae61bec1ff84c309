"""Reads, in the words of the domain."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.expressions import Value
from django.db.models.functions import Coalesce, NullIf

from care.lib.month_day import DayOf, MonthOf

if TYPE_CHECKING:
    from members.models import Community, TeamMember, User


class CommunityQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User) -> CommunityQuerySet:
        """The communities whose team this user is on. Being staff gives nobody a look into a community."""
        return self.filter(team__user=user) if user.is_authenticated else self.none()

    def running(self) -> CommunityQuerySet:
        """Those that are not paused."""
        return self.filter(paused_at__isnull=True)


class MemberQuerySet(models.QuerySet[Any]):
    def of(self, community: Community) -> MemberQuerySet:
        return self.filter(community=community)

    def kept(self) -> MemberQuerySet:
        """Everybody but the erased."""
        return self.exclude(status="erased")

    def active(self) -> MemberQuerySet:
        return self.filter(status="active")

    def on_hold(self, now: datetime) -> MemberQuerySet:
        return self.filter(hold_ends_at__gt=now)

    def not_on_hold(self, now: datetime) -> MemberQuerySet:
        return self.filter(Q(hold_ends_at__isnull=True) | Q(hold_ends_at__lte=now))

    def with_zone(self) -> MemberQuerySet:
        """Adds `their_zone`: the member's time zone, else the community's."""
        return self.annotate(their_zone=Coalesce(NullIf("time_zone", Value("")), "community__time_zone"))

    def with_feb29(self) -> MemberQuerySet:
        """Adds `their_feb29`: the member's choice for 29 February, else the community's."""
        return self.annotate(their_feb29=Coalesce(NullIf("feb29", Value("")), "community__feb29"))

    def born_on(self, pairs: set[tuple[int, int]]) -> MemberQuerySet:
        """Those whose birthday is one of these (month, day) pairs, by the index on them."""
        return self.filter(month_day_in("birth_month", "birth_day", pairs))

    def joined_on_days(self, pairs: set[tuple[int, int]]) -> MemberQuerySet:
        """Those who joined on one of these (month, day) pairs, of any year, by the index on them."""
        parts = self.alias(joined_month=MonthOf("joined_on"), joined_day=DayOf("joined_on"))
        return parts.filter(month_day_in("joined_month", "joined_day", pairs))

    def with_own_days(self, pairs: set[tuple[int, int]]) -> MemberQuerySet:
        """Joined with their own dates on one of these (month, day) pairs: a member comes once for each."""
        return self.filter(month_day_in("dates__month", "dates__day", pairs), dates__community_id=F("community_id"))

    def for_planning(self) -> MemberQuerySet:
        """Those a gesture may be planned for, with the columns every kind of attention needs."""
        return (
            self.filter(status="active")
            .exclude(reachable="suppressed")
            .with_zone()
            .with_feb29()
            .annotate(by_mail=Case(When(email_key__isnull=False, reachable="ok", then=True), default=False))
        )

    def never_reached(self) -> MemberQuerySet:
        """Active members whom no personal gesture has reached."""
        return self.active().filter(reached_at__isnull=True)

    def not_reached_since(self, instant: datetime) -> MemberQuerySet:
        """Active members whom a gesture has reached, but none since."""
        return self.active().filter(reached_at__lt=instant)


def month_day_in(month: str, day: str, pairs: set[tuple[int, int]]) -> Q:
    """Whether two columns are one of these (month, day) pairs, by month so that an index serves."""
    days: dict[int, list[int]] = {}
    for wanted_month, wanted_day in sorted(pairs):
        days.setdefault(wanted_month, []).append(wanted_day)
    condition = Q(pk__in=[])
    for wanted_month, wanted_days in days.items():
        condition |= Q(**{month: wanted_month, f"{day}__in": wanted_days})
    return condition


class NoteQuerySet(models.QuerySet[Any]):
    def visible_to(self, team_member: TeamMember) -> NoteQuerySet:
        """Restricted notes are for builders and owners; a greeter does not learn that they exist."""
        return self if team_member.may("builder") else self.filter(is_restricted=False)
