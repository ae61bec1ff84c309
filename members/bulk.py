"""What a bulk action would do: whom it touches, whom it skips and why. Reading only; the services do it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import Http404, QueryDict
from django.utils.formats import number_format
from django.utils.translation import ngettext_lazy

from members import audiences
from members.audiences import Filter, FilterError
from members.facts import tag_key
from members.listing import meant
from members.models import Member, TeamMember
from members.querysets import MemberQuerySet

Action = Literal["tag", "untag", "hold"]
ACTIONS: tuple[Action, ...] = ("tag", "untag", "hold")
# More than a page can pick by hand: a longer list in an address was not made by us.
_MOST_PICKED = 500
NAMED = 20
_HAVE_TAG = ngettext_lazy("%(number)s has this tag already", "%(number)s have this tag already", "n")
_LACK_TAG = ngettext_lazy("%(number)s does not have this tag", "%(number)s do not have this tag", "n")
_ON_HOLD = ngettext_lazy(
    "%(number)s is on hold already, and keeps their own day and reason",
    "%(number)s are on hold already, and keep their own day and reason",
    "n",
)
_GONE = ngettext_lazy(
    "%(number)s is no longer in the community: nothing leaves to them anyway",
    "%(number)s are no longer in the community: nothing leaves to them anyway",
    "n",
)


@dataclass(frozen=True, slots=True)
class Selection:
    """The members that were picked: by hand, or all that a filter means. `told` is the filter of their list."""

    members: MemberQuerySet
    told: Filter
    is_everyone: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """Whom an action would touch, counted exactly, and in words how many it would skip for which reason."""

    touched: MemberQuerySet
    count: int
    named: list[Member]
    skipped: list[str]

    @property
    def unnamed(self) -> int:
        return self.count - len(self.named)


def selection(query: QueryDict, *, team_member: TeamMember, now: datetime) -> Selection:
    """The members that an address picks: `member=…` several times, or `everyone=1` and a filter.

    Raises Http404 for an id that is not of this community, and for a filter that cannot be read: a bulk action never
    guesses whom it is about.
    """
    members: MemberQuerySet = team_member.community.members.kept()
    try:
        told = audiences.from_query(query)
        ids = {UUID(picked) for picked in query.getlist("member")[: _MOST_PICKED + 1]}
    except (FilterError, ValueError):
        raise Http404 from None
    if query.get("everyone"):
        return Selection(meant(told, members, team_member=team_member, now=now), told, is_everyone=True)
    picked = members.filter(pk__in=ids)
    if len(ids) > _MOST_PICKED or picked.count() != len(ids):
        raise Http404
    return Selection(picked, told, is_everyone=False)


def preview(action: Action, members: MemberQuerySet, *, tag: str = "", now: datetime) -> Preview:
    """What `action` would do to `members`."""
    touched, reasons = _PLANS[action](members, tag, now)
    named = list(touched.order_by("name_key", "id")[:NAMED])
    counts = ((rows.count(), words) for rows, words in reasons)
    skipped = [words % {"n": count, "number": number_format(count)} for count, words in counts if count]
    return Preview(touched, touched.count(), named, skipped)


_Plan = tuple[MemberQuerySet, list[tuple[MemberQuerySet, Any]]]


def _tag(members: MemberQuerySet, tag: str, _now: datetime) -> _Plan:
    has = members.filter(member_tags__tag__key=tag_key(tag))
    return members.exclude(member_tags__tag__key=tag_key(tag)), [(has, _HAVE_TAG)]


def _untag(members: MemberQuerySet, tag: str, _now: datetime) -> _Plan:
    lacks = members.exclude(member_tags__tag__key=tag_key(tag))
    return members.filter(member_tags__tag__key=tag_key(tag)), [(lacks, _LACK_TAG)]


def _hold(members: MemberQuerySet, _tag_name: str, now: datetime) -> _Plan:
    here = members.filter(status__in=[Member.Status.ACTIVE, Member.Status.INVITED])
    gone = members.exclude(status__in=[Member.Status.ACTIVE, Member.Status.INVITED])
    return here.not_on_hold(now), [
        (here.on_hold(now), _ON_HOLD),
        (gone, _GONE),
    ]


_PLANS: dict[Action, Callable[[MemberQuerySet, str, datetime], _Plan]] = {"tag": _tag, "untag": _untag, "hold": _hold}
