"""What attentions tell about a member: gestures that reached them, those skipped or missed, the last and the next."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from attentions import phrases
from attentions.models import Attention
from members.models import Member, TeamMember
from members.timeline.contract import HeaderFact, TimelineRow, Tone

SORTS = {"attention": gettext_lazy("Gestures")}
_TONES: dict[str, Tone] = {"accent": "accent", "warm": "warm", "ok": "ok"}


def rows(member: Member, *, before: datetime, limit: int, team_member: TeamMember) -> list[TimelineRow]:
    """Gestures done, decided against, or missed, the newest first."""
    told = [*_done(member, before, limit), *_declined(member, before, limit), *_missed(member, before, limit)]
    return sorted(told, key=lambda row: row.at, reverse=True)[:limit]


def header(member: Member, *, now: datetime) -> list[HeaderFact]:
    """The last gesture that reached them, and the next one that is planned."""
    attentions = member.attentions.all()
    facts = []
    last = attentions.filter(state="done").order_by("-done_at").first()
    if last:
        facts.append(
            HeaderFact("last", _name(last), at=last.done_at, icon=phrases.icon_of(last), url=_url(member, last))
        )
    coming = attentions.filter(state__in=("proposed", "approved"), expires_at__gt=now).order_by("due_at").first()
    if coming:
        facts.append(
            HeaderFact("next", _name(coming), at=coming.due_at, icon=phrases.icon_of(coming), url=_url(member, coming))
        )
    return facts


def _done(member: Member, before: datetime, limit: int) -> Iterator[TimelineRow]:
    found = member.attentions.filter(state="done", done_at__lt=before).select_related("done_by")
    for row in found.order_by("-done_at")[:limit]:
        assert row.done_at is not None  # noqa: S101  the database keeps it with the state
        yield TimelineRow(
            at=row.done_at,
            sort="attention",
            icon=phrases.icon_of(row),
            title=_name(row),
            text=row.note or row.personal_line,
            url=_url(member, row),
            tone=_TONES.get(phrases.tone_of(row), ""),
            by=str(row.done_by or _("the ritual itself")),
        )


def _declined(member: Member, before: datetime, limit: int) -> Iterator[TimelineRow]:
    found = member.attentions.filter(state="declined", due_at__lt=before)
    for row in found.order_by("-due_at")[:limit]:
        title = _("Skipped: %(gesture)s") % {"gesture": _name(row)}
        text = phrases.skip_reason(row.declined_reason)
        yield TimelineRow(row.due_at, "attention", "x", title, text=text, url=_url(member, row))


def _missed(member: Member, before: datetime, limit: int) -> Iterator[TimelineRow]:
    found = member.attentions.filter(state="expired", expires_at__lt=before)
    for row in found.order_by("-expires_at")[:limit]:
        title = _("Too late: %(gesture)s") % {"gesture": _name(row)}
        yield TimelineRow(row.expires_at, "attention", "hourglass", title, url=_url(member, row), tone="warm")


def _name(row: Attention) -> str:
    """What the gesture was: its own words where a person planned it, else its kind and what for."""
    if row.kind == phrases.BY_HAND:
        return row.detail
    title = phrases.kind_title(row.kind)
    return _("%(name)s: %(words)s") % {"name": title, "words": row.detail} if row.detail else title


def _url(member: Member, row: Attention) -> str:
    return reverse("attentions:detail", args=[member.community.slug, row.pk])
