"""Every door, tried by everybody: what a route declares (members.access) is what it does.

One walk serves all tests of this module: whom a door lets in, and what its answer tells the browser.
A new route is tried by itself. `tests/doors.py` knows who tries, and how to make what a route is about.
"""

import pytest
from django.test import Client

from care.checks import every_route_declares_a_policy, is_library, routes
from tests.doors import EVERYBODY, NARROWER, POSTED, TEAM, undone
from tests.strangers.house import (
    OTHER,
    OTHER_PAGES,
    ROUTES,
    UNSAFE,
    WITHOUT_TOKEN,
    Call,
    House,
    may,
    rightful,
    through,
    verdict,
    wrong_in,
)

pytestmark = pytest.mark.django_db

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


def test_every_route_says_whom_it_is_for():
    assert every_route_declares_a_policy() == []
    assert len(ROUTES) > 40


def test_only_libraries_and_these_go_without():
    assert {path.split("/")[0] for path, pattern in routes() if is_library(pattern)} <= {"accounts", "admin"}


@pytest.mark.once  # membership is read by the same statement at every door, and both databases are asked below
@pytest.mark.proves(
    "S1", "Every door of the own community, tried by everybody", goal="each answer is what the route declares"
)
def test_everybody_gets_what_the_route_declares(house, line):
    calls = house.walk(is_long=line.is_long)
    wrong = [f"{call} should be {expected(call)}" for call in calls if call.verdict not in expected(call)]
    line.figures |= {"routes": len(ROUTES), "roles": len(EVERYBODY), "calls": len(calls), "wrong": len(wrong)}
    assert not wrong, "\n".join(wrong)


def expected(call: Call) -> set[str]:
    """What may be answered. A page that does not know the method says so to anybody, before it looks at anything."""
    if call.code == ILL.get(call.route.name):
        return {call.verdict}
    if call.route.policy.who == "public":
        return {"in", "403", "404", "405", "login"}  # a token that is none, a page that is not there
    declared = may(call.who, call.route)
    if call.method in OTHER:
        return {"405"} | ({declared} - {"in"})
    narrower = NARROWER.get(call.route.name, {}).get(call.who)
    return {"405", narrower if call.method == "POST" and declared == "in" and narrower else declared}


@pytest.mark.proves("S1", "Every door, tried by whom it is for", goal="each opens: no route that answers nobody")
def test_whoever_it_is_for_does_get_in(house, line):
    codes = {}
    for route in ROUTES:
        if route.name not in NEVER_OPEN:
            url, way = route.url(house.here), through(route, house.here)
            seen = house.ask(rightful(route), "GET", url, through=way)
            done = house.ask(rightful(route), "POST", url, POSTED.get(route.name), through=way)
            codes[route.name] = [seen.status_code, done.status_code]
    wrong = [
        f"{name} answered {found}: is something missing in POSTED (tests/doors.py)?"
        for name, found in codes.items()
        if min(found) >= 400
    ]
    line.figures |= {"routes": len(ROUTES) - len(NEVER_OPEN), "shut": len(wrong), "tested elsewhere": len(NEVER_OPEN)}
    assert not wrong, "\n".join(wrong)


@pytest.mark.proves(
    "S1", "Every door of another community, tried by everybody", goal="404 to all but its own team, whatever the method"
)
def test_nothing_of_another_community_is_there(house, line):
    """Another community's address; and the own address with another community's row, for each row in the path."""
    calls, wrong = 0, []
    for route in ROUTES:
        for who in EVERYBODY if line.is_long else (rightful(route), "owner"):
            if route.policy.who in {"team", "own"} and route.objects and who != "owner elsewhere":
                for url, method, htmx in _elsewhere(route, house, is_long=line.is_long):
                    answer, calls = house.ask(who, method, url, POSTED.get(route.name), htmx=htmx), calls + 1
                    if verdict(answer) not in _nothing(who, is_mixed=url != route.url(house.there)):
                        wrong.append(f"{who}: {method} {route.path}: {answer.status_code} for {url}")
    line.figures |= {"calls": calls, "wrong": len(wrong)}
    assert not wrong, "\n".join(wrong)


def _elsewhere(route, house: House, *, is_long: bool):
    """(address, method, by htmx) of what is not there."""
    mixed = [{key: house.there.value(route, key)} for key in route.objects if "community" in route.keywords]
    for url in {route.url(house.there), *(route.url(house.here, **other) for other in mixed)}:
        for method in ("GET", "HEAD", "POST", *OTHER) if is_long else ("GET", "POST"):
            for htmx in (False, True) if is_long else (False,):
                yield url, method, htmx


def _nothing(who: str, *, is_mixed: bool) -> set[str]:
    """Who is not signed in is asked to; one's own community may say first that one's role is too low for the page."""
    if who == "anonymous":
        return {"login", "405"}
    return {"404", "405", "403"} if is_mixed and who in TEAM else {"404", "405"}


@pytest.mark.once
@pytest.mark.proves(
    "S4",
    "What every answer says to the browser, page, part, file, redirect or refusal",
    goal="the exact policy, nothing inline, not kept by anybody, not framed",
)
def test_every_answer_has_them_also_a_refusal(house, line):
    # The mailbox of the embedded install shows letters in a frame, and exists only while developing.
    calls = [call for call in house.walk(is_long=line.is_long) if "mailbox" not in call.route.name]
    wrong = [f"{call}: {fault}" for call in calls for fault in call.faults]
    for route in ROUTES:
        if way := through(route, house.here):
            answer = house.ask("anonymous", "GET", route.url(house.here), through=way)
            wrong += [f"{route.path}: {fault}" for fault in wrong_in(answer)]
    for path in OTHER_PAGES:
        wrong += [f"{path}: {fault}" for fault in wrong_in(Client().get(path))]
    line.figures |= {"routes": len(ROUTES), "answers": len(calls), "wrong": len(wrong)}
    assert not wrong, "\n".join(wrong)


@pytest.mark.proves(
    "S3", "Every route, called without a token of ours", goal="403 to all that changes, but one click of a mail program"
)
def test_nothing_is_posted_without_a_token(house, line):
    wrong, calls = [], 0
    careful = {
        name: Client(enforce_csrf_checks=True) for name in ("anonymous", "outsider", "member", "builder", "owner")
    }
    for name, client in careful.items():
        client.cookies.update(house.clients[name].cookies)
    for route in ROUTES:
        client = careful[name if (name := rightful(route)) in careful else "owner"]
        for method in UNSAFE:
            with undone(client):
                if way := through(route, house.here):
                    client.get(way)
                url, data = route.url(house.here), POSTED.get(route.name) or {}
                code, calls = getattr(client, method.lower())(url, data).status_code, calls + 1
            is_exempt = route.name in WITHOUT_TOKEN and method == "POST"
            if (code not in {403, 405}) != is_exempt:
                wrong.append(f"{route.name}: {code} to {method} without a token")
    line.figures |= {"routes": len(ROUTES), "calls": calls, "exempt": len(WITHOUT_TOKEN), "wrong": len(wrong)}
    assert not wrong, "\n".join(wrong)
