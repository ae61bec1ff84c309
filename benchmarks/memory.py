"""P8: how much memory a worker and a web process need at most, in a small community and in a large one.

Each is a process of its own (benchmarks/memory_process.py).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime

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

    command = [sys.executable, "-m", "benchmarks.memory_process", process, str(connection.settings_dict["NAME"])]
    connection.close()
    ran = subprocess.run(
        [*command, now.isoformat()], cwd=ROOT, env=os.environ, stdout=subprocess.PIPE, text=True, check=True
    )
    return int(ran.stdout) / 1024
