"""Writing down what was judged: a batch of verdicts in a handful of statements."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from care.lib.ids import uuid7
from members import facts
from members.importing.fates import Fate, Verdict
from members.models import Community, Member, MemberTag, Note, Tag, User

# A statement with a thousand alternatives for each column takes longer than four with a quarter of them.
_UPDATES_A_QUERY = 250
_COLUMNS = Member._meta.concrete_fields


def write(community: Community, verdicts: Sequence[Verdict], *, by: User | None, now: datetime) -> None:
    """Write new members, changes, tags and notes; who is new gets an identifier in the verdict.

    Raises IntegrityError when somebody else has put one of the new ones on record since they were judged.
    """
    new = [verdict for verdict in verdicts if verdict.fate is Fate.NEW]
    for verdict in new:
        verdict.member_id = uuid7()
    _insert([{**verdict.values, "id": verdict.member_id} for verdict in new], community, now=now)
    _update(verdicts, now=now)
    _tag(community, verdicts)
    Note.objects.bulk_create(
        Note(
            community=community,
            member_id=verdict.member_id,
            author=by,
            text=text,
            is_restricted=True,
            created_at=now + timedelta(microseconds=at),  # they keep their order
        )
        for verdict in verdicts
        if verdict.member_id
        for at, text in enumerate(verdict.new_notes)
    )


def link(pairs: Iterable[tuple[Member, UUID]], *, now: datetime) -> None:
    """Write who introduced whom."""
    members = []
    for member, introducer in pairs:
        member.introduced_by_id, member.updated_at = introducer, now
        members.append(member)
    Member.objects.bulk_update(members, ["introduced_by", "updated_at"], batch_size=_UPDATES_A_QUERY)


def _insert(rows: list[dict[str, Any]], community: Community, *, now: datetime) -> None:
    """New members, by columns. PostgreSQL takes a stream of rows twice as fast as statements."""
    if connection.vendor != "postgresql":
        Member.objects.bulk_create([Member(community=community, **row) for row in rows])
        return
    usual = {str(field.column): _as_text(field.get_default()) for field in _COLUMNS}
    usual |= {"community_id": str(community.pk), "created_at": str(now), "updated_at": str(now)}
    columns = ", ".join(connection.ops.quote_name(column) for column in usual)
    table = connection.ops.quote_name(Member._meta.db_table)
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            if "custom" in row:
                row["custom"] = _as_text(row["custom"])
            copy.write_row(tuple((usual | row).values()))


def _as_text(value: Any) -> str | None:
    """What COPY takes as it is: made once for all rows that have the same."""
    return None if value is None else json.dumps(value) if isinstance(value, dict) else str(value)


def _update(verdicts: Sequence[Verdict], *, now: datetime) -> None:
    columns: set[str] = set()
    members = []
    for verdict in verdicts:
        if verdict.fate is not Fate.UPDATED or not verdict.values or not verdict.member:
            continue
        for column, value in verdict.values.items():
            setattr(verdict.member, column, value)
        verdict.member.updated_at = now
        columns |= verdict.values.keys()
        members.append(verdict.member)
    if members:
        names = [column.removesuffix("_id") for column in columns]
        Member.objects.bulk_update(members, [*sorted(names), "updated_at"], batch_size=_UPDATES_A_QUERY)


def _tag(community: Community, verdicts: Sequence[Verdict]) -> None:
    """Add tags; those that the community does not have yet are made."""
    names = {facts.tag_key(name): name for verdict in verdicts for name in verdict.new_tags}
    if not names:
        return
    known = _tags(community, names)
    if missing := [Tag(community=community, name=name, key=key) for key, name in names.items() if key not in known]:
        Tag.objects.bulk_create(missing, ignore_conflicts=True)
        known = _tags(community, names)
    MemberTag.objects.bulk_create(
        [
            MemberTag(community=community, member_id=verdict.member_id, tag_id=known[facts.tag_key(name)])
            for verdict in verdicts
            if verdict.member_id
            for name in verdict.new_tags
        ],
        ignore_conflicts=True,
    )


def _tags(community: Community, keys: Iterable[str]) -> dict[str, UUID]:
    return dict(community.tags.filter(key__in=list(keys)).values_list("key", "pk"))
