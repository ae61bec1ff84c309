"""How Care does with a million members: `./run bench [NAME]... [--sizes 10k,100k,1m] [--database …] [--keep]`.

Prints a line of JSON for each row of the contract and database, and a table. Every figure is a ratio to a baseline that
lies beside the benchmark and was measured in the same run; `--keep` puts the lines under docs/proof/, also those that
miss their goal: the page says so.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path

from tests.both_databases import ROOT, clean_environment, postgresql, redis
from tests.proof import Line, keep

# The module of each row, in the order to run them: run(bench) yields lines.
ROWS = {
    "P1": "planning", "P2": "planning", "P5": "pages", "P3": "delivery", "P4": "delivery_scales", "P6": "searching",
    "P7": "importing", "P8": "memory", "P9": "starting", "P10": "growth",
}  # fmt: skip
ONLY = {"P2": "sqlite", "P9": "sqlite"} | dict.fromkeys(("P1", "P3", "P4", "P7", "P8"), "postgresql")
CHILD = "CARE_BENCHMARK"


def main() -> int:
    wanted = arguments()
    if os.environ.get(CHILD):
        return measure(wanted)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="care-bench-", ignore_cleanup_errors=True))
        )
        folder.chmod(0o711)
        environment = clean_environment() | {"REDIS_URL": stack.enter_context(redis(folder)), CHILD: "1"}
        code = 0
        for database in [wanted.database] if wanted.database else ["postgresql", "sqlite"]:
            if database == "postgresql":
                environment["DATABASE_URL"] = stack.enter_context(postgresql(folder, is_durable=True))
                environment["DATABASE_URL"] = environment["DATABASE_URL"].rpartition("/")[0] + "/postgres"
            else:
                environment.pop("DATABASE_URL", None)
            command = [sys.executable, "-m", "benchmarks", *sys.argv[1:], "--database", database]
            own = {"CARE_VAR": str(folder / database)}
            code |= subprocess.run(command, cwd=ROOT, env=environment | own, check=False).returncode
    return code


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("names", nargs="*", type=row, metavar="NAME", help="rows, P1 to P10; all without it")
    parser.add_argument("--sizes", type=sizes, default=None, help="numbers of members: 10k,100k,1m")
    parser.add_argument("--database", choices=["postgresql", "sqlite"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", action="store_true", help="put the lines under docs/proof/")
    wanted = parser.parse_args()
    if wanted.keep and wanted.rounds < 5:
        parser.error("What is kept is the median of at least five rounds.")
    return wanted


def row(text: str) -> str:
    """The name of a row that there is."""
    if text not in ROWS:
        raise argparse.ArgumentTypeError(f"there is {', '.join(ROWS)}")
    return text


def sizes(text: str) -> list[int]:
    """10k,1m as numbers, smallest first."""
    units = {"": 1, "k": 1_000, "m": 1_000_000}
    found = [re.fullmatch(r"(\d+)([km]?)", part.strip().lower()) for part in text.split(",")]
    if not all(found):
        raise argparse.ArgumentTypeError("write them as 10k,100k,1m")
    return sorted(int(match[1]) * units[match[2]] for match in found if match)


def measure(wanted: argparse.Namespace) -> int:
    """In a process of its own for each database, which Django reads from the environment."""
    from benchmarks.quiet import start

    start()
    from benchmarks.harness import Bench

    found, is_well = [], True
    bench = Bench(wanted.sizes or [10_000, 100_000, 1_000_000], wanted.seed, wanted.rounds)
    for name in wanted.names or ROWS:
        if ONLY.get(name, wanted.database) != wanted.database:
            continue
        began = time.monotonic()
        for line in import_module(f"benchmarks.{ROWS[name]}").run(bench):
            line.seconds, began = time.monotonic() - began, time.monotonic()
            print(line.as_json(), flush=True)
            found.append(line)
            is_well = is_well and line.has_passed
            if wanted.keep:
                keep(line)
    for line in found:
        print(table(line))
    return 0 if is_well else 1


def table(line: Line) -> str:
    """A line for people."""
    head = f"\n{line.name} {line.title} ({line.database}): {'reached' if line.has_passed else 'MISSED'}"
    rows = [f"  {name:<60} {value:>12,.4g}" if isinstance(value, float) else f"  {name:<60} {value:>12}"
            for name, value in line.figures.items()]  # fmt: skip
    return "\n".join([head, f"  goal: {line.goal}", *rows])


if __name__ == "__main__":
    sys.exit(main())
