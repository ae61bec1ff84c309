"""What the members package itself tells about a member: notes, joining and leaving, and who changed the record.

`contract` is what every package may tell, and how it is put together.
"""

from collections.abc import Iterator
from datetime import date, datetime
from uuid import UUID

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from care.lib.days import start_of_day
from members.models import AuditEntry, Member, Note, TeamMember, User
from members.timeline.contract import HeaderFact, Text, TimelineRow, Tone

__all__ = ["SORTS", "HeaderFact", "TimelineRow", "rows"]

SORTS = {"note": gettext_lazy("Notes"), "record": gettext_lazy("Record")}

_DONE: dict[str, tuple[str, Text]] = {
    "member.created": ("user-plus", gettext_lazy("Put on record")),
    "member.changed": ("pencil", gettext_lazy("Record changed")),
    "member.status_set": ("user-check", gettext_lazy("Status changed")),
    "member.held": ("circle-pause", gettext_lazy("Put on hold")),
    "member.released": ("play", gettext_lazy("Hold ended")),
    "member.tagged": ("tag", gettext_lazy("Tag added")),
    "member.untagged": ("tag", gettext_lazy("Tag removed")),
}


def rows(member: Member, *, before: datetime, limit: int, team_member: TeamMember) -> list[TimelineRow]:
    """Notes that this team member may see, joining and leaving, and for builders the changes of the record."""
    told = [*_notes(member, before, limit, team_member), *_days(member, before)]
    if team_member.may("builder"):
        told += _changes(member, before, limit)
    return sorted(told, key=lambda row: row.at, reverse=True)[:limit]


def _notes(member: Member, before: datetime, limit: int, team_member: TeamMember) -> Iterator[TimelineRow]:
    notes = Note.objects.filter(member=member, created_at__lt=before).visible_to(team_member)
    for note in notes.select_related("author").order_by("-created_at")[:limit]:
        is_own = note.author_id == team_member.user_id or team_member.may("owner")
        place = [member.community.slug, member.pk, note.pk]
        yield TimelineRow(
            at=note.created_at,
            sort="note",
            icon="sticky-note",
            title=_("Private note") if note.is_restricted else _("Note"),
            text=note.text,
            by=str(note.author or ""),
            is_private=note.is_restricted,
            remove_url=reverse("members:note_delete", args=place) if is_own else "",
        )


def _days(member: Member, before: datetime) -> Iterator[TimelineRow]:
    days: list[tuple[date | None, str, str]] = [
        (member.joined_on, "sprout", _("Joined the community")),
        (member.left_on, "log-out", _("Left the community")),
    ]
    for day, icon, title in days:
        if day and (at := start_of_day(day, member.community.time_zone)) < before:
            tone: Tone = "ok" if icon == "sprout" else ""
            yield TimelineRow(at=at, sort="record", icon=icon, title=title, day=day, tone=tone)


def _changes(member: Member, before: datetime, limit: int) -> Iterator[TimelineRow]:
    entries = AuditEntry.objects.filter(
        community=member.community_id,
        object_type=Member._meta.label_lower,
        object_id=str(member.pk),
        verb__in=_DONE,
        at__lt=before,
    ).order_by("-at")[:limit]
    people: dict[UUID, User] = User.objects.in_bulk([entry.actor_id for entry in entries if entry.actor_id])
    for entry in entries:
        icon, title = _DONE[entry.verb]
        yield TimelineRow(
            at=entry.at,
            sort="record",
            icon=icon,
            title=title,
            text=_names_of(entry.fields) if entry.verb == "member.changed" else "",
            by=str(people.get(entry.actor_id, "")) if entry.actor_id else "",
        )


def _names_of(fields: list[str]) -> str:
    """Fields of the record by the names people know them by."""
    others = {"dates": _("important dates"), "custom": _("custom fields"), "tags": _("tags")}
    others |= dict.fromkeys(("birth_day", "birth_month", "birth_year", "feb29"), _("birthday"))
    known = {field.name: str(getattr(field, "verbose_name", field.name)) for field in Member._meta.get_fields()}
    return capfirst(", ".join(dict.fromkeys(others.get(name) or known.get(name, name) for name in fields)))
