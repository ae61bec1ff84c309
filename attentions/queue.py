"""What waits for one person of the team: what leaves, or should be done, within a day from now."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from attentions.models import Attention
from attentions.querysets import AttentionQuerySet
from care.lib.counts import Count, count_to
from members.models import Community, TeamMember

# A day and not "today": when it is evening here it is tomorrow morning for some members, and nobody should have to sit
# up for them.
AHEAD = timedelta(hours=24)
# More than this many is said as "more than": counting on would cost time and tell nothing.
COUNTED = 200


def waiting(team_member: TeamMember, *, now: datetime) -> AttentionQuerySet:
    """What this person should look at. What a colleague looks after is theirs; what leaves by itself is not here."""
    community = team_member.community
    mine = Attention.objects.of(community).waiting(now, until=now + AHEAD).filter(_for(team_member))
    return mine.exclude(pk__in=leaving_alone(community, now=now).values("pk"))


def leaving_alone(community: Community, *, now: datetime) -> AttentionQuerySet:
    """What will leave by itself unless somebody objects; it is not among the waiting."""
    return Attention.objects.of(community).by_themselves(now, until=now + AHEAD)


def to_do(team_member: TeamMember, *, now: datetime) -> AttentionQuerySet:
    """What was approved and a person still has to do by hand."""
    return Attention.objects.of(team_member.community).by_hand().filter(_for(team_member), due_at__lt=now + AHEAD)


def letters_to_approve(team_member: TeamMember, *, now: datetime) -> AttentionQuerySet:
    """Those of the waiting that are mails to a member."""
    return waiting(team_member, now=now).letters()


def open_count(team_member: TeamMember, *, now: datetime) -> Count:
    """How many wait, each sort counted up to COUNTED."""
    sorts = (waiting(team_member, now=now), to_do(team_member, now=now))
    parts = [count_to(sort.values("pk"), COUNTED) for sort in sorts]
    return Count(sum(part.number for part in parts), is_more=any(part.is_more for part in parts))


def _for(team_member: TeamMember) -> Q:
    """Not what is with a colleague. Who has left the team, or may only look, looks after nothing any more."""
    others = team_member.community.team.filter(role__in=("owner", "builder")).exclude(user=team_member.user)
    return ~Q(assigned_to__in=others.values("user"))
