"""UPDATE statements of the ORM, compiled once.

Building a statement with several conditions takes Django longer than the database needs to carry it out, and longer
than a mail server needs to take a letter. Where one is carried out for each of many rows, it is compiled the first time
and only gets its values after that.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from django.db import connections, models
from django.db.models.sql import UpdateQuery

# Values that stand for those to come; each must be unlike any constant of a statement.
UUIDS = tuple(UUID(int=number) for number in range(1, 6))
INSTANT = datetime(1, 2, 3, 4, 5, 6, 7, tzinfo=UTC)

_UUID, _INSTANT = models.UUIDField(), models.DateTimeField()

Update = tuple[models.QuerySet[Any], dict[str, Any]]


class PreparedUpdate:
    """`build(*values)` gives a queryset and the fields to write; `run(*values)` does that update.

    Works for values that are UUIDs or datetimes and are passed on as they are. Answers the primary keys of the rows
    that were changed.
    """

    def __init__(self, build: Callable[..., Update], *, uuids: int, instants: int = 0) -> None:
        self._build = build
        self._samples: tuple[Any, ...] = (*UUIDS[:uuids], *(INSTANT.replace(year=2 + n) for n in range(instants)))
        self._compiled: dict[str, tuple[str, list[Any]]] = {}

    def run(self, *values: UUID | datetime, using: str = "default") -> set[UUID]:
        sql, params = self._compiled.get(using) or self._compile(using)
        connection = connections[using]
        given = [_adapt(value, connection) for value in values]
        filled = [given[param.position] if isinstance(param, _Slot) else param for param in params]
        return {pk if isinstance(pk, UUID) else UUID(pk) for (pk,) in _execute(sql, filled, connection)}

    def _compile(self, using: str) -> tuple[str, list[Any]]:
        queryset, fields = self._build(*self._samples)
        query = cast(UpdateQuery, queryset.query.chain(UpdateQuery))
        query.add_update_values(fields)
        sql, params = query.get_compiler(using).as_sql()
        connection = connections[using]
        slots = {_adapt(sample, connection): _Slot(number) for number, sample in enumerate(self._samples)}
        key = connection.ops.quote_name(queryset.model._meta.pk.column)
        self._compiled[using] = f"{sql} RETURNING {key}", [slots.get(param, param) for param in params]
        return self._compiled[using]


class _Slot:
    def __init__(self, position: int) -> None:
        self.position = position


def _execute(sql: str, params: list[Any], connection: Any) -> list[tuple[Any, ...]]:
    """PostgreSQL keeps the plan too: planning the conditions takes it ten times longer than checking them."""
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return list(cursor.fetchall())
    import psycopg

    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        return list(cursor.execute(sql, params, prepare=True).fetchall())


def _adapt(value: UUID | datetime, connection: Any) -> Any:
    """The value as this database takes it."""
    field = _UUID if isinstance(value, UUID) else _INSTANT
    return field.get_db_prep_value(value, connection, prepared=True)
