"""Counts that cost little: they stop at a limit, and say so."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.utils.formats import number_format


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are; with `is_more`, at least one more than `number`."""

    number: int
    is_more: bool = False

    def __str__(self) -> str:
        """200, or 200+."""
        return f"{number_format(self.number)}{'+' if self.is_more else ''}"


def count_to(queryset: QuerySet[Any], limit: int) -> Count:
    """How many rows there are, counted no further than `limit`."""
    number = queryset.order_by()[: limit + 1].count()
    return Count(min(number, limit), is_more=number > limit)


def counts_to(querysets: Sequence[QuerySet[Any]], limit: int) -> list[Count]:
    """The same of several querysets, in one statement. Unlike `count_to` it keeps their order, which names an index."""
    if not querysets:
        return []
    parts: list[str] = []
    params: list[Any] = []
    for queryset in querysets:
        try:
            sql, values = queryset.values("pk")[: limit + 1].query.sql_with_params()
        except EmptyResultSet:
            parts.append("0")
            continue
        parts.append(f"(SELECT COUNT(*) FROM ({sql}) AS bounded)")  # noqa: S608 # nosec B608  compiled by Django
        params += values
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        numbers = cursor.fetchone()
    return [Count(min(number, limit), is_more=number > limit) for number in numbers]
