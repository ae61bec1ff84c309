"""Members as a CSV file in the columns that the import understands: taken in again, it changes nothing."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from care.lib import days
from care.lib.csvfile import csv_lines
from members import audiences, audit
from members.audiences import Filter
from members.importing import own
from members.importing.fields import EXPORTED
from members.importing.rows import join_notes
from members.models import Community, Member, MemberTag, Note, User
from members.querysets import MemberQuerySet

_BATCH = 1000
_FACTS = (
    *("pk", "name", "preferred_name", "email", "birth_month", "birth_day", "birth_year", "joined_on", "time_zone"),
    *("language", "pronouns", "company", "country", "status", "introduced_by__email", "introduced_by__name"),
    "custom",
)


def chosen(community: Community, told: Filter, *, now: datetime) -> MemberQuerySet:
    """The members that a filter means, as a builder may see them. The erased are nobody."""
    today = days.local_day(now, community.time_zone)
    return audiences.apply(told, Member.objects.of(community).kept(), community=community, today=today, now=now)


@transaction.atomic
def record_export(community: Community, *, by: User | None, count: int, with_notes: bool) -> None:
    """Leave a line in the audit: who took how many members away."""
    fields = [*_columns(with_notes), *_own(community)]
    audit.record(community, actor=by, verb="members.exported", fields=fields, count=count)


def export_lines(
    community: Community, members: MemberQuerySet, *, with_notes: bool, delimiter: str = ","
) -> Iterator[str]:
    """The lines of the file, a thousand members in each. Memory does not grow with the number of members."""
    columns, kept = _columns(with_notes), _own(community)
    yield from csv_lines([[*columns, *kept.values()]], delimiter=delimiter)
    for rows in _batches(members):
        pks = [row["pk"] for row in rows]
        tags = _gathered(MemberTag.objects.filter(member__in=pks).order_by("tag__key"), "tag__name")
        notes = (
            _gathered(Note.objects.filter(member__in=pks).order_by("created_at", "pk"), "text") if with_notes else {}
        )
        yield "".join(csv_lines((_cells(row, columns, list(kept), tags, notes) for row in rows), delimiter=delimiter))


def _columns(with_notes: bool) -> list[str]:
    return [name for name in EXPORTED if with_notes or name != "notes"]


def _own(community: Community) -> dict[str, str]:
    return own.columns(community.custom_fields.all())


def _batches(members: MemberQuerySet) -> Iterator[list[dict[str, Any]]]:
    """The facts of all members, by keyset on the primary key."""
    ordered = members.order_by("pk").values(*_FACTS)
    rows = list(ordered[:_BATCH])
    while rows:
        yield rows
        rows = list(ordered.filter(pk__gt=rows[-1]["pk"])[:_BATCH])


def _gathered(rows: Any, value: str) -> dict[UUID, list[str]]:
    gathered: dict[UUID, list[str]] = {}
    for member, text in rows.values_list("member_id", value):
        gathered.setdefault(member, []).append(text)
    return gathered


def _cells(
    row: dict[str, Any], columns: list[str], kept: list[str], tags: dict[UUID, list[str]], notes: dict[UUID, list[str]]
) -> Iterator[str]:
    made = {
        "birthday": _birthday(row["birth_month"], row["birth_day"], row["birth_year"]),
        "joined": row["joined_on"].isoformat() if row["joined_on"] else "",
        "timezone": row["time_zone"],
        "introduced_by": row["introduced_by__email"] or row["introduced_by__name"] or "",
        "tags": "; ".join(tags.get(row["pk"], ())),
        "notes": join_notes(notes.get(row["pk"], ())),
    }
    yield from (str(made[name] if name in made else row[name]) for name in columns)
    yield from (own.as_cell(row["custom"].get(name.removeprefix(own.KEPT))) for name in kept)


def _birthday(month: int | None, day: int | None, year: int | None) -> str:
    """1990-05-31, or --05-31 where nobody knows the year, as ISO 8601 and vCard have it."""
    if month is None:
        return ""
    return f"{year:04d}-{month:02d}-{day:02d}" if year else f"--{month:02d}-{day:02d}"
