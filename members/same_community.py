"""The database refuses links across communities.

A row that belongs to a community may point only at rows of the same community. Django has no composite foreign key,
so after each migrate this module compares the models with the database and adds what is missing: on PostgreSQL a
foreign key over (community, link), on SQLite a pair of triggers. A new model joins by having a field `community` and a
foreign key to another model that has one; nothing needs to be written for it.

On SQLite a migration that rebuilds a table stumbles over triggers that name it, so all are dropped before migrations
are applied and made again after it. A migrate that is killed in between leaves none, which the next one mends. The
audit's triggers (no line is changed or removed) live here for the same reason, and the search index
(`members.search_index`) is called from here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import connections, models, transaction

from members import search_index

_PREFIX = "same_community_"
_AUDIT = "members_auditentry"


@dataclass(frozen=True, slots=True)
class Link:
    """A column of a table with a community that points at another table with one."""

    table: str
    column: str
    target: str

    @property
    def name(self) -> str:
        return _PREFIX + sha256(f"{self.table}.{self.column}".encode()).hexdigest()[:16]


def _has_community(model: type[models.Model]) -> bool:
    try:
        return isinstance(model._meta.get_field("community"), models.ForeignKey)
    except FieldDoesNotExist:
        return False


def links() -> Iterator[Link]:
    """Every link that must stay inside one community, read from the models."""
    for model in apps.get_models():
        if not _has_community(model):
            continue
        for field in model._meta.concrete_fields:
            if (
                isinstance(field, models.ForeignKey)
                and field.name != "community"
                and _has_community(field.related_model)
            ):
                yield Link(model._meta.db_table, field.column, field.related_model._meta.db_table)


def drop_triggers(using: str, plan: Any = (), **_kwargs: Any) -> None:
    """Before a migrate that has something to do: take away what would stand in the way of rebuilding tables on SQLite.

    All or none, since the search index takes the lack of a trigger of its own for the sign that it was not kept up.
    """
    connection = connections[using]
    if connection.vendor != "sqlite" or not plan:
        return
    with transaction.atomic(using), connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' "
            "AND (name LIKE %s OR name LIKE %s OR name LIKE 'audit_no_%%')",
            [f"{_PREFIX}%", f"{search_index.TRIGGERS}%"],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}")


def install(using: str, **_kwargs: Any) -> None:
    """After a migrate: add the constraints that are missing. Doing it twice changes nothing.

    On PostgreSQL each statement is a transaction of its own, so that no lock is held for longer than one of them takes.
    """
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    wanted = [link for link in links() if {link.table, link.target} <= tables]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _install_postgresql(cursor, wanted, has_audit=_AUDIT in tables)
        else:
            _install_sqlite(cursor, wanted, has_audit=_AUDIT in tables)
        if "members_member" in tables:
            search_index.install(cursor, using=using, tables=tables)


def _install_postgresql(cursor: Any, wanted: list[Link], *, has_audit: bool) -> None:
    cursor.execute("SELECT conname FROM pg_constraint WHERE conname LIKE %s", [f"{_PREFIX}%"])
    present = {name for (name,) in cursor.fetchall()}
    for target in sorted({link.target for link in wanted if link.name not in present}):
        cursor.execute(f'CREATE UNIQUE INDEX IF NOT EXISTS "{_PREFIX}of_{target}" ON "{target}" (community_id, id)')
    for link in wanted:
        if link.name not in present:
            cursor.execute(
                f'ALTER TABLE "{link.table}" ADD CONSTRAINT {link.name} FOREIGN KEY (community_id, "{link.column}") '
                f'REFERENCES "{link.target}" (community_id, id) DEFERRABLE INITIALLY DEFERRED'
            )
    if has_audit:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the audit is append-only' "
            "USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        cursor.execute(
            f'CREATE OR REPLACE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON "{_AUDIT}" '
            "FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()"
        )


def _install_sqlite(cursor: Any, wanted: list[Link], *, has_audit: bool) -> None:
    for link in wanted:
        refuse = (
            f'WHEN NEW."{link.column}" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "{link.target}" AS target '  # nosec B608  names of the models
            f'WHERE target.id = NEW."{link.column}" AND target.community_id = NEW.community_id) '
            "BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: a link to another community'); END"
        )
        for verb, event in (("insert", "INSERT"), ("update", f'UPDATE OF "{link.column}", community_id')):
            cursor.execute(f'CREATE TRIGGER IF NOT EXISTS {link.name}_{verb} BEFORE {event} ON "{link.table}" {refuse}')
    if has_audit:
        for event in ("UPDATE", "DELETE"):
            cursor.execute(
                f'CREATE TRIGGER IF NOT EXISTS audit_no_{event.lower()} BEFORE {event} ON "{_AUDIT}" '
                "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
            )
