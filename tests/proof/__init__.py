"""What a run has shown, as one line of JSON: the figures of docs/proof.md come from these lines and nowhere else.

A test says what it proves and takes the fixture `line`:

    @pytest.mark.proves("R3", "Workers killed while they send", goal="no letter twice; sent + unknown = all")
    def test_killed_workers(line):
        sends = line.size("sends", fast=500, long=10_000)
        ...
        line.figures["unknown"] = unknown

In `./run test` it has its fast sizes. `./run faults` and `./run strangers` run the long ones, print the lines, and with
`--keep` put those of tests that passed under docs/proof/.
"""

from __future__ import annotations

import json
import os
import platform
import random
import subprocess
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "docs" / "proof"
_LIBRARIES = ("django", "celery", "redis", "psycopg")


@dataclass
class Line:
    """What one run of one row (R3, S1, P5 …) of the contract showed.

    `sizes` and `figures` are numbers and short words by their name in plain English, in the order to print. `chance` is
    to be the only source of randomness, so that the seed repeats the run.
    """

    name: str
    title: str
    goal: str
    is_long: bool
    seed: int
    database: str = ""
    sizes: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    has_passed: bool = False
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def size(self, name: str, *, fast: int, long: int) -> int:
        """How many of something this run has; it is written into the line."""
        self.sizes[name] = long if self.is_long else fast
        return int(self.sizes[name])

    def as_json(self) -> str:
        """One line, without a line break."""
        where = {"date": f"{datetime.now(UTC):%Y-%m-%d}", "commit": commit(), **machine()}
        return json.dumps({**asdict(self), "seconds": round(self.seconds, 1), **where}, ensure_ascii=False)


def keep(line: Line) -> None:
    """Put a line into docs/proof/, in place of the one that showed the same before."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{line.name}.jsonl"
    others = [kept for kept in read(path) if _subject(kept) != (line.title, line.database)] if path.exists() else []
    kept = sorted([*others, json.loads(line.as_json())], key=_subject)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in kept))


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of a file."""
    return [json.loads(row) for row in path.read_text().splitlines()]


def _subject(row: dict[str, Any]) -> tuple[str, str]:
    return row["title"], row["database"]


@cache
def commit() -> str:
    """The commit that was run, with a `+` when the files were changed since."""
    git = ["git", "-C", str(ROOT)]
    head = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout
    changed = subprocess.run([*git, "status", "--porcelain"], capture_output=True, text=True, check=False).stdout
    ours = [row for row in changed.splitlines() if "docs/proof" not in row]
    return head.strip() + ("+" if ours else "")


@cache
def machine() -> dict[str, Any]:
    """How large this machine is, and which versions ran."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "machine": {"cores": os.cpu_count(), "memory_gib": round(memory), "system": platform.machine()},
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in _LIBRARIES},
            **dict(_programs()),
        },
    }


def _programs() -> Iterable[tuple[str, str]]:
    """PostgreSQL and Redis as they are installed; one that is not is left out."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]:
        yield "postgresql", _said(str(folder / "postgres"), "--version").split()[2]
    if said := _said("redis-server", "--version"):
        yield "redis-server", said.split("v=")[1].split()[0]


def _said(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except OSError:
        return ""
