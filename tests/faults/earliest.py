"""Fills a database in the earliest state that was released: `python -m tests.faults.earliest 300`, with 300 members.

Each app is at its first migration, except where another app's first one asks for more. The rows are made from the
models as they were then, so that a later migration meets rows of every table without a word written here.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import django

NOW = datetime.now(UTC).replace(microsecond=0)
LATER = ("due_at", "ready_at", "expires_at", "expire_date")
FEW = 40
ONLY_ONE = ("outbox.Install",)
CASES = {
    "EmailAddress": lambda n: {"email": f"Person{n}@Example.ORG", "verified": True, "primary": True},
    "User": lambda n: {"email": f"person{n}@example.org"},
    "Member": lambda n: {
        "email": f"member{n}@example.org",
        "email_key": f"member{n}@example.org",
        "birth_month": 1 + n % 12,
        "birth_day": 1 + n % 28,
    },
    "Heartbeat": lambda n: {"name": "planner" if n == 0 else f"of-{n}"},
}


def main(members: int) -> None:
    django.setup()
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    first = MigrationExecutor(connection)
    leaves = {app for app, _name in first.loader.graph.leaf_nodes()}
    depended_on = {
        parent.key[0]
        for key, node in first.loader.graph.node_map.items()
        for parent in node.parents
        if parent.key[0] != key[0] and not parent.key[1].startswith("0001")
    }
    first.migrate([(app, _first(first, app)) for app in sorted(leaves - depended_on)])
    then = MigrationExecutor(connection)
    apps = then.loader.project_state(list(then.loader.applied_migrations)).apps
    made: dict[Any, list[Any]] = {}
    for model in _targets_first(apps.get_models()):
        number = 1 if model._meta.label in ONLY_ONE else members if model._meta.label == "members.Member" else FEW
        made[model] = model.objects.bulk_create(_rows(model, number, made), batch_size=500)
    print(f"{len(made)} tables")  # noqa: T201


def _first(executor: Any, app: str) -> str:
    return min(name for other, name in executor.loader.graph.nodes if other == app)


def _targets_first(models: list[Any]) -> Iterator[Any]:
    """Each model after those that its rows point at."""
    waiting = list(models)
    while waiting:
        ready = [model for model in waiting if not _targets(model) & set(waiting)]
        assert ready, waiting
        yield from ready
        waiting = [model for model in waiting if model not in ready]


def _targets(model: Any) -> set[Any]:
    return {field.related_model for field in model._meta.concrete_fields if field.is_relation} - {model}


def _rows(model: Any, number: int, made: dict[Any, list[Any]]) -> list[Any]:
    """So many rows; the even ones in one half of the communities, the odd ones in the other, and so are their links."""
    rows = []
    previous: dict[Any, str] = {}
    for n in range(number):
        values = {
            field.name: _value(field, n, made) for field in model._meta.concrete_fields if _is_asked(field, model)
        }
        row = model(**values | CASES.get(model.__name__, lambda _n: {})(n))
        if model.__name__ == "AuditEntry":
            _chain(row, previous)
        rows.append(row)
    return rows


def _is_asked(field: Any, model: Any) -> bool:
    """Whether a row needs a value for it: what has a default keeps it, and a link is made where it can be."""
    if field.is_relation:
        return field.related_model is not model
    return not (field.has_default() or field.null or field.blank)


def _value(field: Any, n: int, made: dict[Any, list[Any]]) -> Any:
    if field.is_relation:
        rows = made[field.related_model]
        return rows[n % 2 if field.related_model.__name__ == "Community" else n % len(rows)]
    if field.choices:
        return field.choices[0][0]
    match field.get_internal_type():
        case "DateTimeField":
            return NOW + timedelta(days=30) if field.name in LATER else NOW
        case "DateField":
            return NOW.date()
        case "UUIDField":
            return uuid4()
        case "JSONField":
            return {}
        case "GenericIPAddressField":
            return "127.0.0.1"
        case kind if "Integer" in kind:
            return 1
        case _:
            return f"{n:06}-{field.name}"[: field.max_length]


def _chain(row: Any, previous: dict[Any, str]) -> None:
    """A line of the audit, as `members.audit` makes it, after the one before it in its community."""
    from members.audit import _FIRST, digest

    row.seq = 1 + len([key for key in previous if key[0] == row.community_id])
    row.prev_hash = previous.get((row.community_id, row.seq - 1), _FIRST)
    row.at, row.fields = NOW, []
    row.hash = previous[(row.community_id, row.seq)] = digest(row)


if __name__ == "__main__":
    main(int(sys.argv[1]))
