"""What makes search as you type fast, in the words of each database.

Beside the members lies a table `member_search` with their keys and a trigram index on them, kept up by triggers: on
PostgreSQL an ordinary table with GIN indexes, on SQLite an FTS5 table. Beside, not on the members' own table: most
changes of a member (a note reached them, a hold) touch no name, and must not pay for so costly an index.

On SQLite `member_search_row` gives each member the number that FTS5 needs, since a rowid of the members' own table may
change with a VACUUM. On PostgreSQL two things more: `name_key` is compared by code point, so that its B-tree serves
"begins with", and the values of custom fields have an index.

Called by `members.same_community` around each migrate, for the reason told there. Doing it twice changes nothing.
"""

from typing import Any

from django.apps import apps
from django.db import connections, transaction

TRIGGERS = "member_search_on_"

_SQLITE_TABLES = (
    "CREATE TABLE IF NOT EXISTS member_search_row (id integer PRIMARY KEY, member_id char(32) NOT NULL UNIQUE)",
    "CREATE VIRTUAL TABLE IF NOT EXISTS member_search USING fts5(name_key, email_key, tokenize = 'trigram')",
)
_SQLITE_FILL = (
    "INSERT INTO member_search_row (member_id) SELECT id FROM members_member ORDER BY id",
    """INSERT INTO member_search (rowid, name_key, email_key)
        SELECT row.id, member.name_key, member.email_key
        FROM member_search_row AS row JOIN members_member AS member ON member.id = row.member_id ORDER BY row.id""",
)
_SQLITE_TRIGGERS = (
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

# New and deleted rows come by the statement, however many it brings; changed ones only when a key is among the changes.
_POSTGRESQL_TABLE = (
    "CREATE TABLE member_search (member_id uuid PRIMARY KEY, name_key text NOT NULL, email_key text)",
    "INSERT INTO member_search SELECT id, name_key, email_key FROM members_member",
    "CREATE INDEX member_search_name ON member_search USING gin (name_key gin_trgm_ops)",
    "CREATE INDEX member_search_email ON member_search USING gin (email_key gin_trgm_ops)",
    "ANALYZE member_search",
)
_POSTGRESQL_TRIGGERS = (
    """CREATE OR REPLACE FUNCTION member_search_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO member_search SELECT id, name_key, email_key FROM fresh;
        RETURN NULL;
    END $$""",
    """CREATE OR REPLACE FUNCTION member_search_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        UPDATE member_search SET name_key = NEW.name_key, email_key = NEW.email_key WHERE member_id = NEW.id;
        RETURN NULL;
    END $$""",
    """CREATE OR REPLACE FUNCTION member_search_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        DELETE FROM member_search USING gone WHERE member_id = gone.id;
        RETURN NULL;
    END $$""",
    """CREATE OR REPLACE FUNCTION member_search_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        TRUNCATE member_search;
        RETURN NULL;
    END $$""",
    """CREATE OR REPLACE TRIGGER member_search_on_insert AFTER INSERT ON members_member
        REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION member_search_insert()""",
    """CREATE OR REPLACE TRIGGER member_search_on_update AFTER UPDATE OF name_key, email_key ON members_member
        FOR EACH ROW WHEN (NEW.name_key IS DISTINCT FROM OLD.name_key OR NEW.email_key IS DISTINCT FROM OLD.email_key)
        EXECUTE FUNCTION member_search_update()""",
    """CREATE OR REPLACE TRIGGER member_search_on_delete AFTER DELETE ON members_member
        REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION member_search_delete()""",
    """CREATE OR REPLACE TRIGGER member_search_on_truncate AFTER TRUNCATE ON members_member
        FOR EACH STATEMENT EXECUTE FUNCTION member_search_truncate()""",
)


def install(cursor: Any, *, using: str, tables: set[str]) -> None:
    """Add what is missing. The table is made, filled and kept up in one transaction: a crash leaves all of it or none.

    On SQLite it is filled anew when its triggers are not there: migrations were applied without them. On PostgreSQL
    what locks the members' own table comes before, so that it is not locked for as long as the filling takes.
    """
    if connections[using].vendor == "postgresql":
        _prepare_postgresql(cursor)
        with transaction.atomic(using):
            for statement in (*(() if "member_search" in tables else _POSTGRESQL_TABLE), *_POSTGRESQL_TRIGGERS):
                cursor.execute(statement)
    else:
        with transaction.atomic(using):
            _install_sqlite(cursor)


def _prepare_postgresql(cursor: Any) -> None:
    cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    cursor.execute(
        "SELECT collation_name FROM information_schema.columns WHERE table_schema = current_schema() "
        "AND table_name = 'members_member' AND column_name = 'name_key'"
    )
    if cursor.fetchone() != ("C",):
        length = apps.get_model("members", "Member")._meta.get_field("name_key").max_length
        cursor.execute(f'ALTER TABLE members_member ALTER COLUMN name_key TYPE varchar({length}) COLLATE "C"')
    cursor.execute(
        "CREATE INDEX IF NOT EXISTS member_search_custom ON members_member USING gin (custom jsonb_path_ops)"
    )


def _install_sqlite(cursor: Any) -> None:
    cursor.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s", [f"{TRIGGERS}%"])
    if anew := cursor.fetchone() != (len(_SQLITE_TRIGGERS),):
        cursor.execute("DROP TABLE IF EXISTS member_search")
        cursor.execute("DROP TABLE IF EXISTS member_search_row")
    for statement in (*_SQLITE_TABLES, *(_SQLITE_FILL if anew else ()), *_SQLITE_TRIGGERS):
        cursor.execute(statement)
