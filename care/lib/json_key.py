"""A JSON object without one of its keys, made by the database."""

from typing import Any

from django.db.models import Func, JSONField, Value


class WithoutKey(Func):
    """The object in `field` without `key` (a slug); whatever else is in it stays as it is at that moment."""

    output_field = JSONField()

    def __init__(self, field: str, key: str) -> None:
        super().__init__(field, Value(key))

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, template="(%(expressions)s)", arg_joiner=" - ", **extra)

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = """JSON_REMOVE(%(expressions)s || '"')"""
        return self.as_sql(compiler, connection, template=template, arg_joiner=""", '$."' || """, **extra)
