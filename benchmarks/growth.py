"""P10: how planning and pages grow from the smallest community to the largest, beside what the rows made force."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from benchmarks import pages, planning
from benchmarks.harness import Bench, growth, short
from tests.proof import Line

MOST = 0.2


def run(bench: Bench) -> Iterator[Line]:
    line = bench.line(
        "P10",
        "Growth of planning and of pages",
        f"exponent of growth at most {MOST} above that of the rows made; pages make none",
    )
    line.sizes["members"] = ", ".join(map(short, bench.sizes))
    found = {size: planning.figures(bench, size) for size in bench.sizes}
    planned = growth({size: figures["seconds to plan"] for size, figures in found.items()})
    rows = growth({size: max(figures["rows"], 1) for size, figures in found.items()})
    of_pages = {
        name: growth({size: median(page.times[size]) for size in bench.sizes})
        for name, page in pages.measured(bench).items()
    }
    worst = max(of_pages, key=lambda name: of_pages[name])
    line.figures = {
        "exponent of planning": planned,
        "exponent of the rows made": rows,
        "median exponent of pages": median(of_pages.values()),
        "largest exponent of pages": of_pages[worst],
        "page with it": worst,
    }
    line.has_passed = len(found) > 1 and planned - rows <= MOST and of_pages[worst] <= MOST
    yield line
