"""What the pages of rituals read: the gallery, one ritual's settings, what it would do, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import formats
from django.utils.translation import gettext as _

from attentions import phrases
from attentions.kinds import Kind, kind_of, kinds
from attentions.models import Attention, Ritual, Wording
from attentions.planning.outlook import Month, Outlook
from attentions.planning.plan import Planned
from attentions.planning.run import inside
from care.lib.counts import Count, count_to, counts_to
from care.lib.days import local_day
from care.lib.languages import LANGUAGES
from care.lib.places import place
from members.models import Community, Member

COUNTED = 1_000
REACHED = 10_000


@dataclass(frozen=True, slots=True)
class Card:
    """A sort of attention and what the community does with it. `kind` is None when its file has been removed."""

    key: str
    kind: Kind[Any] | None
    ritual: Ritual
    title: str
    icon: str
    tone: str
    for_whom: str
    hour: str
    how: str
    approval: str
    is_on_trial: bool
    upcoming: Count

    @property
    def is_on(self) -> bool:
        return self.ritual.is_on


def cards(community: Community, *, now: datetime) -> list[Card]:
    """A card for every kind that is known, and for every ritual whose kind no longer is. Two queries."""
    rituals = {row.kind: row for row in Ritual.objects.of(community).select_related("audience")}
    known = {kind.key: kind for kind in kinds()}
    keys = [*known, *sorted(key for key, row in rituals.items() if key not in known and row.is_on)]
    for row in rituals.values():
        row.community = community
    rows = [rituals.get(key) or new_ritual(community, known[key]) for key in keys]
    counts = _upcoming([row for row in rows if row.is_on], now=now)
    return [_card(known.get(row.kind), row, counts.get(row.pk, Count(0)), now=now) for row in rows]


def card(kind: Kind[Any], ritual: Ritual, *, community: Community, now: datetime) -> Card:
    counts = _upcoming([ritual] if ritual.is_on else [], now=now)
    return _card(kind, ritual, counts.get(ritual.pk, Count(0)), now=now)


def _upcoming(rituals: Sequence[Ritual], *, now: datetime) -> dict[UUID, Count]:
    """What each of these rituals has planned and not done yet, in one statement: the last days first, where it is."""
    planned = Attention.objects.filter(state__in=("proposed", "approved")).order_by("-due_on")
    counts = counts_to([planned.filter(ritual=ritual) for ritual in rituals], COUNTED)
    return {ritual.pk: count for ritual, count in zip(rituals, counts, strict=True)}


def _card(kind: Kind[Any] | None, ritual: Ritual, upcoming: Count, *, now: datetime) -> Card:
    return Card(
        key=ritual.kind,
        kind=kind,
        ritual=ritual,
        title=phrases.kind_title(ritual.kind),
        icon=kind.icon if kind else "circle-question-mark",
        tone=kind.tone if kind else "",
        for_whom=phrases.for_whom(ritual),
        hour=phrases.hour(ritual),
        how=ritual.get_channel_display(),
        approval=phrases.approval(ritual, now=now),
        is_on_trial=bool(ritual.sends_by_itself and ritual.asks_until and ritual.asks_until > now),
        upcoming=upcoming,
    )


def ritual_of(community: Community, key: str) -> Ritual | None:
    """The community's ritual of a kind, else one as it would begin, not saved; None when there is no such kind."""
    row = Ritual.objects.of(community).filter(kind=key).select_related("audience").first()
    if row is not None:
        row.community = community
        return row
    kind = kind_of(key)
    return new_ritual(community, kind) if kind else None


def new_ritual(community: Community, kind: Kind[Any]) -> Ritual:
    """A ritual as it begins, not saved."""
    return Ritual(community=community, kind=kind.key, hour=kind.hour, late_days=kind.late_days)


@dataclass(frozen=True, slots=True)
class Start:
    """Where somebody begins who has no ritual on yet."""

    has_members: bool
    birthdays: Count


def start(community: Community) -> Start | None:
    """What to do first; None once a ritual is on."""
    if Ritual.objects.of(community).switched_on().exists():
        return None
    members = Member.objects.of(community).active()
    return Start(members.exists(), count_to(members.filter(birth_month__isnull=False), COUNTED))


@dataclass(frozen=True, slots=True)
class Reach:
    """How many members a ritual is for, and how many of them only by hand."""

    members: Count
    by_hand: Count


def reach(ritual: Ritual, *, now: datetime) -> Reach:
    members = inside(ritual, Member.objects.of(ritual.community).for_planning(), now=now)
    return Reach(count_to(members, REACHED), count_to(members.filter(by_mail=False), COUNTED))


# --- wordings


def wordings(ritual: Ritual, kind: Kind[Any]) -> list[Wording]:
    """The variants of a ritual's words, in all languages; those it would begin with when it has no row yet."""
    rows = list(ritual.wordings.order_by("language", "variant"))
    missing = [language for language in LANGUAGES if language not in {row.language for row in rows}]
    return rows + [own_words(ritual, kind, language) for language in missing]


def own_words(ritual: Ritual, kind: Kind[Any], language: str, variant: int = 1) -> Wording:
    """The words the kind begins with, not saved."""
    words = kind.words(language)
    return Wording(
        community=ritual.community,
        ritual=ritual,
        language=language,
        variant=variant,
        subject=words.subject,
        body=words.body,
        belated=words.belated,
    )


# --- the outlook, in words


@dataclass(frozen=True, slots=True)
class Touched:
    """One of the first people a ritual would reach."""

    member: Member
    day: str
    time: str
    place: str
    is_community_hour: bool
    is_by_hand: bool
    what: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A month of the outlook; `percent` of the fullest one."""

    month: Month
    label: str
    percent: int


@dataclass(frozen=True, slots=True)
class Told:
    """An outlook as the page shows it."""

    outlook: Outlook
    bars: list[Bar]
    first: list[Touched]

    @property
    def others(self) -> int:
        """How many more than the named ones have their turn in the next two weeks."""
        return self.outlook.soon - len(self.first)


def told(outlook: Outlook, ritual: Ritual, *, now: datetime) -> Told:
    """The outlook with names and words; one query."""
    found = Member.objects.of(ritual.community).in_bulk([turn.member_id for turn in outlook.first])
    bars = [
        Bar(month, formats.date_format(month.first, "YEAR_MONTH_FORMAT"), round(100 * month.count / outlook.most))
        for month in outlook.months
    ]
    first = [
        _touched(turn, found[turn.member_id], ritual, now=now) for turn in outlook.first if turn.member_id in found
    ]
    return Told(outlook, bars, first)


def _touched(turn: Planned, member: Member, ritual: Ritual, *, now: datetime) -> Touched:
    member.community = ritual.community
    zone = member.zone
    day = phrases.day_word(turn.due_on, today=local_day(now, zone))
    return Touched(
        member=member,
        day=day[:1].upper() + day[1:],
        time=phrases.clock_time(turn.due_at, zone),
        place=place(zone),
        is_community_hour=not member.time_zone,
        is_by_hand=turn.channel == "by_hand",
        what=turn.detail or _kind_reason(turn, member, ritual),
    )


def _kind_reason(turn: Planned, member: Member, ritual: Ritual) -> str:
    kind = kind_of(ritual.kind)
    return kind.reason(as_attention(turn, member, ritual)) if kind else _("their turn")


def as_attention(turn: Planned, member: Member, ritual: Ritual) -> Attention:
    """The attention a planned turn would become, not saved."""
    return Attention(
        community=ritual.community,
        ritual=ritual,
        member=member,
        kind=ritual.kind,
        cycle=turn.cycle,
        channel=turn.channel,
        due_on=turn.due_on,
        due_at=turn.due_at,
        expires_at=turn.expires_at,
        detail=turn.detail,
    )
