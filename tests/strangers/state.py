"""What the database holds, as something that can be compared."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from django.apps import apps
from django.db.models import Model

# A visit leaves its mark in these, whatever it is for.
_MARKS_OF_A_VISIT = {"sessions", "usersessions"}


def _kept() -> Iterable[type[Model]]:
    return (model for model in apps.get_models() if model._meta.app_label not in _MARKS_OF_A_VISIT)


def checksum() -> str:
    """Of all rows of all tables, but for sessions."""
    whole = sha256()
    for model in _kept():
        whole.update(repr((model._meta.db_table, sorted(map(repr, model._base_manager.values_list())))).encode())
    return whole.hexdigest()


def columns(names: Iterable[str]) -> dict[str, list[str]]:
    """What these columns hold, wherever a table has them: "table.column" and its values in order."""
    held: dict[str, list[str]] = {}
    for model in _kept():
        for field in model._meta.concrete_fields:
            if field.name in names or field.column in names:
                values: Any = model._base_manager.values_list(field.column, flat=True)
                held[f"{model._meta.db_table}.{field.column}"] = sorted(map(repr, values))
    return held
