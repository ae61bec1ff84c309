"""P3: handing over letters, durable for each, beside the bytes alone and beside a task for each letter."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

from benchmarks.harness import Bench, in_turns, seconds, short
from benchmarks.letters import ROOT, all_sent, least, queue, ready_bytes, send_and_commit, send_raw, sink
from outbox.models import Message
from outbox.services import deliver
from tests.proof import Line

LETTERS, TASKS = 10_000, 1_000


def run(bench: Bench) -> Iterator[Line]:
    line = bench.line(
        "P3",
        "Delivering, durable for each letter, in one process",
        "at most 3.0 times raw SMTP on a kept connection; at least 10 times faster than a task for each",
    )
    size, letters = least(bench, LETTERS)
    line.sizes = {"letters": letters, "of them by tasks": min(TASKS, letters), "members": short(size)}
    with bench.community(size) as community, sink() as port:

        def raw() -> float:
            queue(community, letters, now=bench.now)
            return send_raw(ready_bytes(now=bench.now), port)

        def raw_and_commits() -> float:
            queue(community, letters, now=bench.now)
            return send_and_commit(ready_bytes(now=bench.now), port)

        def ours() -> float:
            queue(community, letters, now=bench.now)
            took = seconds(lambda: deliver(bench.now))
            all_sent(letters)
            return took

        plain, marked, durable = in_turns(raw, raw_and_commits, ours, rounds=bench.rounds)
        line.figures = {
            "ratio to raw SMTP": durable / plain,
            "ratio to raw SMTP and a bare commit for each": durable / marked,
            "letters a second": letters / durable,
        }
        tasks = min(TASKS, letters)
        queue(community, tasks, now=bench.now)
        with celery_worker(port):
            each = by_tasks(tasks) / tasks
        line.figures["faster than a task for each letter"] = each / (durable / letters)
    line.has_passed = (
        line.figures["ratio to raw SMTP"] <= 3 and line.figures["faster than a task for each letter"] >= 10
    )
    yield line


@contextmanager
def celery_worker(port: int) -> Iterator[None]:
    """One process that carries out the tasks of benchmarks.mail_task, on the database in use."""
    variables = {"BENCHMARK_DATABASE": str(connections["default"].settings_dict["NAME"]), "BENCHMARK_PORT": str(port)}
    command = [sys.executable, "-m", "celery", "-A", "benchmarks.mail_task", "worker", "-c", "1", "-l", "ERROR"]
    process = subprocess.Popen(
        [*command, "-Q", "benchmark", "--without-gossip", "--without-mingle"], cwd=ROOT, env=os.environ | variables
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def by_tasks(number: int) -> float:
    """From the first sent task to the last sent letter; one letter before them shows that the worker runs."""
    from benchmarks.mail_task import app

    waiting = Message.objects.filter(state="queued")
    first, *ids = list(waiting.values_list("pk", flat=True))
    app.send_task("benchmarks.send_one", [str(first)], queue="benchmark")
    _until_left(number - 1)
    began = time.perf_counter()
    for pk in ids:
        app.send_task("benchmarks.send_one", [str(pk)], queue="benchmark")
    _until_left(0)
    return time.perf_counter() - began


def _until_left(number: int) -> None:
    end = time.monotonic() + 600
    while Message.objects.filter(state="queued").count() > number:
        if time.monotonic() > end:
            raise AssertionError("The tasks do not come to an end.")
        time.sleep(0.02)
