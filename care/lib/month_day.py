"""The month and the day of a date column, as an index can hold them."""

from typing import Any

from django.db.models import Func, PositiveSmallIntegerField


class _Part(Func):
    """A part of a date, written the same way in an index and in a query, so that the one serves the other.

    Django's own `ExtractMonth` calls a function of Python on SQLite, which an index of a database that other programs
    read must not.
    """

    arity = 1
    output_field = PositiveSmallIntegerField()
    first: int  # of the two digits, in 2026-03-01 as SQLite keeps it

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = f"CAST(SUBSTR(%(expressions)s, {self.first}, 2) AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, **extra)


class MonthOf(_Part):
    """1 to 12."""

    template = "CAST(EXTRACT(MONTH FROM %(expressions)s) AS SMALLINT)"
    first = 6


class DayOf(_Part):
    """1 to 31."""

    template = "CAST(EXTRACT(DAY FROM %(expressions)s) AS SMALLINT)"
    first = 9
