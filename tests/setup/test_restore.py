"""A backup, as docs/operations.md tells to make it, brought to another machine."""

import logging
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection

from care.lib import clock
from outbox.models import Message
from outbox.services import deliver
from tests.factories import a_builder, a_community, a_member
from tests.outbox.drafts import a_message, a_sign_of_life, an_account_mail
from tests.outbox.mailserver import MailServer
from tests.setup.shell import SECRET, manage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
COPY = "care_restored"


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def old(mail_server, settings, tmp_path) -> Path:
    """The folder of the machine that this test's own database is of. It has been at work: a letter has left."""
    settings.VAR, settings.EMAIL_URL = tmp_path / "old", mail_server.url
    settings.VAR.mkdir()
    now = clock.now()
    a_sign_of_life(now)
    ana = a_builder(a_community(), email="ana@example.org")
    a_message(a_member(ana.teams.get().community), now=now, due_at=now)
    assert deliver(now).sent == 1
    return settings.VAR


@pytest.fixture
def here(mail_server, tmp_path) -> Iterator[dict[str, str]]:
    """What configures the other machine, whose database is `restored` into it."""
    folder = tmp_path / "new"
    folder.mkdir()
    variables = {"CARE_VAR": str(folder), "SECRET_KEY": SECRET, "EMAIL_URL": mail_server.url}
    if connection.vendor == "postgresql":
        host = quote(connection.settings_dict["HOST"], safe="")
        variables["DATABASE_URL"] = f"postgres://{connection.settings_dict['USER']}@{host}/{COPY}"
        on_server(f"CREATE DATABASE {COPY}")
    yield variables
    if connection.vendor == "postgresql":
        on_server(f"DROP DATABASE {COPY} WITH (FORCE)")


def on_server(words: str) -> None:
    at = connection.settings_dict
    with psycopg.connect(host=at["HOST"], user=at["USER"], dbname="postgres", autocommit=True) as server:
        server.execute(words)


def restore(folder: Path) -> None:
    """Back this test's database up and bring it to the machine in `folder`, with the tools of the manual."""
    at, backup = connection.settings_dict, folder / "backup"
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(at["NAME"])) as database:
            database.execute(f"VACUUM INTO '{backup}'")
        shutil.move(backup, folder / "db.sqlite3")
        return
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    who = ["--host", at["HOST"], "--username", at["USER"]]
    dump = [programs / "pg_dump", *who, "--format", "custom", "--file", backup, at["NAME"]]
    load = [programs / "pg_restore", *who, "--dbname", COPY, "--clean", "--if-exists", backup]
    for command in (dump, load):
        subprocess.run(command, check=True, cwd="/")


@pytest.mark.long
@pytest.mark.proves(
    "R15",
    "A backup with letters that are due, restored on another machine, where real processes tick",
    goal="account mail leaves, and no greeting until a person says so; then each of them once",
)
def test_a_restored_copy_sends_nothing_until_somebody_says_so_and_then_all_of_it_once(old, here, mail_server, line):
    letters = line.size("letters", fast=3, long=500)
    before, after = line.size("ticks before", fast=1, long=10), line.size("ticks after", fast=2, long=10)
    now = clock.now()
    community = Message.objects.get().community
    due = {a_message(a_member(community), now=now, due_at=now).message_id for _ in range(letters)}
    account = an_account_mail(now=now).message_id
    mail_server.letters.clear()
    restore(Path(here["CARE_VAR"]))

    for _ in range(before):
        tick = manage("tick", **here)
        assert tick.returncode == 0
        assert "Sending is stopped on this machine" in tick.stderr
    assert mail_server.message_ids == [account]
    line.figures["greetings before somebody said so"] = len(due & set(mail_server.message_ids))

    assert "Sending goes on." in manage("resume_sending", "--by", "ana@example.org", **here).stdout
    with ThreadPoolExecutor(2) as two_at_once:
        ticks = list(two_at_once.map(lambda _number: manage("tick", **here), range(after)))
    assert {(tick.returncode, tick.stderr) for tick in ticks} == {(0, "")}
    assert sorted(mail_server.message_ids) == sorted([account, *due])
    line.figures["letters afterwards"] = len(mail_server.message_ids) - 1
    line.figures["repeats"] = len(mail_server.message_ids) - len(set(mail_server.message_ids))


@pytest.mark.once
def test_a_planned_move_takes_the_identity_along(old, here):
    restore(Path(here["CARE_VAR"]))
    shutil.copy(old / "instance_id", here["CARE_VAR"])
    assert manage("deliver", **here).stderr == ""
