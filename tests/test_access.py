"""Every door, tried by everybody: what a route declares (members.access) is what it does.

A new route is tried by itself. `tests/doors.py` knows who tries, and how to make what a route is about.
"""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pytest
from django.test import Client

from care.checks import every_route_declares_a_policy, is_library, routes
from members.models import Role
from tests.doors import EVERYBODY, NARROWER, POSTED, TEAM, THROUGH, Route, World, our_routes, people, undone

pytestmark = pytest.mark.django_db

ALL = sorted(our_routes(), key=lambda route: route.name)
# The routes of one module of views are tried together: building a community for each would take minutes.
AREAS = {area: list(found) for area, found in groupby(ALL, key=lambda route: route.name.rpartition(".")[0])}
# What somebody gets who may come in: the page, another one, or a word about what was typed.
WELCOME = {200, 204, 302, 303, 400, 409, 410, 422}
# It may say that the install is ill, as it is when nothing beats.
ILL = {"care.views.health.healthz": 503}
# Doors that do not say yes in a test, and why.
NEVER_OPEN = {
    "outbox.views.mailbox.mailbox": "the mailbox exists only while developing",
    "outbox.views.mailbox.mailbox_letter": "the mailbox exists only while developing",
    "outbox.views.mailbox.mailbox_page": "the mailbox exists only while developing",
    "care.views.health.metrics": "it has a token of its own, and tests of its own",
    "care.views.health.healthz": "nothing beats in a test",
    "care.admin_site.login": "it sends everybody to the sign-in page",
}


@dataclass
class House:
    """Two communities, and somebody of each sort who tries the doors of the first."""

    here: World
    there: World
    clients: dict[str, Client]

    def ask(self, who: str, method: str, url: str, data: dict[str, Any] | None = None, *, htmx: bool = False) -> Any:
        """The answer, without its consequences."""
        client = self.clients[who]
        with undone(client):
            return getattr(client, method.lower())(url, data or {}, headers={"HX-Request": "true"} if htmx else {})


@pytest.fixture
def house():
    here, there = World(), World()
    return House(here, there, people(here, there))


@pytest.fixture(autouse=True)
def _one_factor_is_enough(settings: Any) -> None:
    settings.REQUIRE_TWO_FACTOR = False


def may(who: str, route: Route) -> str:
    """in: may come in. 403: of the team, with too low a role. 404: sees nothing of it. login: is asked to sign in."""
    policy = route.policy
    if policy.who == "public":
        return "in"
    if who == "anonymous":
        return "login"
    if policy.who == "team":
        if who not in TEAM:
            return "404"
        return "in" if Role(who).includes(Role(policy.role)) else "403"
    if policy.who == "own" and "member" in route.keywords:
        return "in" if who == "member" else "404"
    return "in"


def verdict(answer: Any) -> str:
    """The same words for an answer."""
    if answer.headers.get("Location" if answer.status_code == 302 else "HX-Redirect", "").startswith(
        "/accounts/login/"
    ):
        return "login"
    if answer.status_code in {403, 404}:
        return str(answer.status_code)
    return "in" if answer.status_code in WELCOME else f"answered {answer.status_code}"


def test_every_route_says_whom_it_is_for():
    assert every_route_declares_a_policy() == []
    assert len(ALL) > 40


def test_only_libraries_and_these_go_without():
    assert {path.split("/")[0] for path, pattern in routes() if is_library(pattern)} <= {"accounts", "admin"}


@pytest.mark.parametrize("area", AREAS)
def test_everybody_gets_what_the_route_declares(area, house):
    wrong = []
    for route in AREAS[area]:
        url = route.url(house.here)
        for who in EVERYBODY:
            for method, htmx in (("GET", False), ("GET", True), ("POST", False)):
                answer = house.ask(who, method, url, POSTED.get(route.name) if method == "POST" else None, htmx=htmx)
                # A page that does not know the method says so to anybody, before it looks at anything.
                said_ill = answer.status_code == ILL.get(route.name)
                if (
                    answer.status_code != 405
                    and not said_ill
                    and verdict(answer) not in (right := expected(who, route, method))
                ):
                    wrong.append(f"{who}: {method} {url} should be {right}, is {verdict(answer)}")
    assert not wrong, "\n".join(wrong)


def expected(who: str, route: Route, method: str) -> set[str]:
    if route.policy.who == "public":
        return {"in", "403", "404", "login"}  # a token that is none, a page that is not there
    declared = may(who, route)
    narrower = NARROWER.get(route.name, {}).get(who)
    return {narrower} if method == "POST" and declared == "in" and narrower else {declared}


@pytest.mark.parametrize("area", AREAS)
def test_whoever_it_is_for_does_get_in(area, house):
    wrong = []
    for route in AREAS[area]:
        if route.name in NEVER_OPEN:
            continue
        sort = {"public": "anonymous", "team": route.policy.role, "own": "member"}.get(route.policy.who, "outsider")
        who = "owner" if route.name in NARROWER else sort
        url, path = (
            route.url(house.here),
            next((path for begin, path in THROUGH.items() if route.name.startswith(begin)), None),
        )
        with undone(house.clients[who]):
            if path:
                house.clients[who].get(path(house.here))
            answers = [house.ask(who, "GET", url), house.ask(who, "POST", url, POSTED.get(route.name))]
        codes = [answer.status_code for answer in answers]
        if min(codes) >= 400:
            wrong.append(f"{route.name} answered {codes} to {who}: is something missing in POSTED (tests/doors.py)?")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("area", AREAS)
def test_nothing_of_another_community_is_there(area, house):
    """Another community's address; and the own address with another community's row, for each row in the path."""
    wrong = []
    for route in AREAS[area]:
        if route.policy.who != "team" or not route.objects:
            continue
        urls = [route.url(house.there)]
        urls += [route.url(house.here, **{key: house.there.value(route, key)}) for key in route.objects]
        for url in urls:
            for method in ("GET", "POST"):
                code = house.ask("owner", method, url, POSTED.get(route.name)).status_code
                if code not in {404, 405}:
                    wrong.append(f"{method} {route.path}: {code} for {url}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_no_other_method_gets_around_it(method, house):
    for route in ALL:
        answer = house.ask("outsider", method, route.url(house.here))
        if route.policy.who == "team":
            assert answer.status_code in {404, 405}, f"{method} {route.path}: {answer.status_code}"
        assert answer.status_code < 500
