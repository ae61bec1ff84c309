"""P6: search as you type, each prefix of some names, in a large community and in one of ten thousand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

from django.db import connection, connections
from django.http import QueryDict

from benchmarks.harness import Bench, in_turns, seconds, short
from members.listing import listing
from members.models import TeamMember
from tests.factories import a_builder
from tests.proof import Line

TYPED = ("tanaka", "Nguyễn", "okafor 2a", "somebody77", "田中", "xyzzy")
BASE = 10_000


def run(bench: Bench) -> Iterator[Line]:
    largest = max(bench.sizes) if connection.vendor == "postgresql" else min(max(bench.sizes), 100_000)
    line = bench.line("P6", "Search as you type", f"at {short(largest)} at most 3 times as at {short(BASE)}")
    line.sizes = {"members": f"{short(BASE)}, {short(largest)}", "texts": sum(map(len, TYPED))}
    before = connections["default"]
    with ExitStack() as stack:
        places = {}
        for size in (BASE, largest):
            community = stack.enter_context(bench.community(size))
            owner = a_builder(community, role="owner")
            places[size] = connections["default"], TeamMember.objects.select_related("community").get(user=owner)

        def typing(size: int, word: str) -> float:
            connections["default"], team_member = places[size]
            return seconds(lambda: type_word(word, team_member, bench))

        for word in TYPED:
            small, large = in_turns(partial(typing, BASE, word), partial(typing, largest, word), rounds=bench.rounds)
            line.figures[f"ratio for {word}"] = large / small
        connections["default"] = places[largest][0]
    connections["default"] = before
    line.has_passed = largest > BASE and all(ratio <= 3 for ratio in line.figures.values())
    yield line


def type_word(word: str, team_member: TeamMember, bench: Bench) -> None:
    """One key after another, each with the first page of what is found."""
    for length in range(1, len(word) + 1):
        query = QueryDict(mutable=True)
        query["q"] = word[:length]
        list(listing(query, team_member=team_member, now=bench.now).page.rows)
