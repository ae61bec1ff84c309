"""What the Today page shows: the work first, ranked and no more than the builder's minutes allow; the numbers last."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import formats
from django.utils.formats import number_format
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attentions import queue
from attentions.kinds import kind_of
from attentions.models import Attention
from care.lib.counts import count_to
from care.lib.days import local_day
from care.numbers import FEWEST, Counted
from members.models import Community, Member, TeamMember, User
from outbox.banners import Banner
from outbox.models import Message

MINUTES_PER_GESTURE = 3
MOST_MORE = 4
FORTNIGHT = 14
NAMES_PER_DAY = 4
# Of a day with more than this nobody wants the number.
MANY_PER_DAY = 24
NOT_REACHED = 4
# How long a letter that failed is spoken of here; after that it stands in Messages alone.
LATELY = timedelta(days=7)
MOST_FAILED = 99
OVERDUE = timedelta(days=180)
# A newcomer is the welcome's; after so long without any gesture they are missed here.
SETTLED_IN = timedelta(days=30)


def greeting(user: User, *, now: datetime, zone: str) -> str:
    """Good morning, afternoon or evening, by the builder's own clock."""
    hour, name = now.astimezone(ZoneInfo(zone)).hour, user.get_short_name()
    if 4 <= hour < 12:
        return _("Good morning, %(name)s") % {"name": name}
    if 12 <= hour < 18:
        return _("Good afternoon, %(name)s") % {"name": name}
    return _("Good evening, %(name)s") % {"name": name}


def rows_for(team_member: TeamMember, *, now: datetime, more: int = 0) -> list[Attention]:
    """What this person should look at first, the latest and most urgent on top, no more than their minutes allow.

    Or as much again, `more` times, for whoever asks for it.
    """
    most = gestures_per_day(team_member.community) * (1 + more)
    rows: list[Attention] = []
    for part in (queue.to_do(team_member, now=now), queue.waiting(team_member, now=now)):
        rows += part.select_related("member", "ritual", "assigned_to").order_by("due_at", "pk")[:most]
    return sorted(rows, key=_rank)[:most]


def undelivered(community: Community, *, now: datetime) -> list[Banner]:
    """That letters of the last days could not be delivered, and where it says why; nothing when all were."""
    failed = Message.objects.of(community).filter(state=Message.State.FAILED, due_at__gt=now - LATELY)
    count = count_to(failed, MOST_FAILED)
    if not count.number:
        return []
    title = ngettext(
        "%(n)s letter of the last week could not be delivered.",
        "%(n)s letters of the last week could not be delivered.",
        count.number,
    )
    return [
        Banner(
            "warning",
            title % {"n": count},
            _("A new address often helps, or another way to reach them."),
            reverse("outbox:messages", args=[community.slug]) + "?show=failed",
            _("See why"),
        )
    ]


def leaving_alone(community: Community, *, now: datetime) -> list[Attention]:
    """What will leave by itself within a day unless somebody objects, the next ones first."""
    rows = (
        queue.leaving_alone(community, now=now)
        .select_related("member", "ritual", "assigned_to")
        .order_by("due_at", "pk")
    )
    return list(rows[: gestures_per_day(community)])


def gestures_per_day(community: Community) -> int:
    """How many gestures fit into the minutes the community gives them."""
    return max(1, community.minutes_per_day // MINUTES_PER_GESTURE)


def _rank(row: Attention) -> tuple[Any, ...]:
    kind = kind_of(row.kind)
    return (row.due_on, kind.priority if kind else 50, row.due_at, row.pk)


def fortnight(community: Community, *, now: datetime) -> list[dict[str, Any]]:
    """The next 14 days with the first few people of each; one bounded read a day."""
    today = local_day(now, community.time_zone)
    attentions = (
        Attention.objects.of(community)
        .filter(state__in=("proposed", "approved"), member__isnull=False)
        .exclude(member__hold_ends_at__gt=now)
        .select_related("member")
        .only("due_on", "due_at", "kind", "detail", "member", "member__name", "member__preferred_name")
        .order_by("due_at", "pk")
    )
    days = []
    for offset in range(FORTNIGHT):
        day = today + timedelta(days=offset)
        rows = list(attentions.filter(due_on=day)[: MANY_PER_DAY + 1])
        days.append(
            {
                "date": day,
                "weekday": formats.date_format(day, "D"),
                "is_today": not offset,
                "items": [_name(row, community.slug) for row in rows[:NAMES_PER_DAY]],
                "more": max(0, len(rows) - NAMES_PER_DAY),
                "many": len(rows) > MANY_PER_DAY,
            }
        )
    return days


def _name(row: Attention, slug: str) -> dict[str, Any]:
    kind, member = kind_of(row.kind), row.member
    assert member is not None  # noqa: S101  the query asks for it
    return {
        "name": member.called,
        "initials": member.initials,
        "colour": member.colour,
        "url": reverse("attentions:detail", args=[slug, row.pk]),
        "kind_title": kind.title if kind else row.detail,
        "tone": kind.tone if kind else "accent",
    }


def not_reached(community: Community, *, now: datetime) -> list[dict[str, Any]]:
    """A few active members whom nobody has reached, or not for half a year, longest first."""
    members = Member.objects.of(community).not_on_hold(now).select_related("community")
    settled_in = local_day(now - SETTLED_IN, community.time_zone)
    found = list(members.never_reached().filter(known_from__lte=settled_in).order_by("known_from")[:NOT_REACHED])
    if len(found) < NOT_REACHED:
        overdue = members.not_reached_since(now - OVERDUE).order_by("reached_at")
        found += overdue[: NOT_REACHED - len(found)]
    return [
        {
            "name": member.called,
            "url": reverse("members:detail", args=[community.slug, member.pk]),
            "initials": member.initials,
            "colour": member.colour,
            "last": _("%(time)s ago") % {"time": timesince(member.reached_at, now, depth=1)}
            if member.reached_at
            else _("never yet"),
        }
        for member in found
    ]


def empty_words(community: Community, *, counted: Counted | None, now: datetime) -> str:
    """The words for a day on which nothing waits: how many were reached, and who comes next.

    Nothing of "0 were reached" to somebody who has just approved their first letters.
    """
    words = [_reached(counted)] if counted and counted.active >= FEWEST and counted.reached else []
    return " ".join([*words, _next(community, now=now)])


def _reached(counted: Counted) -> str:
    if counted.reached == counted.active:
        return _("All %(active)s active members were reached this quarter.") % {"active": number_format(counted.active)}
    said = ngettext(
        "%(n)s of %(active)s active members was reached this quarter.",
        "%(n)s of %(active)s active members were reached this quarter.",
        counted.reached,
    )
    return said % {"n": number_format(counted.reached), "active": number_format(counted.active)}


def _next(community: Community, *, now: datetime) -> str:
    following = (
        Attention.objects.of(community)
        .filter(state__in=("proposed", "approved"), due_on__gte=local_day(now, community.time_zone), due_at__gt=now)
        .filter(member__isnull=False)
        .select_related("member")
        .order_by("due_on", "due_at", "pk")
        .first()
    )
    if following is None or following.member is None:
        return _("Nobody has a day in the next two weeks. A good moment to write to somebody just so.")
    days = max(0, (following.due_on - local_day(now, following.member.zone)).days)
    when = {0: _("today"), 1: _("tomorrow")}.get(days) or ngettext("in %(n)d day", "in %(n)d days", days) % {"n": days}
    return _("Next is %(name)s, %(when)s.") % {"name": following.member.called, "when": when}
