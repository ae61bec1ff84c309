"""PostgreSQL that crashes, is away, takes no more connections or has a full disk, while workers send."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from django.db import connection, connections
from django.db.utils import load_backend

from care.invariants import check_all
from care.lib import clock
from outbox.models import Message
from tests.factories import a_user
from tests.faults import letters
from tests.faults.disk import SmallDisk, a_folder_for, a_small_disk
from tests.faults.stage import PostgreSQL, Stage, a_stage, until
from tests.outbox.drafts import states
from tests.setup.shell import manage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql, pytest.mark.long]
CHILDREN = 4
CONNECTIONS = 25
MEGABYTES = 48


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="care-", ignore_cleanup_errors=True) as name:  # pytest keeps its own to itself
        yield Path(name)


@pytest.fixture
def disk(folder) -> Iterator[SmallDisk]:
    with a_small_disk(folder / "disk", megabytes=MEGABYTES) as disk:
        yield disk


@pytest.fixture
def server(folder, disk) -> Iterator[PostgreSQL]:
    """A durable PostgreSQL of the test's own, with Care's tables on the small disk.

    The test works with it instead of its usual one.
    """
    server = PostgreSQL(folder, connections=CONNECTIONS, inside=disk.inside)
    server.start()
    try:
        put_tables_on(disk, server)
        made = manage("migrate", "--no-input", DATABASE_URL=server.url, CARE_VAR=str(folder))
        assert made.returncode == 0, made.stderr
        with _working_with(server):
            yield server
    finally:
        server.crash()


def put_tables_on(disk: SmallDisk, server: PostgreSQL) -> None:
    """Those that will be made from now on, with their indexes."""
    place = a_folder_for("postgres", disk, "tables")
    with psycopg.connect(host=server.host, user="postgres", dbname="postgres", autocommit=True) as session:
        session.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
        session.execute("ALTER DATABASE postgres SET default_tablespace = small")


@contextmanager
def _working_with(server: PostgreSQL) -> Iterator[None]:
    usual = connections["default"]
    settings = {**usual.settings_dict, "NAME": "postgres", "HOST": server.host, "PORT": "", "USER": "postgres"}
    connections["default"] = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, "default")
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"] = usual


@pytest.mark.proves(
    "R6",
    "PostgreSQL crashes, is away, takes no more connections and has a full disk while workers send",
    goal="no letter accepted twice; none called sent that was not accepted; at most one unknown for each fault and "
    "connection; the same worker finishes, without a restart",
)
def test_postgresql_may_crash_be_away_or_full(line, server, disk, tmp_path_factory):
    sends, crashes = line.size("sends", fast=200, long=3_000), line.size("crashes", fast=1, long=6)
    down, away = line.size("seconds down", fast=1, long=4), line.size("seconds of the long outage", fast=2, long=30)
    full = line.size("seconds of the full disk", fast=2, long=20)
    line.sizes |= {"connections": CONNECTIONS, "megabytes of the disk": MEGABYTES}
    refused: Counter[str] = Counter()
    faults: list[Callable[[], None]] = [lambda: crash(server, down)] * crashes
    faults += [
        lambda: crash(server, away),
        lambda: refused.update({"connections refused": take_all_connections(server, 10)}),
    ]
    line.chance.shuffle(faults)
    faults.insert(  # never the last one: letters must be left that cannot leave
        line.chance.randrange(len(faults)),
        lambda: refused.update({"writes refused": run_out_of_room(server, disk, full)}),
    )
    folder = tmp_path_factory.mktemp("stage")
    with a_stage(folder, database=server.url, seed=line.seed, delay=25) as stage:
        letters.write(sends)
        worker, beat = stage.worker(children=CHILDREN), stage.beat()
        pid = worker.pid
        for number, fault in enumerate(faults):
            wait_for(stage, (number + line.chance.random()) * sends / len(faults))
            fault()
        began, person = time.monotonic(), a_user()
        held = letters.finish(person)
        line.figures |= {
            **refused,
            "seconds to finish after the last fault": round(time.monotonic() - began),
            **states(),
            "repeats": letters.repeated(stage),
            "falsely sent": letters.falsely_sent(stage),
            "held after three crashes and released": held,
        }
        counts = states()
        assert line.figures["repeats"] == line.figures["falsely sent"] == 0
        assert set(counts) <= {"sent", "unknown"}
        assert sum(counts.values()) == sends
        assert counts.get("unknown", 0) <= len(faults) * CHILDREN
        letters.settle_unknown(stage, person)
        letters.wait_until_over(seconds=60)
        assert worker.is_alive
        assert (worker.pid, beat.is_alive) == (pid, True)
        assert stage.accepted() == dict.fromkeys(Message.objects.values_list("message_id", flat=True), 1)
        assert check_all(clock.now()) == []


def crash(server: PostgreSQL, seconds: float) -> None:
    """Away at once, and back after so many seconds: who sends finds out in the middle of it."""
    server.crash()
    connection.close()
    time.sleep(seconds)
    server.start()


def take_all_connections(server: PostgreSQL, seconds: float) -> int:
    """Take every connection that is free, for so many seconds; how often none was left for us either."""
    connection.close()
    refused, ends = 0, time.monotonic() + seconds
    with ExitStack() as stack:
        while time.monotonic() < ends:
            try:
                stack.enter_context(psycopg.connect(host=server.host, user="postgres", dbname="postgres"))
            except psycopg.OperationalError:
                refused += 1
                time.sleep(0.05)
    assert refused, "the limit was reached"
    return refused


def run_out_of_room(server: PostgreSQL, disk: SmallDisk, seconds: float) -> int:
    """Nothing more fits on its disk, for so many seconds from when it first says so; how often it does."""
    before = times_without_room(server)
    with psycopg.connect(host=server.host, user="postgres", dbname="postgres", autocommit=True) as session:
        session.execute("VACUUM FULL")  # no room inside the tables either
    with disk.full():
        until(lambda: times_without_room(server) > before, seconds=60)
        time.sleep(seconds)
        assert not letters.are_over()
    return times_without_room(server) - before


def times_without_room(server: PostgreSQL) -> int:
    return server.log.read_text().count("No space left on device")


def wait_for(stage: Stage, number: float) -> None:
    """Until so many letters are accepted, or none was for a while because those who had them are gone."""
    last, since = -1, time.monotonic()
    while (accepted := stage.number_accepted()) < number and time.monotonic() < since + 20:
        if accepted != last:
            last, since = accepted, time.monotonic()
        letters.shorten_leases(to=timedelta(seconds=8))
        time.sleep(0.05)
