"""P5: every page of the team and of members, at a thousand members and at a million, one request here, one there.

The addresses come from the routes themselves (tests/doors.py): a new page is measured by itself. Server time, by
Django's test client with the whole middleware, without the network.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from django.conf import settings
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.harness import Bench, short
from members.models import Community
from tests.doors import THROUGH, Route, World, our_routes, people
from tests.proof import Line

SMALL = 1_000
MOST = 1.5
REQUESTS = 10  # times the rounds: of fewer the 95th percentile is the worst
NOT_PAGES = ("care.views.health", "care.admin_site")
# Pages that ask the database less of a large community, and why; of all others it is as many at every size.
FEWER = {
    "care.views.today.today": "the numbers of a small community are counted now, of a large one in the night",
    "attentions.views.rituals.outlook": "of many members the next few have their day sooner: fewer spans are looked at",
    "attentions.views.wordings.wording": "of many members the next few have their day sooner: fewer spans are looked at",
}


def run(bench: Bench) -> Iterator[Line]:
    pages = measured(bench)
    sizes = sizes_of(bench)
    line = bench.line(
        "P5",
        "Every page",
        f"95th percentile of server time at most {MOST} times the same page at {short(SMALL)}; as many queries, or fewer "
        "for a known reason",
    )
    line.sizes = {"members": ", ".join(map(short, sizes)), "requests of each page": REQUESTS * bench.rounds}
    line.figures["pages"] = len(pages)
    uneven = {name: page.queries for name, page in pages.items() if len({*page.queries.values()}) > 1}
    asks_less = {name for name, asked in uneven.items() if name in FEWER and max(asked.values()) == asked[SMALL]}
    line.figures["pages that ask less of a large community"] = len(asks_less)
    line.figures["other pages with another number of queries"] = len(uneven) - len(asks_less)
    line.has_passed = uneven.keys() == asks_less
    for size in sizes[1:]:
        ratios = {name: p95(page.times[size]) / p95(page.times[SMALL]) for name, page in pages.items()}
        slow = {name: ratio for name, ratio in ratios.items() if ratio > MOST}
        worst = max(ratios, key=lambda name: ratios[name])
        line.figures[f"median ratio at {short(size)}"] = median(ratios.values())
        line.figures[f"worst ratio at {short(size)}"] = ratios[worst]
        line.figures[f"worst page at {short(size)}"] = worst
        line.figures[f"pages over {MOST} at {short(size)}"] = len(slow)
        line.has_passed = line.has_passed and not slow
        for name in sorted(slow, key=lambda name: -slow[name]):
            times = pages[name].times
            print(f"{name}: {slow[name]:.2f} ({p95(times[SMALL]):.4f} s, {p95(times[size]):.4f} s)")
    for name, queries in uneven.items():
        print(f"{name}: queries {queries}")
    yield line


def sizes_of(bench: Bench) -> list[int]:
    return [SMALL, *(size for size in bench.sizes if size > SMALL)]


@dataclass
class Page:
    """What was measured of one page, by the number of members."""

    times: dict[int, list[float]]
    queries: dict[int, int]


@dataclass
class Place:
    """One filled database, with somebody of each sort signed in."""

    database: Any
    world: World
    clients: dict[str, Client]

    def __enter__(self) -> None:
        connections["default"] = self.database

    def __exit__(self, *_: object) -> None:
        return None


def measured(bench: Bench) -> dict[str, Page]:
    """Every page that answers in all places, by its name; measured once in a run, P10 asks again."""
    if not bench.pages:
        with ExitStack() as stack:
            places = {size: place_of(stack.enter_context(bench.community(size))) for size in sizes_of(bench)}
            bench.pages = measure(places, requests=REQUESTS * bench.rounds)
    return bench.pages


def measure(places: dict[int, Place], *, requests: int) -> dict[str, Page]:
    before = connections["default"]
    pages = {}
    for route in sorted(our_routes(), key=lambda route: route.name):
        if not route.name.startswith(NOT_PAGES) and (found := _page(route, places, requests)):
            pages[route.name] = found
    connections["default"] = before
    return pages


def place_of(community: Community) -> Place:
    """The database in use, with somebody of each sort signed in."""
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    world = World(community)
    return Place(connections["default"], world, people(world, World()))


def _page(route: Route, places: dict[int, Place], requests: int) -> Page | None:
    """None for what is no page: it answers only to a form, or sends one elsewhere."""
    who = {"team": "owner", "own": "member", "signed_in": "member"}.get(route.policy.who, "anonymous")
    page, urls = Page({size: [] for size in places}, {}), {}
    for size, place in places.items():
        with place:
            client = place.clients[who]
            for start, opening in THROUGH.items():
                if route.name.startswith(start):
                    client.get(opening(place.world))
            urls[size] = route.url(place.world)
            if client.get(urls[size]).status_code != 200:
                return None
            with CaptureQueriesContext(connection) as queries:
                client.get(urls[size])
            page.queries[size] = len(queries)
    for _round in range(requests):
        for size, place in places.items():
            with place:
                began = time.perf_counter()
                place.clients[who].get(urls[size])
                page.times[size].append(time.perf_counter() - began)
    return page


def p95(times: list[float]) -> float:
    return quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
