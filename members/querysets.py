"""Reads, in the words of the domain."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from django.db.models.expressions import Value
from django.db.models.functions import Coalesce, NullIf

if TYPE_CHECKING:
    from members.models import Community, TeamMember, User


class CommunityQuerySet(models.QuerySet["Community"]):
    def visible_to(self, user: User) -> CommunityQuerySet:
        """The communities whose team this user is on. Being staff gives nobody a look into a community."""
        return self.filter(team__user=user) if user.is_authenticated else self.none()

    def running(self) -> CommunityQuerySet:
        """Those that are not paused."""
        return self.filter(paused_at__isnull=True)


class MemberQuerySet(models.QuerySet["Member"]):
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

    def joined_between(self, first: date | None, last: date | None) -> MemberQuerySet:
        wanted: dict[str, Any] = {"joined_on__gte": first, "joined_on__lte": last}
        return self.filter(**{lookup: day for lookup, day in wanted.items() if day})


def month_day_in(month: str, day: str, pairs: set[tuple[int, int]]) -> Q:
    """Whether two columns are one of these (month, day) pairs, by month so that an index serves."""
    days: dict[int, list[int]] = {}
    for wanted_month, wanted_day in sorted(pairs):
        days.setdefault(wanted_month, []).append(wanted_day)
    condition = Q(pk__in=[])
    for wanted_month, wanted_days in days.items():
        condition |= Q(**{month: wanted_month, f"{day}__in": wanted_days})
    return condition


class NoteQuerySet(models.QuerySet["Note"]):
    def visible_to(self, team_member: TeamMember) -> NoteQuerySet:
        """Restricted notes are for builders and owners; a greeter does not learn that they exist."""
        return self if team_member.may("builder") else self.none()
