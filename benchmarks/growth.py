"""P10: how planning grows from N to 100 N members, beside what the rows it creates force."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.harness import Bench, growth, short
from benchmarks.planning import compare
from tests.proof import Line

MOST = 0.2


def run(bench: Bench) -> Iterator[Line]:
    line = bench.line("P10", "Growth of planning", f"exponent of growth at most {MOST} above that of the rows created")
    line.sizes["members"] = ", ".join(map(short, bench.sizes))
    times, rows = {}, {}
    for size in bench.sizes:
        with bench.community(size) as community:
            found = compare(bench, community)
        times[size], rows[size] = found["seconds to plan"], max(found["rows"], 1)
    line.figures = {"exponent of planning": growth(times), "exponent of the rows created": growth(rows)}
    line.has_passed = line.figures["exponent of planning"] - line.figures["exponent of the rows created"] <= MOST
    yield line
