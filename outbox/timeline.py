"""What the outbox tells about a member: letters that left or did not, and what the member wants to get."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from care.lib.days import ONE_DAY, local_day
from members.models import Member, TeamMember
from members.timeline.contract import HeaderFact, TimelineRow
from outbox import words
from outbox.categories import label
from outbox.models import Message, OptOut
from outbox.services.preferences import refused

SORTS = {"message": gettext_lazy("Letters")}


def rows(member: Member, *, before: datetime, limit: int, team_member: TeamMember) -> list[TimelineRow]:
    """Letters that were sent, and those that should have been, the newest first. Those taken back are no news."""
    told = [*_sent(member, before, limit, team_member), *_not_sent(member, before, limit, team_member)]
    return sorted(told, key=lambda row: row.at, reverse=True)[:limit]


def header(member: Member, *, now: datetime) -> list[HeaderFact]:
    """What the member does not want, and whether mail reaches them."""
    refusals = refused(member, now=now)
    facts = []
    if member.reachable == Member.Reachable.BOUNCED:
        facts.append(HeaderFact("preference", _("Mail to this address comes back"), icon="mail-x", tone="bad"))
    if OptOut.ALL in refusals:
        until = refusals.pop(OptOut.ALL)
        facts.append(HeaderFact("preference", _no_letters(until, member), icon="bell-off", tone="warm"))
    for category in refusals:
        text = _("Does not want: %(category)s") % {"category": label(category)}
        facts.append(HeaderFact("preference", text, icon="bell-off"))
    return facts


def _no_letters(until: datetime | None, member: Member) -> str:
    if until is None:
        return _("Wants no letters")
    day = date_format(local_day(until, member.zone) - ONE_DAY)
    return _("Wants no letters until %(day)s") % {"day": day}


def _sent(member: Member, before: datetime, limit: int, team_member: TeamMember) -> Iterator[TimelineRow]:
    found = Message.objects.filter(member=member, state="sent", sent_at__lt=before)
    for row in found.defer("text", "html").order_by("-sent_at")[:limit]:
        assert row.sent_at is not None  # noqa: S101  the database keeps it with the state
        yield _row(row, row.sent_at, team_member)


def _not_sent(member: Member, before: datetime, limit: int, team_member: TeamMember) -> Iterator[TimelineRow]:
    states = ("failed", "unknown", "held", "expired")
    found = Message.objects.filter(member=member, state__in=states, due_at__lt=before)
    for row in found.defer("text", "html").order_by("-due_at")[:limit]:
        yield _row(row, row.due_at, team_member)


def _row(message: Message, at: datetime, team_member: TeamMember) -> TimelineRow:
    slug = team_member.community.slug
    return TimelineRow(
        at=at,
        sort="message",
        icon=words.ICONS.get(message.state, "mail"),
        title=message.subject or label(message.category),
        text="" if message.state == "sent" else words.explain(message).happened,
        url=reverse("outbox:message", args=[slug, message.pk]) if team_member.may("builder") else "",
        tone=words.TONES.get(message.state, ""),
    )
