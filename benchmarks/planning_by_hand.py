"""The baselines of planning: one INSERT … SELECT for each kind and day, and the loop that a tutorial would show."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from attentions.models import Attention, PlannerCursor, Ritual
from care.lib import days
from care.lib.days import Window
from members.models import Community, Member
from outbox.models import OptOut

# What is particular to each kind: the cycle, the day as (month, day) or a date, what must hold, and what for.
_KINDS: dict[str, dict[str, str]] = {
    "birthday": {
        "cycle": "'birthday:' || {year}",
        "where": "(m.birth_month = {month} AND m.birth_day = {day}{leap})",
        "leap": " OR m.birth_month = 2 AND m.birth_day = 29 AND COALESCE(NULLIF(m.feb29, ''), {feb29}) = '{on}'",
    },
    "anniversary": {
        "cycle": "'anniversary:' || ({year} - {joined_year})",
        "where": "({joined_month} = {month} AND {joined_day} = {day}{leap}) AND {year} - {joined_year} >= 1",
        "leap": " OR {joined_month} = 2 AND {joined_day} = 29 AND COALESCE(NULLIF(m.feb29, ''), {feb29}) = '{on}'",
    },
    "own_date": {
        "cycle": "'date:' || {date_id} || ':' || {year}",
        "from": " JOIN members_importantdate d ON d.member_id = m.id",
        "where": "(d.month = {month} AND d.day = {day}{leap}) AND d.community_id = {community} AND d.known_from <= {date}"
        " AND (d.year IS NULL OR CASE WHEN d.is_yearly THEN d.year <= {year} ELSE d.year = {year} END)",
        "leap": " OR d.month = 2 AND d.day = 29 AND COALESCE(NULLIF(m.feb29, ''), {feb29}) = '{on}'",
        "detail": "d.label",
    },
    "welcome": {"cycle": "'welcome'", "where": "m.welcome_on = {date}", "leap": ""},
}
_POSTGRESQL = {
    "id": "gen_random_uuid()",
    "joined_year": "EXTRACT(year FROM m.joined_on)::int",
    "joined_month": "EXTRACT(month FROM m.joined_on)::smallint",
    "joined_day": "EXTRACT(day FROM m.joined_on)::smallint",
    "date_id": "replace(d.id::text, '-', '')",
}
_SQLITE = {
    "id": "lower(hex(randomblob(16)))",
    "joined_year": "CAST(substr(m.joined_on, 1, 4) AS INTEGER)",
    "joined_month": "CAST(substr(m.joined_on, 6, 2) AS INTEGER)",
    "joined_day": "CAST(substr(m.joined_on, 9, 2) AS INTEGER)",
    "date_id": "d.id",
}
_INSERT = """
INSERT INTO attentions_attention (id, community_id, ritual_id, member_id, kind, cycle, channel, state, due_on, due_at,
    expires_at, detail, personal_line, asks_again, facts_sha256, declined_reason, note, created_at, proposed_at)
SELECT {id}, m.community_id, {ritual}, m.id, '{kind}', {cycle},
    CASE WHEN m.email_key IS NOT NULL AND m.reachable = 'ok' THEN 'email' ELSE 'by_hand' END,
    'proposed', {date}, z.due_at, z.expires_at, {detail}, '', '', '', '', '', {now}, {now}
FROM members_member m{from}
JOIN (VALUES {zones}) AS z{zone_columns} ON {zone_of} = m.time_zone
WHERE m.community_id = {community} AND {where} AND z.expires_at > {now} AND m.status = 'active' AND m.reachable <> 'suppressed'
    AND m.known_from <= {date}
    AND NOT EXISTS (SELECT 1 FROM outbox_optout o WHERE o.member_id = m.id AND o.category IN ('{kind}', '*')
        AND (o.until IS NULL OR o.until > {now}))
ON CONFLICT DO NOTHING"""


def by_hand(community: Community, now: datetime, first: Callable[[Ritual], date], last: date) -> None:
    """Make the rows that miss from each ritual's first day on, end what nobody approved in time, move the cursors."""
    zones = sorted(set(Member.objects.of(community).values_list("time_zone", flat=True).distinct()))
    for ritual in Ritual.objects.of(community):
        with transaction.atomic(), connection.cursor() as cursor:
            for day in Window(first(ritual), last):
                cursor.execute(_statement(ritual, community, day, zones, now))
            PlannerCursor.objects.filter(ritual=ritual).update(planned_through=last)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE attentions_attention SET state = 'expired' WHERE state = 'proposed' AND community_id = "
            f"{_literal(community.pk)} AND due_at <= {_literal(now)} AND expires_at <= {_literal(now)}"
        )


def _statement(ritual: Ritual, community: Community, day: date, zones: list[str], now: datetime) -> str:
    """The INSERT for one kind and day, for people who read SQL."""
    is_postgresql = connection.vendor == "postgresql"
    kind = _KINDS[ritual.kind]
    words: dict[str, Any] = {
        **(_POSTGRESQL if is_postgresql else _SQLITE),
        "ritual": _literal(ritual.pk), "community": _literal(community.pk), "now": _literal(now), "date": _literal(day),
        "year": day.year, "month": day.month, "day": day.day, "feb29": f"'{community.feb29}'", "kind": ritual.kind,
        "from": kind.get("from", ""), "detail": kind.get("detail", "''"),
        "on": {(2, 28): "feb28", (3, 1): "mar1"}.get((day.month, day.day), ""),
        "zones": ", ".join(_zone(zone, ritual, community, day) for zone in zones),
        "zone_columns": "(zone, due_at, expires_at)" if is_postgresql else "",
        "zone_of": "z.zone" if is_postgresql else "z.column1",
    }  # fmt: skip
    words["leap"] = kind["leap"].format(**words) if words["on"] and not days.exists(2, 29, day.year) else ""
    words["cycle"], words["where"] = kind["cycle"].format(**words), kind["where"].format(**words)
    statement = (
        _INSERT if is_postgresql else _INSERT.replace("z.due_at", "z.column2").replace("z.expires_at", "z.column3")
    )
    return statement.format(**words)


def _zone(zone: str, ritual: Ritual, community: Community, day: date) -> str:
    due_at, expires_at = _instants(day, ritual, zone or community.time_zone)
    return f"('{zone}', {_literal(due_at)}, {_literal(expires_at)})"


def _instants(day: date, ritual: Ritual, zone: str) -> tuple[datetime, datetime]:
    due_at = days.at_hour(day, ritual.hour, zone)
    return due_at, days.start_of_day(days.local_day(due_at, zone) + timedelta(days=ritual.late_days + 1), zone)


def _literal(value: Any) -> str:
    """A value as SQL; only our own instants, days and identifiers come here."""
    if connection.vendor == "postgresql":
        kind = {datetime: "timestamptz", date: "date"}.get(type(value), "uuid")
        return f"'{value}'::{kind}"
    if isinstance(value, datetime):
        return f"'{value.astimezone(UTC).replace(tzinfo=None)}'"
    return f"'{value}'" if isinstance(value, date) else f"'{value.hex}'"


def loop_over_members(community: Community, now: datetime, first: date, last: date) -> None:
    """Every member, every kind, `get_or_create`: how it is usually shown."""
    window = Window(first, last)
    rituals = {ritual.kind: ritual for ritual in Ritual.objects.of(community)}
    for member in Member.objects.of(community).filter(status="active").select_related("community"):
        for kind, cycle, day, detail in _turns(member, window):
            ritual = rituals[kind]
            declined = OptOut.objects.filter(member=member, category__in=[kind, OptOut.ALL]).exists()
            if day < member.known_from or member.reachable == "suppressed" or declined:
                continue
            due_at, expires_at = _instants(day, ritual, member.zone)
            Attention.objects.get_or_create(
                ritual=ritual,
                member=member,
                cycle=cycle,
                defaults={
                    "community": community, "kind": kind, "due_on": day, "due_at": due_at, "expires_at": expires_at,
                    "detail": detail, "created_at": now, "proposed_at": now,
                    "channel": "email" if member.email_key and member.reachable == "ok" else "by_hand",
                },
            )  # fmt: skip


def _turns(member: Member, window: Window) -> list[tuple[str, str, date, str]]:
    """The usual loop asks for the own dates of each member; it would be a query more for each."""
    feb29: Any = member.feb29 or member.community.feb29
    found = []
    if member.birth_month and member.birth_day:
        for day in days.yearly(member.birth_month, member.birth_day, window, feb29=feb29):
            found.append(("birthday", f"birthday:{day.year}", day, ""))
    if member.joined_on:
        for day in days.yearly(member.joined_on.month, member.joined_on.day, window, feb29=feb29):
            if years := day.year - member.joined_on.year:
                found.append(("anniversary", f"anniversary:{years}", day, ""))
    if member.welcome_on and member.welcome_on in window:
        found.append(("welcome", "welcome", member.welcome_on, ""))
    return found
