"""What all benchmarks share: filled databases, two ways measured in turns, and the line that tells what came out.

Nothing here is a time that counts: a figure is a ratio of two medians of the same run.
"""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections

from attentions.planning.run import plan_community
from benchmarks import people
from care.lib.sizes import learn_sizes
from members.models import Community
from tests.proof import Line

ROUNDS = 5
NAMES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}


@dataclass
class Bench:
    """One run of the benchmarks on one database: how large, by which seed, and what is filled already."""

    sizes: list[int]
    seed: int
    rounds: int = ROUNDS
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0))
    planned: dict[int, dict[str, Any]] = field(default_factory=dict)
    pages: dict[str, Any] = field(default_factory=dict)
    _templates: dict[int, str] = field(default_factory=dict)
    _original: Any = None

    def line(self, name: str, title: str, goal: str) -> Line:
        """An empty line for a row of the contract."""
        return Line(name, title, goal, is_long=True, seed=self.seed, database=NAMES[connection.vendor])

    @contextmanager
    def community(self, size: int) -> Iterator[Community]:
        """A community of `size` in a database of its own, planned until yesterday; the database goes with the block."""
        if size not in self._templates:
            self._templates[size] = self._make(size)
        name = f"{self._templates[size]}_copy"
        _drop(name)
        _copy(self._templates[size], name)
        with use(name):
            yield Community.objects.get(slug="potters")
        _drop(name)

    def _make(self, size: int) -> str:
        name = _name(f"care_{size}")
        _create(name)
        with use(name):
            call_command("migrate", verbosity=0)
            community = people.fill(size, seed=self.seed, now=self.now)
            learn_sizes()
            plan_community(community, now=self.now - timedelta(days=1))
            learn_sizes()
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("VACUUM ANALYZE")  # as it does by itself, a minute later
        return name


@contextmanager
def use(name: str) -> Iterator[None]:
    """Let Django work on another database of the same server for a while."""
    before = connections["default"]
    wanted = deepcopy(before.settings_dict)
    wanted["NAME"] = name
    connections["default"] = type(before)(wanted, "default")
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"] = before


def seconds(work: Callable[[], Any]) -> float:
    """How long it took."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def in_turns(*ways: Callable[[], float], rounds: int) -> list[float]:
    """The median of each way, A B A B …; one round before them does not count."""
    for way in ways:
        way()
    return [median(found) for found in zip(*([way() for way in ways] for _ in range(rounds)), strict=True)]


def growth(figures: dict[int, float]) -> float:
    """The exponent e in `time ~ size ** e` from the smallest to the largest size."""
    first, last = min(figures), max(figures)
    return math.log(figures[last] / figures[first]) / math.log(last / first) if last > first else 0.0


def short(size: int) -> str:
    """10000 is 10k, 1000000 is 1m."""
    for unit, letter in ((1_000_000, "m"), (1_000, "k")):
        if size >= unit and size % unit == 0:
            return f"{size // unit}{letter}"
    return str(size)


def _name(name: str) -> str:
    return name if connection.vendor == "postgresql" else str(settings.VAR / f"{name}.sqlite3")


def _run(statement: str) -> None:
    connection.close()  # outside of a transaction
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _create(name: str) -> None:
    if connection.vendor == "postgresql":
        _run(f"CREATE DATABASE {name}")


def _copy(source: str, name: str) -> None:
    if connection.vendor == "postgresql":
        _run(f"CREATE DATABASE {name} TEMPLATE {source} STRATEGY file_copy")
    else:
        shutil.copyfile(source, name)


def _drop(name: str) -> None:
    if connection.vendor == "postgresql":
        _run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    else:
        for rest in ("", "-wal", "-shm"):
            Path(f"{name}{rest}").unlink(missing_ok=True)
