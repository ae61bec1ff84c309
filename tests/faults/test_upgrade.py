"""An upgrade that is killed, again and again, and started once more: it ends as one that nobody disturbed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
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
Rewritten = Mapping[tuple[str, str], Callable[[Any], Any]]
INSTALL = {"SECRET_KEY": SECRET, "EMAIL_URL": "smtp://localhost:25"}
# What differs between two runs and says nothing: the moment of the migration, and the numbers that Django gives.
NUMBERED = {
    "django_migrations": {"id", "applied"},
    "mfa_authenticator": {"created_at"},
    "django_content_type": {"id"},
    "auth_permission": {"id", "content_type_id"},
}
# Where an upgrade writes down what it did: these tables gain rows, and lose none.
GROWING = ("django_migrations", "django_content_type", "auth_permission")
# What a migration writes anew in rows that there were, and how: allauth has come to keep addresses in lower case.
REWRITTEN = {("account_emailaddress", "email"): str.lower}


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


@pytest.mark.proves(
    "R16",
    "An upgrade of a filled database, killed with `kill -9` and started again until it ends",
    goal="every row and column that there was as before; every table, index and rule of the database as after an "
    "undisturbed one; no invariant broken; no member waits longer than 2 s meanwhile (PostgreSQL)",
)
def test_an_upgrade_that_is_killed_ends_as_an_undisturbed_one(line, databases):
    members, kills = line.size("members", fast=100, long=100_000), line.size("kills", fast=1, long=20)
    words = [sys.executable, "-m", "tests.faults.earliest", str(members)]
    settings = {"DJANGO_SETTINGS_MODULE": "care.settings"}
    subprocess.run(words, cwd=ROOT, env=databases.variables("old") | settings, check=True, stdout=subprocess.DEVNULL)
    databases.copy("old", "whole")
    began = time.monotonic()
    with somebody_waits(databases, "whole") as waits:
        said = migrate(databases, "whole")
    took = time.monotonic() - began
    kept = what_is_kept(databases, "old", "whole")
    wanted = contents(databases, "whole")
    line.figures |= {
        "tables": len(wanted) - 1,
        "steps": len(said),
        "seconds undisturbed": round(took, 1),
        "tables before": kept.tables,
        "rows before": kept.rows,
        "tables that differ from before": len(kept.changed),
    }
    assert kept.rows > members
    assert kept.changed == []
    killed = upgrades = broken = 0
    differing: list[str] = []
    while killed < kills:
        databases.copy("old", "killed")
        while killed < kills and migrate(databases, "killed", dies=a_moment(line, len(said))) is None:
            killed += 1
        migrate(databases, "killed")
        upgrades += 1
        differing += differences(contents(databases, "killed"), wanted)
        if killed == kills:
            broken = broken_invariants(databases, "killed")
        databases.remove("killed")
    line.figures |= {
        "kills": killed,
        "upgrades": upgrades,
        "differences": len(differing),
        "invariants broken": broken,
    }
    assert differing == []
    assert broken == 0
    if isinstance(databases, OnPostgreSQL):
        line.figures |= {
            "uses of a member meanwhile": len(waits),
            "longest wait for a member, ms": round(max(waits) * 1_000),
        }
        assert len(waits) > took, "somebody used it all the time"
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
            found[table] = sum_of(rows_of(cursor, table, columns_of(cursor, table) - NUMBERED.get(table, set())))
        return found


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """The tables that differ; the one without a name is what the database knows of rules and indexes."""
    return [table for table in sorted({*one, *other}) if one.get(table) != other.get(table)]


def columns_of(cursor: Any, table: str) -> set[str]:
    cursor.execute(f'SELECT * FROM "{table}" LIMIT 0')  # noqa: S608
    return {column[0] for column in cursor.description}


def rows_of(cursor: Any, table: str, columns: set[str], rewritten: Rewritten | None = None) -> list[str]:
    """What these columns hold, a row each, in an order that says nothing; some of them as they are to be rewritten."""
    names = sorted(columns)
    writers = [(rewritten or {}).get((table, name), _as_it_is) for name in names]
    quoted = ", ".join(f'"{name}"' for name in names)
    cursor.execute(f'SELECT {quoted} FROM "{table}"')  # noqa: S608
    return sorted(repr([write(value) for write, value in zip(writers, row, strict=True)]) for row in cursor)


def _as_it_is(value: Any) -> Any:
    return value


def sum_of(rows: list[str]) -> tuple[int, str]:
    return len(rows), sha256("\n".join(rows).encode()).hexdigest()


@dataclass
class Kept:
    """What an upgrade made of what there was: so many tables and rows, and the tables that lost or changed some."""

    tables: int = 0
    rows: int = 0
    changed: list[str] = field(default_factory=list)


def what_is_kept(databases, before: str, after: str) -> Kept:
    """Compare a database with what it was before an upgrade, in the columns that both have."""
    found = Kept()
    with databases.connect(before) as one, databases.connect(after) as other:
        old, new = one.cursor(), other.cursor()
        left = databases.tables(new)
        for table in databases.tables(old):
            found.tables += 1
            if table not in left:
                found.changed.append(table)
                continue
            columns = columns_of(old, table) & columns_of(new, table)
            was, now = rows_of(old, table, columns, REWRITTEN), rows_of(new, table, columns)
            found.rows += len(was)
            if not Counter(was) <= Counter(now) or (table not in GROWING and len(was) != len(now)):
                found.changed.append(table)
    return found


def broken_invariants(databases, name: str) -> int:
    """How many invariants `manage.py check_invariants` finds broken."""
    command = [sys.executable, "manage.py", "check_invariants", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=databases.variables(name), capture_output=True, text=True, check=False)
    told = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == (1 if told["broken"] else 0), done.stdout + done.stderr
    assert told["checked"] > 0
    return len(told["broken"])


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

    with ThreadPoolExecutor(1) as pool:
        using = pool.submit(use)
        try:
            yield waits
        finally:
            has_ended.set()
        using.result()  # raises what ended it before its time


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
