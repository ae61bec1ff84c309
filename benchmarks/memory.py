"""P8: how much memory a worker and a web process need at most, in a small community and in a large one.

Each is a process of its own, `python -m benchmarks.memory worker|web DATABASE`, which does its work once and prints the
most memory it ever held (VmHWM), in KiB.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from benchmarks.harness import Bench, short
from benchmarks.letters import ROOT
from tests.proof import Line

MOST = 30  # MB
PROCESSES = ("worker", "web")


def run(bench: Bench) -> Iterator[Line]:
    small, large = min(bench.sizes), max(bench.sizes)
    line = bench.line(
        "P8",
        "Memory of a worker that plans, sends and keeps house, and of a web process that shows every page",
        f"the peak grows by at most {MOST} MB from {short(small)} to {short(large)} members",
    )
    line.sizes["members"] = f"{short(small)}, {short(large)}"
    peaks = {}
    for size in (small, large):
        for process in PROCESSES:
            with bench.community(size):
                peaks[process, size] = peak(process, bench.now)
            line.figures[f"peak of the {process} at {short(size)}, MB"] = peaks[process, size]
    for process in PROCESSES:
        line.figures[f"growth of the {process}, MB"] = peaks[process, large] - peaks[process, small]
    line.has_passed = large > small and all(line.figures[f"growth of the {name}, MB"] <= MOST for name in PROCESSES)
    yield line


def peak(process: str, now: datetime) -> float:
    """The most memory such a process held, in MB."""
    from django.db import connection

    command = [sys.executable, "-m", "benchmarks.memory", process, str(connection.settings_dict["NAME"])]
    connection.close()
    ran = subprocess.run(
        [*command, now.isoformat()], cwd=ROOT, env=os.environ, stdout=subprocess.PIPE, text=True, check=True
    )
    return int(ran.stdout) / 1024


def work(now: datetime) -> None:
    """What the nudges of an hour make a worker do."""
    from attentions.services import following
    from attentions.services.work import plan_everybody
    from benchmarks.letters import queue, sink
    from care import housekeeping
    from members.models import Community
    from outbox.services import deliver

    plan_everybody(now=now)
    with sink():
        queue(Community.objects.get(), 1_000, now=now)
        deliver(now)
    following.settle(now=now)
    housekeeping.run(now)


def serve() -> None:
    """Every page, by people with a right to see it."""
    from benchmarks.pages import measure, place_of
    from members.models import Community

    community = Community.objects.get()
    measure({0: place_of(community)}, requests=1)


def main(process: str, database: str, now: str) -> None:
    from benchmarks.quiet import start

    start()
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    if process == "worker":
        work(datetime.fromisoformat(now))
    else:
        serve()
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found  # noqa: S101
    print(found[1])


if __name__ == "__main__":
    main(*sys.argv[1:])
