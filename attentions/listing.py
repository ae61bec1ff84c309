"""The list of attentions by state, as a person of the team asks for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from attentions import phrases, presenting, queue
from attentions.kinds import kinds
from attentions.models import Attention
from attentions.presenting import Person
from attentions.querysets import AttentionQuerySet
from care.lib.keyset import Column
from members.models import Community, Member
from members.search import search

SOONEST_FIRST = ("waiting", "upcoming", "approved")


@dataclass(frozen=True, slots=True)
class Line:
    """One attention in the list."""

    attention: Attention
    person: Person
    kind_title: str
    tone: str
    icon: str
    reason: str
    what: str


def rows(
    community: Community, *, state: str, kind: str, q: str, member: UUID | None, by_email: bool, now: datetime
) -> AttentionQuerySet:
    """The attentions in one state as the team sees it, of a kind and for people where wanted."""
    found = in_state(community, state, now=now).select_related("member", "ritual", "approved_by", "done_by")
    if kind:
        found = found.filter(kind=kind)
    if member:
        found = found.filter(member=member)
    if q.strip():
        found = found.filter(member__in=search(Member.objects.of(community), q, by_email=by_email))
    return found


def in_state(community: Community, state: str, *, now: datetime) -> AttentionQuerySet:
    attentions = Attention.objects.of(community)
    if state not in ("waiting", "upcoming"):
        return attentions.filter(state=state)
    waiting = attentions.waiting(now, until=now + queue.AHEAD)
    return waiting if state == "waiting" else attentions.proposed().exclude(pk__in=waiting.values("pk"))


def order(state: str) -> tuple[Column, ...]:
    """Soonest first for what is to come, latest first for what is over."""
    backward = state not in SOONEST_FIRST
    return (Column("due_at", is_descending=backward), Column("id", is_descending=backward))


def lines(attentions: Iterable[Attention], community: Community, *, state: str, now: datetime) -> list[Line]:
    """The rows in words."""
    found = []
    for row in attentions:
        row.community = community
        if row.member:
            row.member.community = community
        found.append(
            Line(
                attention=row,
                person=presenting.person(row),
                kind_title=phrases.kind_title(row.kind),
                tone=phrases.tone_of(row),
                icon=phrases.icon_of(row),
                reason=phrases.reason(row).removeprefix("– "),
                what=_what(row, state, now=now),
            )
        )
    return found


def _what(row: Attention, state: str, *, now: datetime) -> str:
    """What is to be said of it in its state."""
    zone = phrases.zone_of(row)
    hold = row.member.hold_ends_at if row.member else None
    if row.state == "proposed" and hold and hold > now:
        return _("on hold")
    if state == "upcoming" and row.snoozed_until and row.snoozed_until > now:
        return _("snoozed, back %s") % phrases.moment(row.snoozed_until, now=now, zone=zone)
    if asks_again := phrases.asks_again(row):
        return asks_again
    if row.state == "approved":
        return _("by %s") % (row.approved_by or _("the ritual itself"))
    if row.state == "done":
        return _("by %s") % (row.done_by or _("the ritual itself"))
    if row.state == "declined":
        return phrases.skip_reason(row.declined_reason)
    if row.state == "expired":
        return _("approved, but not delivered in time") if row.approved_at else _("nobody said yes in time")
    return ""


def kind_choices(community: Community) -> list[tuple[str, Any]]:
    """The kinds to filter by: those that are known, by hand, and those that are gone but were practised."""
    known = {kind.key: str(kind.title) for kind in kinds()}
    practised = community.rituals.values_list("kind", flat=True)
    gone = {key: phrases.kind_title(key) for key in practised if key not in known}
    return [*known.items(), (phrases.BY_HAND, phrases.kind_title(phrases.BY_HAND)), *gone.items()]
