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
class _Stretch:
    """A part of the list with an order of its own; the list is one stretch after the other."""

    condition: Q
    columns: Sequence[Column]


@dataclass(frozen=True, slots=True)
class _Place:
    is_backward: bool
    stretch: int
    values: tuple[Any, ...]


def page(
    queryset: QuerySet[Row], columns: Sequence[Column], *, cursor: str | None, size: int, first: Q | None = None
) -> Page[Row]:
    """The page of `size` rows at `cursor`, the first one without it. Rows that meet `first` come before all others.

    The last column must be unique, and only the first may be nullable. Two queries at most, four with `first`.
    """
    stretches = _stretches(columns, first)
    place = _read(queryset.model, stretches, cursor)
    is_backward = place is not None and place.is_backward
    found = _rows(queryset, stretches, place, is_backward=is_backward, limit=size + 1)
    has_more, found = len(found) > size, found[:size]
    if is_backward:
        found.reverse()
    has_earlier, has_later = (has_more, place is not None) if is_backward else (place is not None, has_more)
    return Page(
        [row for _number, row in found],
        earlier=_write(stretches, *found[0], is_backward=True) if found and has_earlier else None,
        later=_write(stretches, *found[-1], is_backward=False) if found and has_later else None,
        is_lost=bool(cursor) and place is None,
    )


def _stretches(columns: Sequence[Column], first: Q | None) -> list[_Stretch]:
    """The list as stretches, each of which an index serves in both directions.

    Rows with a value in a nullable column and those without are two: databases differ about the order of NULL.
    """
    field = columns[0].field
    stretches = [_Stretch(Q(), columns)]
    if columns[0].is_nullable:
        stretches = [
            _Stretch(Q(**{f"{field}__isnull": False}), columns),
            _Stretch(Q(**{f"{field}__isnull": True}), columns[1:]),
        ]
    if first is None:
        return stretches
    return [_Stretch(half & part.condition, part.columns) for half in (first, ~first) for part in stretches]


def _rows(
    queryset: QuerySet[Row], stretches: Sequence[_Stretch], place: _Place | None, *, is_backward: bool, limit: int
) -> list[tuple[int, Row]]:
    """At most `limit` rows from `place` on, each with the number of its stretch."""
    numbers = range(place.stretch if place else 0, len(stretches))
    if place and is_backward:
        numbers = range(place.stretch, -1, -1)
    rows: list[tuple[int, Row]] = []
    for number in numbers:
        stretch = stretches[number]
        condition = stretch.condition
        if place and number == place.stretch:
            condition &= _beyond(stretch.columns, place.values, is_backward=is_backward)
        order = _order(stretch.columns, is_backward=is_backward)
        rows += [(number, row) for row in queryset.filter(condition).order_by(*order)[: limit - len(rows)]]
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


def _write(stretches: Sequence[_Stretch], number: int, row: Model, *, is_backward: bool) -> str:
    values = [getattr(row, column.field) for column in stretches[number].columns]
    data = [int(is_backward), number, *values]
    text = json.dumps(data, default=str, separators=(",", ":"), ensure_ascii=False)
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(model: type[Model], stretches: Sequence[_Stretch], cursor: str | None) -> _Place | None:
    """Where a cursor points; None when there is none, or none that was made for this order."""
    if not cursor or len(cursor) > _MAX_CURSOR or not cursor.isascii():
        return None
    try:
        way, number, *values = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError, RecursionError):
        return None
    if type(way) is not int or way not in (0, 1) or type(number) is not int or not 0 <= number < len(stretches):
        return None
    columns = stretches[number].columns
    if len(values) != len(columns):
        return None
    read = [_value(model, column, value) for column, value in zip(columns, values, strict=True)]
    return None if None in read else _Place(is_backward=way == 1, stretch=number, values=tuple(read))


def _value(model: type[Model], column: Column, value: Any) -> Any:
    """What a cursor says of a column; None when it cannot be that."""
    field = model._meta.get_field(column.field)
    if not isinstance(field, Field) or not isinstance(value, str | int) or (isinstance(value, str) and "\0" in value):
        return None
    try:
        return field.to_python(value)
    except (ValidationError, ValueError, TypeError, OverflowError):
        return None
