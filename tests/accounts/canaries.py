"""Unmistakable words in every text field of a table, and finding them again in the whole database."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connection, models

from members.models import Member

CANARY = "canary"
OURS = ("members", "outbox", "attentions")
# Codes of ours, and who of the team wrote; not words about the member: they stay.
CODES = {
    "attentions.Attention": {"kind", "cycle", "asks_again"},
    "outbox.Message": {"origin", "category", "reason", "message_id", "language", "from_name", "reply_to"},
    "outbox.Attempt": {"phase", "outcome"},
    "outbox.OptOut": {"category", "source"},
}


def text_fields(model: type[models.Model]) -> Iterator[models.Field]:
    """The fields of a table that hold words, not the choice among a few."""
    for field in model._meta.concrete_fields:
        holds_words = isinstance(field, models.CharField | models.TextField | models.JSONField)
        if holds_words and not field.choices and not field.primary_key:
            yield field


def tables_about_a_member() -> list[type[models.Model]]:
    """Every table of ours with a link to a member, and those that hang on one of these."""
    found: list[type[models.Model]] = [Member]
    ours = [model for model in apps.get_models() if model._meta.app_label in OURS]
    grown = True
    while grown:
        more = [model for model in ours if model not in found and _points_at(model, found)]
        found += more
        grown = bool(more)
    return found


def _points_at(model: type[models.Model], targets: list[type[models.Model]]) -> bool:
    return any(isinstance(field, models.ForeignKey) and field.related_model in targets for field in model._meta.fields)


def plant(row: models.Model) -> dict[str, str]:
    """Write a canary of this row's own into every text field of it; what was written, with the name of the field."""
    planted: dict[str, str] = {}
    changes: dict[str, Any] = {}
    for field in text_fields(type(row)):
        if field.name == "email_key" or field.name in CODES.get(field.model._meta.label, ()):
            continue  # the key of the address must stay one: the address itself is the canary
        word = canary(row, field.name)[: field.max_length]
        changes[field.name] = {"key": word} if isinstance(field, models.JSONField) else word
        planted[word] = f"{field.model._meta.label}.{field.name}"
    type(row)._base_manager.filter(pk=row.pk).update(**changes)
    return planted


def canary(row: models.Model, name: str) -> str:
    """A word that is nowhere else: it begins with the last digits of the row's id, which are random."""
    return f"{CANARY}-{str(row.pk)[-8:]}-{name}"


def found_in_the_database() -> set[str]:
    """`table.column` of every place where a canary is, in all tables there are, ours or not."""
    places = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            columns = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                places |= {f"{table}.{name}" for name, value in zip(columns, row, strict=True) if _is_canary(value)}
    return places


def _is_canary(value: Any) -> bool:
    text = bytes(value).decode(errors="replace") if isinstance(value, bytes | memoryview) else str(value)
    return CANARY in text.lower()
