"""Pages of a long list by the last row seen, so that the thousandth page costs what the first one does.

A cursor says "after this row" or "before it". It is opaque but not secret, and not signed: it holds nothing but values
to compare with, and one that cannot be read gives the first page and says so.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import F, Field, Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)
_MAX_CURSOR = 2_000


@dataclass(frozen=True, slots=True)
class Column:
    """A column to sort by. Rows without a value in a nullable one come last, whichever the direction."""

    field: str
    is_descending: bool = False
    is_nullable: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, and the cursors of the pages around them, None where there is none.

    `is_lost` says that the cursor given could not be read, and this is the first page instead.
    """

    rows: list[Row]
    earlier: str | None
    later: str | None
    is_lost: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    is_backward: bool
    values: tuple[Any, ...]


def page(queryset: QuerySet[Row], columns: Sequence[Column], *, cursor: str | None, size: int) -> Page[Row]:
    """The page of `size` rows at `cursor`, the first one without it.

    The last column must be unique, and only the first may be nullable. At most two queries.
    """
    place = _read(queryset.model, columns, cursor)
    is_lost = bool(cursor) and place is None
    is_backward = place is not None and place.is_backward
    rows = _rows(queryset, columns, place, is_backward=is_backward, limit=size + 1)
    has_more = len(rows) > size
    rows = rows[:size]
    if is_backward:
        rows.reverse()
    has_earlier, has_later = (has_more, place is not None) if is_backward else (place is not None, has_more)
    return Page(
        rows,
        earlier=_write(columns, rows[0], is_backward=True) if rows and has_earlier else None,
        later=_write(columns, rows[-1], is_backward=False) if rows and has_later else None,
        is_lost=is_lost,
    )


def _rows(
    queryset: QuerySet[Row], columns: Sequence[Column], place: _Place | None, *, is_backward: bool, limit: int
) -> list[Row]:
    # The rows with a value in the first column and those without are read apart: an index serves each, in both
    # directions and on every database, whatever it thinks of the order of NULL.
    first = columns[0]
    parts = [(Q(**{f"{first.field}__isnull": False}), columns), (Q(**{f"{first.field}__isnull": True}), columns[1:])]
    if not first.is_nullable:
        parts = [(Q(), columns)]
    values = place.values if place else ()
    if place and first.is_nullable and values[0] is None:
        parts, values = (parts if is_backward else parts[1:]), values[1:]
        parts = parts[::-1] if is_backward else parts
    elif is_backward:
        parts = parts[:1]
    rows: list[Row] = []
    for number, (condition, by) in enumerate(parts):
        if number == 0 and place:
            condition &= _beyond(by, values, is_backward=is_backward)
        rows += queryset.filter(condition).order_by(*_order(by, is_backward=is_backward))[: limit - len(rows)]
        if len(rows) >= limit:
            break
    return rows


def _order(columns: Sequence[Column], *, is_backward: bool) -> list[Any]:
    return [
        F(column.field).desc() if column.is_descending != is_backward else F(column.field).asc() for column in columns
    ]


def _beyond(columns: Sequence[Column], values: Sequence[Any], *, is_backward: bool) -> Q:
    """What comes after the row with these values in this order: (a, b) > (x, y), as `a >= x AND (a > x OR …)`."""
    column, value = columns[0], values[0]
    word = "lt" if column.is_descending != is_backward else "gt"
    beyond = Q(**{f"{column.field}__{word}": value})
    if len(columns) == 1:
        return beyond
    return Q(**{f"{column.field}__{word}e": value}) & (
        beyond | _beyond(columns[1:], values[1:], is_backward=is_backward)
    )


def _write(columns: Sequence[Column], row: Model, *, is_backward: bool) -> str:
    values = [getattr(row, column.field) for column in columns]
    text = json.dumps([int(is_backward), *values], default=str, separators=(",", ":"), ensure_ascii=False)
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(model: type[Model], columns: Sequence[Column], cursor: str | None) -> _Place | None:
    """Where a cursor points; None when there is none, or none that was made for this order."""
    if not cursor or len(cursor) > _MAX_CURSOR or not cursor.isascii():
        return None
    try:
        way, *values = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError, RecursionError):
        return None
    if way not in (0, 1) or isinstance(way, bool) or len(values) != len(columns):
        return None
    read = []
    for column, value in zip(columns, values, strict=True):
        field = model._meta.get_field(column.field)
        if not isinstance(field, Field) or (value is None and not column.is_nullable):
            return None
        if value is not None and not isinstance(value, str | int):
            return None
        if isinstance(value, str) and "\0" in value:
            return None
        try:
            read.append(field.to_python(value))
        except (ValidationError, ValueError, TypeError, OverflowError):
            return None
    return _Place(is_backward=way == 1, values=tuple(read))
