"""P4: more processes deliver more, and far from the mail server it is the connections that count."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.harness import Bench, in_turns, short
from benchmarks.letters import all_sent, least, queue, send_by_workers, sink
from members.models import Community
from tests.proof import Line

LETTERS, FAR_LETTERS = 10_000, 640
ROUND_TRIP = 0.02


def run(bench: Bench) -> Iterator[Line]:
    line = bench.line(
        "P4",
        "Delivering by several processes",
        "4 workers at least 2.0 times one on two cores; 16 connections at least 12 times one at a 20 ms round trip",
    )
    size, letters = least(bench, LETTERS)
    far = min(FAR_LETTERS, letters)
    line.sizes = {"letters": letters, "letters at 20 ms": far, "members": short(size)}
    with bench.community(size) as community:
        with sink():
            line.figures["4 workers to one"] = _gain(bench, community, letters, workers=4)
        with sink(ROUND_TRIP):
            line.figures["16 connections to one at 20 ms"] = _gain(bench, community, far, workers=16)
    line.has_passed = line.figures["4 workers to one"] >= 2 and line.figures["16 connections to one at 20 ms"] >= 12
    yield line


def _gain(bench: Bench, community: Community, letters: int, *, workers: int) -> float:
    """How many times as fast so many are as one."""

    def by(number: int) -> float:
        queue(community, letters, now=bench.now)
        took = send_by_workers(number, now=bench.now)
        all_sent(letters)
        return took

    one, several = in_turns(lambda: by(1), lambda: by(workers), rounds=bench.rounds)
    return one / several
