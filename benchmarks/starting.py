"""P9: how long `./run` takes until it answers, and what everything on one machine needs while nobody is there."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from urllib.error import URLError
from urllib.request import urlopen

from benchmarks.harness import Bench
from benchmarks.letters import ROOT
from tests.both_databases import clean_environment
from tests.proof import Line

SECONDS, MEGABYTES, PERCENT = 5, 600, 2
SETTLES, WATCHED = 30, 120  # seconds; Beat nudges each minute


def run(bench: Bench) -> Iterator[Line]:
    line = bench.line(
        "P9",
        "Starting `./run` again, and everything on one machine while nobody is there",
        f"answers within {SECONDS} s; at most {MEGABYTES} MB of memory and {PERCENT} % of a core",
    )
    line.sizes = {"starts": bench.rounds, "seconds watched": WATCHED}
    with tempfile.TemporaryDirectory(prefix="care-bench-", ignore_cleanup_errors=True) as folder:
        first = Run(folder)
        line.figures["seconds of the first start, with the demo"] = first.until_it_answers()
        first.stop()
        times = []
        for _start in range(bench.rounds):
            again = Run(folder)
            times.append(again.until_it_answers())
            if len(times) < bench.rounds:
                again.stop()
        line.figures["seconds of a second start"] = median(times)
        time.sleep(SETTLES)
        before, began = again.cpu_seconds(), time.monotonic()
        time.sleep(WATCHED)
        line.figures["% of a core"] = 100 * (again.cpu_seconds() - before) / (time.monotonic() - began)
        line.figures["processes"] = len(again.processes())
        line.figures["memory, MB"] = again.memory()
        again.stop()
    line.has_passed = (
        line.figures["seconds of a second start"] <= SECONDS
        and line.figures["memory, MB"] <= MEGABYTES
        and line.figures["% of a core"] <= PERCENT
    )
    yield line


class Run:
    """A running `./run`, with its data in a folder."""

    def __init__(self, folder: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self._port = probe.getsockname()[1]
        self._began = time.monotonic()
        self._running = subprocess.Popen(
            ["./run", "up", "--bind", f"127.0.0.1:{self._port}"],
            cwd=ROOT,
            env=clean_environment() | {"CARE_VAR": folder},
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def until_it_answers(self) -> float:
        """The seconds from the command to the first page."""
        while time.monotonic() < self._began + 300:
            try:
                with urlopen(f"http://127.0.0.1:{self._port}/", timeout=10) as answer:
                    answer.read()
                return time.monotonic() - self._began
            except (URLError, OSError):
                time.sleep(0.05)
        raise AssertionError("It does not answer.")

    def stop(self) -> None:
        self._running.send_signal(signal.SIGINT)
        self._running.wait(60)

    def processes(self) -> list[Path]:
        """It and all that it has started, as folders of /proc."""
        parents = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
        ours = {self._running.pid}
        while more := {pid for pid, parent in parents.items() if parent in ours} - ours:
            ours |= more
        return [Path("/proc") / str(pid) for pid in ours]

    def cpu_seconds(self) -> float:
        """What all of them have used, with those that have ended and were waited for."""
        fields = [(folder / "stat").read_text().rpartition(")")[2].split() for folder in self.processes()]
        return sum(sum(map(int, field[11:15])) for field in fields) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """The memory of all of them, in MB, what they share counted for each (RSS)."""
        sizes = [re.search(r"VmRSS:\s+(\d+)", (folder / "status").read_text()) for folder in self.processes()]
        return sum(int(size[1]) for size in sizes if size) / 1024
