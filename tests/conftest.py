"""What every test may lean on."""

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

# Playwright keeps an event loop in the test's thread, where Django would refuse every query.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone, translation
from hypothesis import HealthCheck, settings

from tests.proof import Line, keep

# A busy machine is slow, which is no failure; what a property is about is never the time it takes.
settings.register_profile("care", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("care")

_LINE = pytest.StashKey[Line]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("proof", "what tests/proof/ tells")
    group.addoption("--long", action="store_true", help="the long layer: sizes as the contract has them")
    group.addoption("--only", default="", help="only what proves this row (R3), or this part of the contract (R)")
    group.addoption("--seed", type=int, help="repeat a run; otherwise the fast layer has its own and the long one any")
    group.addoption("--keep", action="store_true", help="put the lines of what passed under docs/proof/")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What needs PostgreSQL on PostgreSQL; what has no small size with --long; with --only, what proves that row.

    A row's name is a letter and a number: R3 is not R3b. What takes long comes first: at the end the process that is
    ready takes over from the other (xdist's worksteal), which needs something short to be left.
    """
    only = config.getoption("only")
    off = {"postgresql": connection.vendor != "postgresql", "long": not config.getoption("long")}
    out = [
        item
        for item in items
        if (only and not _proves(item, only)) or any(off[name] and item.get_closest_marker(name) for name in off)
    ]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in out]
    items.sort(key=lambda item: not any(item.iter_markers("proves")) and not any(item.iter_markers("once")))


def _proves(item: pytest.Item, only: str) -> bool:
    mark = item.get_closest_marker("proves")
    return mark is not None and (mark.args[0] == only or (len(only) == 1 and mark.args[0].startswith(only)))


@pytest.fixture
def line(request: pytest.FixtureRequest) -> Line:
    """The line of JSON that this test fills; the marker `proves` says what it is about."""
    name, title = request.node.get_closest_marker("proves").args
    goal = request.node.get_closest_marker("proves").kwargs["goal"]
    is_long, seed = request.config.getoption("long"), request.config.getoption("seed")
    if seed is None:
        seed = random.SystemRandom().randrange(1_000_000) if is_long else 1
    uses_database = request.node.get_closest_marker("django_db") is not None
    made = Line(
        name,
        title,
        goal,
        is_long,
        seed,
        {"postgresql": "PostgreSQL", "sqlite": "SQLite"}[connection.vendor] if uses_database else "",
    )
    request.node.stash[_LINE] = made
    return made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Close the line of a test: the time it took, and whether it passed."""
    began, line = time.monotonic(), item.stash.get(_LINE, None)
    try:
        yield
        if line:
            line.has_passed = True
    finally:
        if line:
            line.seconds = time.monotonic() - began
            if line.is_long:
                print(f"\n{line.as_json()}")  # noqa: T201
            if line.has_passed and item.config.getoption("keep"):
                keep(line)


@pytest.fixture(autouse=True)
def _quiet_edges(settings, monkeypatch):
    """No broker: nudges are dropped, since nothing may depend on them. The cache is this process's own."""
    settings.TRYING_OUT = False
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    # Slow on purpose against guessing, and so for every test that signs in.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    monkeypatch.setattr("care.lib.nudge._send", lambda task, *where: None)
    cache.clear()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """A run that was cut short leaves its write-ahead log, which SQLite would take for that of the new database."""
    if connection.vendor == "sqlite":
        name = connection.settings_dict["TEST"]["NAME"]
        for rest in ("-wal", "-shm"):
            Path(f"{name}{rest}").unlink(missing_ok=True)


@pytest.fixture(autouse=True)
def _each_test_begins_in_english():
    """A request leaves its language and time zone with the thread, which is the next test's too."""
    translation.activate("en")
    timezone.deactivate()


@pytest.fixture(autouse=True, scope="session")
def _flush_may_empty_the_audit():
    """On SQLite a flush deletes rows, which the audit's trigger refuses; the triggers are made again after it."""
    if connection.vendor != "sqlite":
        yield
        return
    operations = type(connection.ops)
    original = operations.sql_flush

    def sql_flush(self, style, tables, **kwargs):
        drop = ["DROP TRIGGER IF EXISTS audit_no_delete", "DROP TRIGGER IF EXISTS audit_no_update"]
        return drop + original(self, style, tables, **kwargs)

    operations.sql_flush = sql_flush
    yield
    operations.sql_flush = original
