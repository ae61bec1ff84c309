"""What makes search as you type fast, in the words of each database.

PostgreSQL: trigram indexes, an index on the values of custom fields, and a `name_key` compared by code point, so that
its B-tree serves "begins with". SQLite: an FTS5 table of trigrams beside the members, kept up by triggers;
`member_search_row` gives each member the number that FTS5 needs, since a rowid of the members' own table may change
with a VACUUM.

Called by `members.same_community` around each migrate, for the reason told there. Doing it twice changes nothing.
"""

from typing import Any

from django.apps import apps

TRIGGERS = "member_search_on_"

_FTS = (
    "CREATE TABLE IF NOT EXISTS member_search_row (id integer PRIMARY KEY, member_id char(32) NOT NULL UNIQUE)",
    "CREATE VIRTUAL TABLE IF NOT EXISTS member_search USING fts5(name_key, email_key, tokenize = 'trigram')",
)
_FTS_TRIGGERS = (
    """CREATE TRIGGER IF NOT EXISTS member_search_on_insert AFTER INSERT ON members_member BEGIN
        INSERT INTO member_search_row (member_id) VALUES (NEW.id);
        INSERT INTO member_search (rowid, name_key, email_key)
            SELECT id, NEW.name_key, NEW.email_key FROM member_search_row WHERE member_id = NEW.id;
    END""",
    """CREATE TRIGGER IF NOT EXISTS member_search_on_update AFTER UPDATE OF name_key, email_key ON members_member
    WHEN NEW.name_key IS NOT OLD.name_key OR NEW.email_key IS NOT OLD.email_key BEGIN
        UPDATE member_search SET name_key = NEW.name_key, email_key = NEW.email_key
            WHERE rowid = (SELECT id FROM member_search_row WHERE member_id = NEW.id);
    END""",
    """CREATE TRIGGER IF NOT EXISTS member_search_on_delete AFTER DELETE ON members_member BEGIN
        DELETE FROM member_search WHERE rowid = (SELECT id FROM member_search_row WHERE member_id = OLD.id);
        DELETE FROM member_search_row WHERE member_id = OLD.id;
    END""",
)
_FTS_FILL = (
    "INSERT INTO member_search_row (member_id) SELECT id FROM members_member ORDER BY id",
    """INSERT INTO member_search (rowid, name_key, email_key)
        SELECT row.id, member.name_key, member.email_key
        FROM member_search_row AS row JOIN members_member AS member ON member.id = row.member_id ORDER BY row.id""",
)


def install(cursor: Any, *, vendor: str, tables_changed: bool) -> None:
    """Add what is missing; on SQLite fill the table anew after a migration, during which no trigger was there."""
    if vendor == "postgresql":
        _install_postgresql(cursor)
    else:
        _install_sqlite(cursor, anew=tables_changed)


def _install_postgresql(cursor: Any) -> None:
    cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    cursor.execute(
        "SELECT collation_name FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND table_name = %s AND column_name = 'name_key'",
        ["members_member"],
    )
    if cursor.fetchone() != ("C",):
        length = apps.get_model("members", "Member")._meta.get_field("name_key").max_length
        cursor.execute(f'ALTER TABLE members_member ALTER COLUMN name_key TYPE varchar({length}) COLLATE "C"')
    cursor.execute(
        "CREATE INDEX IF NOT EXISTS member_search_custom ON members_member USING gin (custom jsonb_path_ops)"
    )
    for column in ("name_key", "email_key"):
        cursor.execute(
            f"CREATE INDEX IF NOT EXISTS member_search_{column} ON members_member USING gin ({column} gin_trgm_ops)"
        )


def _install_sqlite(cursor: Any, *, anew: bool) -> None:
    cursor.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'member_search'")
    anew = anew or cursor.fetchone() is None
    if anew:
        cursor.execute("DROP TABLE IF EXISTS member_search")
        cursor.execute("DROP TABLE IF EXISTS member_search_row")
    for statement in (*_FTS, *(_FTS_FILL if anew else ()), *_FTS_TRIGGERS):
        cursor.execute(statement)
