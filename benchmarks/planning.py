"""P1 and P2: planning one more day with all rituals on, beside SQL written by hand that makes the same rows.

Everybody was planned until yesterday; today brings one new day. The loop over members is what a tutorial would do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from statistics import median
from typing import Any

from django.db import connection, transaction

from attentions.models import Attention, PlannerCursor
from attentions.planning.run import plan_community
from benchmarks.harness import Bench, growth, in_turns, seconds, short
from benchmarks.planning_by_hand import by_hand, loop_over_members
from members.models import Community
from tests.proof import Line

FACTS = ("ritual_id", "member_id", "cycle", "kind", "channel", "state", "due_on", "due_at", "expires_at", "detail")
LOOPED = 100_000  # the size at which the goal speaks of the loop


def run(bench: Bench) -> Iterator[Line]:
    is_postgresql = connection.vendor == "postgresql"
    most = 2.0 if is_postgresql else 3.0
    line = bench.line(
        "P1" if is_postgresql else "P2",
        "Planning a day, all rituals on",
        f"at most {most} times hand-written SQL that makes the same rows; the second run at most 1.2 times the first"
        + ("; 50 times faster than a loop over members at 100k" if is_postgresql else ""),
    )
    line.sizes["members"] = ", ".join(map(short, bench.sizes))
    times, goals = {}, []
    for size in bench.sizes:
        with bench.community(size) as community:
            found = compare(bench, community, with_loop=is_postgresql and size == LOOPED)
        for name, value in found.items():
            line.figures[f"{name} at {short(size)}"] = value
        times[size] = found["seconds to plan"]
        goals += [found["ratio to hand-written SQL"] <= most, found["second run to first"] <= 1.2]
        if with_loop := found.get("loop over members to planning"):
            goals.append(with_loop >= 50)
    if len(times) > 1:
        line.figures["exponent of growth"] = growth(times)
    line.has_passed = all(goals) and (not is_postgresql or LOOPED in bench.sizes)
    yield line


def compare(bench: Bench, community: Community, *, with_loop: bool = False) -> dict[str, Any]:
    """The figures of one community; raises when the two ways make different rows."""
    undo = Undo(community, bench)
    rows: dict[str, set[Any]] = {}
    again: list[float] = []

    def planning() -> float:
        took = seconds(lambda: plan_community(community, now=bench.now))
        again.append(seconds(lambda: plan_community(community, now=bench.now)))
        rows["planned"] = undo.made()
        undo()
        return took

    def hand() -> float:
        took = seconds(lambda: by_hand(community, bench.now, undo.new_days))
        rows["by hand"] = undo.made()
        undo()
        return took

    planned, sql = in_turns(planning, hand, rounds=bench.rounds)
    if rows["planned"] != rows["by hand"]:
        raise AssertionError(f"Different rows: {sorted(map(str, rows['planned'] ^ rows['by hand']))[:6]}")
    figures = {
        "ratio to hand-written SQL": planned / sql,
        "second run to first": median(again[1:]) / planned,
        "rows": len(rows["planned"]),
        "seconds to plan": planned,
    }
    if with_loop:
        looped = seconds(lambda: loop_over_members(community, bench.now, undo.new_days))
        undo()
        figures["loop over members to planning"] = looped / planned
    return figures


class Undo:
    """Takes the rows of today away again, and knows which they are."""

    def __init__(self, community: Community, bench: Bench) -> None:
        self.community, self.now = community, bench.now
        self.cursors = list(PlannerCursor.objects.filter(community=community).values())
        through = min(row["planned_through"] for row in self.cursors)
        last = (self.now + timedelta(hours=14)).date() + timedelta(days=14)
        self.new_days: list[date] = [through + timedelta(days=n + 1) for n in range((last - through).days)]
        self.was_proposed = set(Attention.objects.filter(state="proposed").values_list("pk", flat=True))

    def made(self) -> set[Any]:
        return set(Attention.objects.filter(created_at=self.now).values_list(*FACTS))

    @transaction.atomic
    def __call__(self) -> None:
        Attention.objects.filter(created_at=self.now)._raw_delete("default")
        ended: Iterable[Any] = Attention.objects.filter(state="expired").values_list("pk", flat=True)
        Attention.objects.filter(pk__in=[pk for pk in ended if pk in self.was_proposed]).update(state="proposed")
        for row in self.cursors:
            PlannerCursor.objects.filter(ritual_id=row["ritual_id"]).update(planned_through=row["planned_through"])
