"""How full tables are, where the database does not look by itself, or not soon enough."""

from django.apps import apps
from django.db import connection
from django.db.models import Model

# In fewer rows anything is found in no time.
FEW = 1_000


def learn_sizes() -> None:
    """Let SQLite look at the tables that are twice as full as when it last did, so that it chooses indexes well.

    It reads their indexes, a million rows in a few seconds. PostgreSQL does it by itself, within some minutes.
    """
    if connection.vendor != "sqlite":
        return
    tables = sorted({model._meta.db_table for model in apps.get_models()})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE sqlite_schema")  # makes the table of what it knows, and looks at nothing else
        cursor.execute("SELECT tbl, max(CAST(stat AS integer)) FROM sqlite_stat1 GROUP BY tbl")  # a stat begins with it
        known = dict(cursor.fetchall())
        cursor.execute(" UNION ALL ".join(map(_about_so_many, tables)))
        for table, rows in cursor.fetchall():
            if (rows or 0) > max(FEW, 2 * known.get(table, 0)):
                cursor.execute(f"ANALYZE {table}")


def learn_size_of(model: type[Model]) -> None:
    """Let PostgreSQL look at a table that fills faster than it looks by itself, unless it is just doing so.

    Until then it takes a community for as small as it was, and reads the whole of it where an index should lead.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE (SKIP_LOCKED) {connection.ops.quote_name(model._meta.db_table)}")


def _about_so_many(table: str) -> str:
    """A query for the name of a table and how many rows it holds, had none in between been deleted; without a count."""
    return f"SELECT '{table}', (SELECT max(rowid) FROM {table}) - (SELECT min(rowid) FROM {table}) + 1"  # noqa: S608 # nosec B608  a name of ours
