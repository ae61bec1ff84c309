"""An upgrade that is killed, again and again, and started once more: it ends as one that nobody disturbed."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from django.db import DatabaseError, connection

from members import same_community, search_index
from tests.factories import a_community, a_member
from tests.setup.shell import ROOT, SECRET, environment

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(1_800)]
LONGEST_WAIT = 2.0
INSTALL = {"SECRET_KEY": SECRET, "EMAIL_URL": "smtp://localhost:25"}
# What differs between two runs and says nothing: the moment of the migration, and the numbers that Django gives.
NUMBERED = {
    "django_migrations": {"id", "applied"},
    "mfa_authenticator": {"created_at"},
    "django_content_type": {"id"},
    "auth_permission": {"id", "content_type_id"},
}


class OnSQLite:
    """Copies of one database, each a file in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def variables(self, name: str) -> dict[str, str]:
        return environment(**INSTALL, CARE_VAR=str(self.folder / name))

    def copy(self, source: str, name: str) -> None:
        shutil.copytree(self.folder / source, self.folder / name)

    def remove(self, name: str) -> None:
        shutil.rmtree(self.folder / name, ignore_errors=True)

    def connect(self, name: str) -> Any:
        return closing(sqlite3.connect(self.folder / name / "db.sqlite3"))

    def tables(self, cursor: Any) -> list[str]:
        # The tables behind the search index are FTS5's own; what they hold is read through it.
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' "
            "AND name NOT LIKE 'sqlite_%' AND name NOT GLOB 'member_search_[cdi]*'"
        )
        return sorted(name for (name,) in cursor.fetchall())

    def schema(self, cursor: Any) -> list[Any]:
        cursor.execute("SELECT type, name, sql FROM sqlite_master WHERE name NOT GLOB 'member_search_[cdi]*'")
        return sorted(cursor.fetchall(), key=repr)


class OnPostgreSQL:
    """Copies of one database, each a database of its own beside that of the tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.host = connection.settings_dict["HOST"]
        self.prefix = f"upgrade_{os.getpid()}_"
        self._run("CREATE DATABASE", self.prefix + "old")

    def variables(self, name: str) -> dict[str, str]:
        url = f"postgres://postgres@{quote(self.host, safe='')}/{self.prefix}{name}"
        return environment(**INSTALL, CARE_VAR=str(self.folder), DATABASE_URL=url)

    def _run(self, words: str, *names: str) -> None:
        with psycopg.connect(host=self.host, user="postgres", dbname="postgres", autocommit=True) as server:
            server.execute(f"{words} " + " TEMPLATE ".join(f'"{name}"' for name in names))

    def copy(self, source: str, name: str) -> None:
        self._run("CREATE DATABASE", self.prefix + name, self.prefix + source)

    def remove(self, name: str) -> None:
        with psycopg.connect(host=self.host, user="postgres", dbname="postgres", autocommit=True) as server:
            server.execute(f'DROP DATABASE IF EXISTS "{self.prefix}{name}" WITH (FORCE)')

    def connect(self, name: str) -> Any:
        return psycopg.connect(host=self.host, user="postgres", dbname=self.prefix + name, autocommit=True)

    def tables(self, cursor: Any) -> list[str]:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return sorted(name for (name,) in cursor.fetchall())

    def schema(self, cursor: Any) -> list[Any]:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' UNION "
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint UNION "
            "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
        )
        return sorted(cursor.fetchall(), key=repr)


@pytest.fixture
def databases(tmp_path_factory) -> Iterator[OnSQLite | OnPostgreSQL]:
    folder = tmp_path_factory.mktemp("upgrade")
    made = OnPostgreSQL(folder) if connection.vendor == "postgresql" else OnSQLite(folder)
    yield made
    for name in ("killed", "whole", "old"):
        made.remove(name)


@pytest.mark.long
@pytest.mark.proves(
    "R16",
    "An upgrade of a filled database, killed with `kill -9` and started again until it ends",
    goal="every table, index and rule of the database as after an undisturbed one; no invariant broken; no member "
    "waits longer than 2 s meanwhile (PostgreSQL)",
)
def test_an_upgrade_that_is_killed_ends_as_an_undisturbed_one(line, databases):
    members, kills = line.size("members", fast=300, long=100_000), line.size("kills", fast=2, long=20)
    words = [sys.executable, "-m", "tests.faults.earliest", str(members)]
    settings = {"DJANGO_SETTINGS_MODULE": "care.settings"}
    subprocess.run(words, cwd=ROOT, env=databases.variables("old") | settings, check=True, stdout=subprocess.DEVNULL)
    databases.copy("old", "whole")
    began = time.monotonic()
    with somebody_waits(databases, "whole") as waits:
        said = migrate(databases, "whole")
    took = time.monotonic() - began
    wanted = contents(databases, "whole")
    line.figures |= {"tables": len(wanted) - 1, "steps": len(said), "seconds undisturbed": round(took, 1)}
    killed = upgrades = 0
    while killed < kills:
        databases.copy("old", "killed")
        while killed < kills and migrate(databases, "killed", dies=a_moment(line, len(said))) is None:
            killed += 1
        migrate(databases, "killed")
        upgrades += 1
        assert contents(databases, "killed") == wanted
        if killed == kills:
            check_invariants(databases, "killed")
        databases.remove("killed")
    line.figures |= {"kills": killed, "upgrades": upgrades, "differences": 0, "invariants broken": 0}
    if waits:
        line.figures["longest wait for a member, ms"] = round(max(waits) * 1_000)
        assert max(waits) < LONGEST_WAIT


def migrate(databases, name: str, *, dies: tuple[int, float] | None = None) -> list[str] | None:
    """The lines that `manage.py migrate` prints.

    It `dies` when it has printed so many and so many seconds more have passed, unless it has ended by then: None.
    """
    command = [sys.executable, "-u", "manage.py", "migrate", "--no-color"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=databases.variables(name), stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout
    said = []
    try:
        for row in process.stdout:
            said.append(row)
            if dies and len(said) == dies[0]:
                time.sleep(dies[1])
                break
        else:
            process.wait()
    finally:
        process.kill()
        code = process.wait()
        process.stdout.close()
    assert code in ((0, -signal.SIGKILL) if dies else (0,))
    return None if code else said


def a_moment(line, steps: int) -> tuple[int, float]:
    """After any of its lines; half of the times after the last, when the rules and the search index are made."""
    return line.chance.choice([*range(1, steps), *[steps] * steps]), line.chance.uniform(0, 0.6)


def contents(databases, name: str) -> dict[str, Any]:
    """How many rows each table has and what they hold, and what the database itself knows of rules and indexes."""
    with databases.connect(name) as connected:
        cursor = connected.cursor()
        found: dict[str, Any] = {"": databases.schema(cursor)}
        for table in databases.tables(cursor):
            cursor.execute(f'SELECT * FROM "{table}" LIMIT 0')  # noqa: S608
            kept = sorted({column[0] for column in cursor.description} - NUMBERED.get(table, set()))
            columns = ", ".join(f'"{column}"' for column in kept)
            cursor.execute(f'SELECT {columns} FROM "{table}"')  # noqa: S608
            rows = sorted(map(repr, cursor.fetchall()))
            found[table] = (len(rows), sha256("\n".join(rows).encode()).hexdigest())
        return found


def check_invariants(databases, name: str) -> None:
    command = [sys.executable, "manage.py", "check_invariants"]
    done = subprocess.run(command, cwd=ROOT, env=databases.variables(name), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def somebody_waits(databases, name: str) -> Iterator[list[float]]:
    """Reads and writes a member for as long as the block, on PostgreSQL: how long each time took, in seconds."""
    waits: list[float] = []
    if not isinstance(databases, OnPostgreSQL):
        yield waits  # on SQLite one process has the database at a time, and an upgrade stops Care
        return
    has_ended = threading.Event()

    def use() -> None:
        with databases.connect(name) as connected:
            (member,) = connected.execute("SELECT id FROM members_member LIMIT 1").fetchone()
            while not has_ended.is_set():
                began = time.monotonic()
                connected.execute("SELECT name FROM members_member WHERE id = %s", [member])
                connected.execute("UPDATE members_member SET company = company WHERE id = %s", [member])
                waits.append(time.monotonic() - began)
                time.sleep(0.005)

    thread = threading.Thread(target=use)
    thread.start()
    try:
        yield waits
    finally:
        has_ended.set()
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_a_migrate_that_died_while_it_made_the_search_index_is_mended_by_the_next(monkeypatch):
    a_member(a_community(), name="Ana")
    name = "_POSTGRESQL_TABLE" if connection.vendor == "postgresql" else "_SQLITE_FILL"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DROP TABLE member_search")
    same_community.drop_triggers("default", plan=["a migration"])
    with monkeypatch.context() as killed:
        killed.setattr(search_index, name, (*getattr(search_index, name)[:1], "SELECT of what is not there"))
        with pytest.raises(DatabaseError):
            same_community.install("default")
    same_community.install("default")
    with connection.cursor() as cursor:
        cursor.execute("SELECT name_key FROM member_search")
        assert [key for (key,) in cursor.fetchall()] == ["ana"]
