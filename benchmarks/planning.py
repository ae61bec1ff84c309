"""P1 and P2: planning one more day with all rituals on, beside SQL written by hand that makes the same rows.

Everybody was planned until yesterday; today brings one new day. Planning looks at all days on which a gesture may still
be due or that people see ahead, about three weeks, because a birthday may have changed since; so does the SQL that the
goal is held against. Beside it stands what the new day alone takes by hand (docs/decisions/0013), and the loop over
members that a tutorial would show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import partial
from statistics import median
from typing import Any

from django.db import connection, transaction

from attentions.models import Attention, PlannerCursor, Ritual
from attentions.planning.plan import window_at
from attentions.planning.run import DAYS_AHEAD, plan_community
from benchmarks.harness import Bench, in_turns, seconds, short
from benchmarks.planning_by_hand import by_hand, loop_over_members
from care.lib.days import ONE_DAY, Window
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
        f"at most {most} times hand-written SQL over the same days that makes the same rows; the second run at most 1.2 "
        "times the first" + ("; 50 times faster than a loop over members at 100k" if is_postgresql else ""),
    )
    line.sizes["members"] = ", ".join(map(short, bench.sizes))
    goals = [not is_postgresql or LOOPED in bench.sizes]
    for size in bench.sizes:
        found = figures(bench, size)
        line.figures |= {f"{name} at {short(size)}": value for name, value in found.items()}
        goals += [found["ratio to hand-written SQL"] <= most, found["second run to first"] <= 1.2]
        goals += [found.get("loop over members to planning", 50) >= 50]
    line.has_passed = all(goals)
    yield line


def figures(bench: Bench, size: int) -> dict[str, Any]:
    """Those of one size, measured once in a run: P10 asks for them again."""
    if size not in bench.planned:
        with_loop = connection.vendor == "postgresql" and size == LOOPED
        with bench.community(size) as community:
            bench.planned[size] = compare(bench, community, with_loop=with_loop)
    return bench.planned[size]


def compare(bench: Bench, community: Community, *, with_loop: bool = False) -> dict[str, Any]:
    """The figures of one community; raises when the ways make different rows."""
    undo = Undo(community, bench)
    rows: dict[str, set[Any]] = {}
    again: list[float] = []

    def timed(name: str, work: Callable[[], Any]) -> float:
        took = seconds(work)
        if name == "planning":
            again.append(seconds(work))
        rows[name] = undo.made()
        undo()
        return took

    ways: dict[str, Callable[[], Any]] = {
        "planning": lambda: plan_community(community, now=bench.now),
        "by hand": lambda: by_hand(community, bench.now, undo.first_day, undo.last_day),
        "by hand, the new day": lambda: by_hand(community, bench.now, lambda _ritual: undo.new_day, undo.last_day),
    }
    planned, sql, sql_of_day = in_turns(*(partial(timed, *way) for way in ways.items()), rounds=bench.rounds)
    for name, made in rows.items():
        if made != rows["planning"]:
            raise AssertionError(f"{name}: other rows, {sorted(map(str, made ^ rows['planning']))[:6]}")
    found = {
        "ratio to hand-written SQL": planned / sql,
        "ratio to SQL for the new day alone": planned / sql_of_day,
        "second run to first": median(again[1:]) / planned,
        "rows": len(rows["planning"]),
        "seconds to plan": planned,
    }
    if with_loop:
        looped = seconds(lambda: loop_over_members(community, bench.now, undo.new_day, undo.last_day))
        undo()
        found["loop over members to planning"] = looped / planned
    return found


class Undo:
    """Takes the rows of today away again, and knows which they are."""

    def __init__(self, community: Community, bench: Bench) -> None:
        self.community, self.now = community, bench.now
        self.cursors = list(PlannerCursor.objects.filter(community=community).values())
        through = min(row["planned_through"] for row in self.cursors)
        self.new_day = through + ONE_DAY
        self.last_day = self._window(0).last
        self.was_proposed = set(Attention.objects.filter(state="proposed").values_list("pk", flat=True))

    def first_day(self, ritual: Ritual) -> date:
        """The first on which a gesture of this ritual may still be due."""
        return self._window(ritual.late_days).first

    def _window(self, late_days: int) -> Window:
        return window_at(self.now, late_days=late_days, ahead=DAYS_AHEAD, planned_through=self.new_day)

    def made(self) -> set[Any]:
        return set(Attention.objects.filter(created_at=self.now).values_list(*FACTS))

    @transaction.atomic
    def __call__(self) -> None:
        Attention.objects.filter(created_at=self.now)._raw_delete("default")
        ended: Iterable[Any] = Attention.objects.filter(state="expired").values_list("pk", flat=True)
        Attention.objects.filter(pk__in=[pk for pk in ended if pk in self.was_proposed]).update(state="proposed")
        for row in self.cursors:
            PlannerCursor.objects.filter(ritual_id=row["ritual_id"]).update(planned_through=row["planned_through"])
