"""The member list: an address read as a filter, an order and a place, and the rows that are there."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from care.lib import days
from care.lib.counts import Count
from care.lib.keyset import Column, Page, page
from members import audiences, search
from members.audiences import Filter, FilterError, Moment
from members.models import Audience, Member, TeamMember
from members.querysets import MemberQuerySet

Text = str | Promise
PAGE = 50
# A list is counted no further than this: the whole would have to be read.
COUNTED = 1_000

ORDERS: dict[str, tuple[Text, tuple[Column, ...]]] = {
    "name": (_("By name"), (Column("name_key"), Column("id"))),
    "newest": (
        _("Newest first"),
        (Column("joined_on", is_descending=True, is_nullable=True), Column("id", is_descending=True)),
    ),
    "longest": (_("Longest here first"), (Column("joined_on", is_nullable=True), Column("id"))),
    "added": (_("Last added first"), (Column("id", is_descending=True),)),
}
DEFAULT_ORDER = "name"


class Chip(NamedTuple):
    """A word of the filter, said, and the query without it."""

    text: str
    query: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What the member list shows. With `error` the filter could not be read, and nobody is shown.

    `audience` is the one whose filter is being changed here.
    """

    filter: Filter
    order: str
    page: Page[Member]
    count: Count
    chips: list[Chip] = field(default_factory=list)
    error: str = ""
    audience: Audience | None = None

    @property
    def filter_pairs(self) -> list[tuple[str, str]]:
        """The filter as names and values, for hidden fields."""
        return pairs(self.filter)

    @property
    def reaches_further(self) -> bool:
        """Whether the filter means more people than this page shows."""
        return self.count.is_more or self.count.number > len(self.page.rows)

    @property
    def earlier_url(self) -> str:
        return f"?{self.query(at=self.page.earlier)}" if self.page.earlier else ""

    @property
    def later_url(self) -> str:
        return f"?{self.query(at=self.page.later)}" if self.page.later else ""

    def query(self, **more: str) -> str:
        """The query of an address that shows this filter in this order."""
        kept = {"sort": "" if self.order == DEFAULT_ORDER else self.order, "audience": _id(self.audience)}
        return _join(self.filter.to_query(), {**kept, **more})


def listing(query: QueryDict, *, team_member: TeamMember, now: datetime) -> Listing:
    """The list that the query of an address means, as far as this team member may look."""
    community = team_member.community
    order = query.get("sort", "")
    order = order if order in ORDERS else DEFAULT_ORDER
    members: MemberQuerySet = community.members.kept()
    audience = _audience(query, team_member)
    try:
        told = audiences.from_query(query)
    except FilterError as error:
        return Listing(Filter(), order, Page([], None, None), Count(0), error=str(error), audience=audience)
    chosen = meant(told, members, team_member=team_member, now=now)
    # Few enough are sorted among themselves. Of more, the index of the order is walked until a page is full: that is
    # soon, since so many match, but not where those who match stand together far down: hence `first`.
    ids = list(chosen.order_by().values_list("pk", flat=True)[: COUNTED + 1])
    is_more = len(ids) > COUNTED
    rows = page(
        (chosen if is_more else members.filter(pk__in=ids)).prefetch_related("tags"),
        ORDERS[order][1],
        cursor=query.get("at"),
        size=PAGE,
        first=search.best(told.searched) if order == DEFAULT_ORDER else None,
    )
    said = audiences.phrases(told, audiences.known_of(community)) if told else {}
    kept = {"audience": _id(audience)}
    chips = [Chip(text, _join(told.without(word).to_query(), kept)) for word, text in said.items()]
    return Listing(told, order, rows, Count(min(len(ids), COUNTED), is_more=is_more), chips, audience=audience)


def moment(team_member: TeamMember, *, now: datetime) -> Moment:
    """An instant as a team member sees it: who sees no addresses finds nobody by them."""
    community = team_member.community
    today = days.local_day(now, community.time_zone)
    return Moment(community, today, now, by_email=team_member.may("builder"))


def meant(told: Filter, members: MemberQuerySet, *, team_member: TeamMember, now: datetime) -> MemberQuerySet:
    """Those of `members` whom a filter means to this team member."""
    return members.filter(audiences.condition(told, moment(team_member, now=now)))


def _audience(query: QueryDict, team_member: TeamMember) -> Audience | None:
    """The audience that the address says is being changed; Http404 when there is none."""
    given = query.get("audience")
    if not given:
        return None
    try:
        wanted = UUID(given)
    except ValueError:
        raise Http404 from None
    return get_object_or_404(team_member.community.audiences, pk=wanted)


def _id(audience: Audience | None) -> str:
    return str(audience.pk) if audience else ""


def pairs(told: Filter) -> list[tuple[str, str]]:
    """A filter as names and values, as the fields of a form carry it."""
    return [(name, str(value)) for name, values in QueryDict(told.to_query()).lists() for value in values]


def _join(query: str, more: dict[str, str]) -> str:
    extra = QueryDict(mutable=True)
    extra.update({name: value for name, value in more.items() if value})
    return "&".join(part for part in (query, extra.urlencode()) if part)
