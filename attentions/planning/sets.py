"""The plan of one ritual as a set: the database writes down what is missing, and says what differs.

Members who share the facts of a kind share its turns, and those who share a zone share its hours. So the turns are
worked out once for each group of such members and the hours once for each zone and day, handed to the database as two
small tables, and joined with the members there: a community of a million is planned without reading its members one by
one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models import Func, TextField, Value
from django.db.models.functions import Cast, Coalesce

from attentions.kinds import Kind, Occurrence
from attentions.models import Attention, Ritual
from attentions.planning.plan import Planned, Rule, hours, turns
from attentions.planning.reconcile import OPEN, REOPENABLE, Existing, first_state
from care.lib.batches import batches
from care.lib.days import Window
from care.lib.ids import uuid7
from members.querysets import MemberQuerySet

_BATCH, _CHUNK = 500, 5_000
_DAY, _INSTANT = models.DateField(), models.DateTimeField()
_TABLE = Attention._meta.db_table
# What parts the facts of a group in its key; no text that a person wrote holds it.
_UNIT = Value("\x1f")
# The columns of a new row that come from the plan; the others are the same for all, or the model's default.
_PLANNED = {"member_id", "cycle", "detail", "due_on", "due_at", "expires_at", "state", "channel"}
# A new identifier (RFC 9562, version 7) from its beginning, which holds the time.
_NEW_ID = {
    "postgresql": "overlay(gen_random_uuid()::text PLACING %s FROM 1 FOR 15)::uuid",
    "sqlite": "%s || substr(lower(hex(randomblob(2))), 2) || '8' || substr(lower(hex(randomblob(8))), 2)",
}
_DASH = {"postgresql": "-", "sqlite": ""}


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the plan and the rows differ.

    `turns` is how many are wanted of all members together, `missing` the numbers of those that somebody has no row of.
    `existing` are the rows that are not as wanted, with what is wanted instead, if anything, in `planned`: the open
    ones of the window, those that the planner or time had ended and that are wanted again, and those outside the
    window that took a turn wanted inside it.
    """

    turns: int
    missing: list[int]
    planned: list[Planned]
    existing: list[Existing]


class Wanted:
    """What a ritual wants of these members inside a window; `planned_through` is how far planning had come before."""

    def __init__(
        self,
        ritual: Ritual,
        kind: Kind[Any],
        rule: Rule,
        members: MemberQuerySet,
        window: Window,
        *,
        now: datetime,
        planned_through: date | None,
    ) -> None:
        self._ritual, self._kind, self._members, self._now, self._by_mail = ritual, kind, members, now, rule.by_mail
        self._window, self._planned_through = window, planned_through
        self._turns: list[tuple[str, Occurrence]] = []
        zones, keys = set(), set()
        groups = self._candidates(window).values_list("their_zone", "group_key", *kind.facts._fields).distinct()
        for zone, key, *facts in groups.iterator(chunk_size=_CHUNK):
            zones.add(zone)
            if key not in keys:
                keys.add(key)
                self._turns += [(key, turn) for turn in turns(kind, rule, kind.facts(*facts), window)]
        self._hours = {
            (zone, day): hours(rule, day, zone) for zone in zones for day in {turn.due_on for _key, turn in self._turns}
        }

    def compare(self) -> Comparison:
        """Compare the plan with the rows; one statement, whatever the number."""
        if not self._turns:
            return Comparison(0, [], [], list(open_rows(self._ritual, self._window)))
        wanted, params = self._statement(self._window, range(len(self._turns)))
        other, of_other = self._other()
        sql = f"""
            WITH {wanted}, {other}
            SELECT total.turns, other.* FROM (SELECT count(*) AS turns FROM wanted) total LEFT JOIN other ON TRUE
        """  # nosec B608  names of the models
        with connection.cursor() as cursor:
            cursor.execute(sql, [*params, *of_other])
            rows = cursor.fetchall()
        missing = {number for _total, pk, number, *_rest in rows if pk is None and number is not None}
        found = {UUID(str(pk)): wanted for _total, pk, *wanted in rows if pk is not None}
        existing = [row for ids in batches(found, _BATCH) for row in _read(Attention.objects.filter(pk__in=ids))]
        planned = [self._planned(row, *found[row.id]) for row in existing if found[row.id][0] is not None]
        return Comparison(int(rows[0][0]), sorted(missing), planned, existing)

    def _other(self) -> tuple[str, list[Any]]:
        """What goes on after `wanted`: `other`, the rows and turns that differ; and its values.

        PostgreSQL looks once at the rows of the window and puts them beside the plan by their hashes. SQLite knows no
        such way: it finds the row of each turn by the index on it, and the turn of each row in a list that it sorts.
        """
        matches = "a.member_id = w.member_id AND a.cycle = w.cycle"
        is_other = f"""
            CASE WHEN a.state IN ({_listed(OPEN)}) THEN
                w.number IS NULL OR a.due_at <> w.due_at OR a.expires_at <> w.expires_at
                OR a.channel <> w.channel OR a.detail <> w.detail
            WHEN a.state IN ({_listed(REOPENABLE)}) THEN w.expires_at > %s
            ELSE FALSE END
        """
        columns, is_missing = "a.id, w.number, w.zone, w.channel", "a.id IS NULL AND w.state <> ''"
        in_window = "a.ritual_id = %s AND a.due_on BETWEEN %s AND %s"
        ritual, *days = self._of_window()
        instant = _adapt(_INSTANT, self._now)
        if connection.vendor == "sqlite":
            other = f"""
                other AS (
                    SELECT {columns} FROM wanted w LEFT JOIN {_TABLE} a ON a.ritual_id = %s AND {matches}
                    WHERE ({is_missing}) OR {is_other}
                    UNION ALL
                    SELECT a.id, NULL, NULL, NULL FROM {_TABLE} a WHERE {in_window} AND a.state IN ({_listed(OPEN)})
                    AND (a.member_id IS NULL OR (a.member_id, a.cycle) NOT IN (SELECT member_id, cycle FROM wanted))
                )
            """  # nosec B608  names of the models
            return other, [ritual, instant, ritual, *days]
        other = f"""
            present AS MATERIALIZED (
                SELECT a.id, a.member_id, a.cycle, a.state, a.due_at, a.expires_at, a.channel, a.detail
                FROM {_TABLE} a WHERE {in_window}
            ),
            elsewhere AS (
                SELECT w.* FROM wanted w LEFT JOIN present a ON {matches} WHERE a.id IS NULL
            ),
            other AS (
                SELECT {columns} FROM present a LEFT JOIN wanted w ON {matches} WHERE {is_other}
                UNION
                SELECT {columns} FROM elsewhere w LEFT JOIN {_TABLE} a ON a.ritual_id = %s AND {matches}
                WHERE ({is_missing}) OR {is_other}
            )
        """  # nosec B608  names of the models
        return other, [ritual, *days, instant, ritual, instant]

    def write(self, missing: Sequence[int]) -> int:
        """Write down these turns, for whomever of their group they have no row yet; how many rows. One statement."""
        if not missing:
            return 0
        days = [self._turns[number][1].due_on for number in missing]
        wanted, params = self._statement(Window(min(days), max(days)), missing)
        columns, values, given = self._new_row()
        sql = f"""
            INSERT INTO {_TABLE} ({columns})
            WITH {wanted}
            SELECT {values} FROM wanted w WHERE w.state <> ''
            ON CONFLICT DO NOTHING
        """  # nosec B608  names of the models
        with connection.cursor() as cursor:
            cursor.execute(sql, [*params, *given])
            return int(cursor.rowcount)

    def _planned(self, row: Existing, number: int, zone: str, channel: str) -> Planned:
        turn = self._turns[number][1]
        its = self._hours[zone, turn.due_on]
        return Planned(row.member_id, turn.cycle, turn.due_on, its.due_at, its.expires_at, channel, turn.detail)

    def _candidates(self, window: Window) -> MemberQuerySet:
        members = self._kind.candidates(self._members, window).order_by()
        keyed: MemberQuerySet = members.annotate(group_key=_group_key(self._kind))
        return keyed

    def _statement(self, window: Window, numbers: Sequence[int]) -> tuple[str, list[Any]]:
        """These turns as the beginning of a statement, `wanted` with a row for each member and turn; and its values."""
        candidates = self._candidates(window).values_list("pk", "known_from", "by_mail", "their_zone", "group_key")
        members, of_members = candidates.query.sql_with_params()
        turns, of_turns = self._turn_table(numbers)
        hours, of_hours = self._hour_table(window)
        by_mail = "CASE WHEN c.by_mail THEN 'email' ELSE 'by_hand' END" if self._by_mail else "'by_hand'"
        wanted = f"""
            turn (number, group_key, cycle, detail, due_on) AS MATERIALIZED ({turns}),
            hours (zone, due_on, due_at, expires_at, state) AS MATERIALIZED ({hours}),
            slot AS MATERIALIZED (
                SELECT t.group_key || h.zone AS slot_key, t.number, t.cycle, t.detail, h.* FROM turn t
                JOIN hours h ON h.due_on = t.due_on
            ),
            candidate (member_id, known_from, by_mail, zone, group_key) AS ({members}),
            wanted AS MATERIALIZED (
                SELECT c.member_id, {by_mail} AS channel, s.* FROM candidate c
                JOIN slot s ON s.slot_key = c.group_key || c.zone WHERE s.due_on >= c.known_from
            )
        """  # nosec B608  names of the models
        return wanted, [*of_turns, *of_hours, *of_members]

    def _turn_table(self, numbers: Sequence[int]) -> tuple[str, list[Any]]:
        rows = []
        for number in numbers:
            key, turn = self._turns[number]
            rows.append((number, key, turn.cycle, turn.detail, turn.due_on))
        return _table(("int", "text", "text", "text", "date"), rows)

    def _hour_table(self, window: Window) -> tuple[str, list[Any]]:
        rows = []
        for (zone, day), its in self._hours.items():
            if day in window:
                state = first_state(its, now=self._now, planned_through=self._planned_through)
                rows.append((zone, day, its.due_at, its.expires_at, state))
        return _table(("text", "date", "timestamptz", "timestamptz", "text"), rows)

    def _of_window(self) -> list[Any]:
        days = [_adapt(_DAY, day) for day in (self._window.first, self._window.last)]
        return [_adapt(models.UUIDField(), self._ritual.pk), *days]

    def _new_row(self) -> tuple[str, str, list[Any]]:
        """The columns of a new row, what stands in each, and the values for that."""
        ritual = self._ritual
        same = {"community": ritual.community_id, "ritual": ritual.pk, "kind": ritual.kind}
        same |= {"created_at": self._now, "proposed_at": self._now}
        columns, made, given = [], [], []
        for field in Attention._meta.concrete_fields:
            columns.append(str(field.column))
            if field.column in _PLANNED:
                made.append(f"w.{field.column}")
            elif field.primary_key:
                made.append(_NEW_ID[connection.vendor])
                given.append(str(uuid7())[:15].replace("-", _DASH[connection.vendor]))
            else:
                made.append("%s")
                given.append(field.get_db_prep_save(same.get(field.name, field.get_default()), connection))
        return ", ".join(columns), ", ".join(made), given


def open_rows(ritual: Ritual, window: Window) -> Iterator[Existing]:
    """The rows of the window that the planner may still change."""
    return _read(Attention.objects.filter(ritual=ritual, due_on__range=(window.first, window.last), state__in=OPEN))


def _read(rows: models.QuerySet[Any]) -> Iterator[Existing]:
    fields = ("id", "member_id", "cycle", "due_at", "expires_at", "channel", "detail", "state")
    return (Existing(*row) for row in rows.values_list(*fields).iterator(chunk_size=_BATCH))


class _Joined(Func):
    """Texts put together; Django's `Concat` nests so deeply that SQLite gives up."""

    template, arg_joiner, output_field = "%(expressions)s", " || ", TextField()


def _group_key(kind: Kind[Any]) -> _Joined:
    """What names the members that have their turns in common."""
    parts = [Coalesce(Cast(name, TextField()), Value("")) for name in kind.facts._fields]
    return _Joined(*(piece for part in parts for piece in (part, _UNIT)))


def _table(types: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> tuple[str, list[Any]]:
    """Rows as a table that a statement can read, with PostgreSQL's types of their columns; and its value."""
    if connection.vendor == "postgresql":  # which guesses well how many rows arrays are, and badly for JSON
        columns = ", ".join(f"%s::{name}[]" for name in types)
        return f"SELECT * FROM unnest({columns})", [list(column) for column in zip(*rows, strict=True)]  # nosec B608  no names at all
    fields = {"date": _DAY, "timestamptz": _INSTANT}
    adapted = [
        [_adapt(fields[name], value) if name in fields else value for name, value in zip(types, row, strict=True)]
        for row in rows
    ]
    columns = ", ".join(f"json_extract(value, '$[{number}]')" for number in range(len(types)))
    return f"SELECT {columns} FROM json_each(%s)", [json.dumps(adapted)]  # nosec B608  no names at all


def _listed(states: Sequence[str]) -> str:
    return ", ".join(f"'{state}'" for state in states)


def _adapt(field: models.Field[Any, Any], value: Any) -> Any:
    """A value as this database takes it."""
    return field.get_db_prep_value(value, connection, prepared=True)
