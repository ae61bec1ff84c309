"""Every door, tried by everybody: what a route declares (members.access) is what it does.

One walk serves all tests of this module: whom a door lets in, and what its answer tells the browser.
A new route is tried by itself. `tests/doors.py` knows who tries, and how to make what a route is about.
"""

import re
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from django.test import Client
from django.urls import resolve

from care.checks import every_route_declares_a_policy, is_library, routes
from members.access import Policy
from members.models import Role
from tests.doors import EVERYBODY, NARROWER, TEAM, Route, posted, undone
from tests.strangers.house import (
    OTHER,
    OTHER_PAGES,
    ROUTES,
    UNSAFE,
    WITHOUT_TOKEN,
    WITHOUT_TOKEN_HEADER,
    Call,
    House,
    rightful,
    through,
    verdict,
    wrong_in,
)
from tests.strangers.observatory import redirection, score
from tests.strangers.who_may import Row, declared, table, verdict_of

pytestmark = pytest.mark.django_db

# Doors that do not say yes in a test, and why.
NEVER_OPEN = {
    "outbox.views.mailbox.mailbox": "the mailbox exists only while developing",
    "outbox.views.mailbox.mailbox_letter": "the mailbox exists only while developing",
    "outbox.views.mailbox.mailbox_page": "the mailbox exists only while developing",
    "care.views.health.metrics": "it has a token of its own, and tests of its own",
    "care.views.health.healthz": "nothing beats in a test",
    "care.admin_site.login": "it sends everybody to the sign-in page",
}
# Pages that only lead on to another one, and why.
LEADS_ON = {
    "members.views.me.me": "straight to the page of the one community",
    "outbox.views.preferences.preferences_link": "the token leaves the address bar",
}


def test_every_route_says_whom_it_is_for():
    assert every_route_declares_a_policy() == []
    assert len(ROUTES) > 40


def test_only_libraries_and_these_go_without():
    assert {path.split("/")[0] for path, pattern in routes() if is_library(pattern)} <= {"accounts", "admin"}


def test_the_table_has_each_route_as_it_is_declared_and_no_other():
    """A new route, or another policy, is written into who_may.txt by the person who means it."""
    assert {name: row.declared for name, row in table().items()} == {
        route.name: declared(route.policy) for route in ROUTES
    }


def test_the_table_lets_in_whom_a_policy_means_and_nobody_else():
    rows, wrong = table(), []
    for route in ROUTES:
        for (method, who), codes in rows[route.name].codes.items():
            meant = _implied(route, who, method)
            if not {verdict_of(code) for code in codes} <= meant:
                wrong.append(f"{route.name}: {sorted(codes)} to {method} by {who} should be {sorted(meant)}")
    assert not wrong, "\n".join(wrong)


def _implied(route: Route, who: str, method: str) -> set[str]:
    """What follows from a policy alone. A page that does not know a method says so to whoever may know of the page."""
    if route.policy.who == "public":
        return {"in", "login", "403", "404", "405"}  # what a token opens follows from no role: the table alone says it
    may = _may(who, route.policy, is_about_somebody="member" in route.keywords)
    if may == "in":
        narrower = NARROWER.get(route.name, {}).get(who) if method == "POST" else None
        return {narrower} if narrower else {"405"} if method in OTHER else {"in", "405"}
    return {may, "405"} if route.policy.who == "own" and may == "404" else {may}


def _may(who: str, policy: Policy, *, is_about_somebody: bool) -> str:
    """in: may come in. 403: of the team, with too low a role. 404: sees nothing of it. login: is asked to sign in."""
    if who == "anonymous":
        return "login"
    if policy.who == "team":
        if who not in TEAM:
            return "404"
        return "in" if Role(who).includes(Role(policy.role)) else "403"
    return "404" if policy.who == "own" and is_about_somebody and who != "member" else "in"


@pytest.mark.once  # membership is read by the same statement at every door, and both databases are asked below
@pytest.mark.proves(
    "S1",
    "Every door of the own community, tried by everybody",
    goal="each answer is the one in the table of the doors (tests/strangers/who_may.txt)",
)
def test_everybody_gets_what_the_table_says(house, line):
    calls, rows = house.walk(is_long=line.is_long), table()
    wrong = [f"{call} should be {sorted(_told(call, rows))}" for call in calls if not _is_as_told(call, rows)]
    line.figures |= {"routes": len(ROUTES), "roles": len(EVERYBODY), "calls": len(calls), "wrong": len(wrong)}
    assert not wrong, "\n".join(wrong)


def _told(call: Call, rows: dict[str, Row]) -> frozenset[str]:
    return rows[call.route.name].codes[call.method, call.who]


def _is_as_told(call: Call, rows: dict[str, Row]) -> bool:
    """Whether it is the very code; htmx gets another one for the same (a part, or where to go), so the same people."""
    codes = _told(call, rows)
    is_told = ("login" if call.verdict == "login" else str(call.code)) in codes
    return is_told or (call.is_htmx and call.verdict in map(verdict_of, codes))


@pytest.mark.proves("S1", "Every door, tried by whom it is for", goal="each opens: no route that answers nobody")
def test_whoever_it_is_for_does_get_in(house, line):
    wrong, pages = [], 0
    for route in ROUTES:
        if route.name not in NEVER_OPEN:
            url, way = route.url(house.here), through(route, house.here)
            seen = house.ask(rightful(route), "GET", url, through=way)
            done = house.ask(rightful(route), "POST", url, posted(route.name), through=way)
            is_page = seen.status_code != 405
            pages += is_page
            decisive = seen if is_page else done
            if not _is_open(decisive) or (is_page and route.name not in LEADS_ON and seen.status_code != 200):
                wrong.append(f"{route.name} answered {seen.status_code} and {done.status_code}: see tests/doors.py")
    line.figures |= {
        "routes": len(ROUTES) - len(NEVER_OPEN),
        "pages": pages,
        "shut": len(wrong),
        "tested elsewhere": len(NEVER_OPEN),
    }
    assert not wrong, "\n".join(wrong)


def _is_open(answer) -> bool:
    return verdict(answer) == "in" and answer.status_code < 400


@pytest.mark.proves(
    "S1", "Every door of another community, tried by everybody", goal="404 to all but its own team, whatever the method"
)
def test_nothing_of_another_community_is_there(house, line):
    """Another community's address; and the own address with another community's row, for each row in the path."""
    calls, wrong, rows = 0, [], table()
    for route in ROUTES:
        for who in EVERYBODY if line.is_long else (rightful(route), "owner"):
            if route.policy.who in {"team", "own"} and route.objects and who != "owner elsewhere":
                for url, method, htmx in _elsewhere(route, house, is_long=line.is_long):
                    answer, calls = house.ask(who, method, url, posted(route.name), htmx=htmx), calls + 1
                    nothing = _nothing(route, who, method, rows, is_mixed=url != route.url(house.there))
                    if verdict(answer) != nothing:
                        wrong.append(f"{who}: {method} {route.path}: {answer.status_code}, not {nothing}, for {url}")
    line.figures |= {"calls": calls, "wrong": len(wrong)}
    assert not wrong, "\n".join(wrong)


def _elsewhere(route, house: House, *, is_long: bool):
    """(address, method, by htmx) of what is not there."""
    mixed = [{key: house.there.value(route, key)} for key in route.objects if "community" in route.keywords]
    for url in {route.url(house.there), *(route.url(house.here, **other) for other in mixed)}:
        for method in ("GET", "HEAD", "POST", *OTHER) if is_long else ("GET", "POST"):
            for htmx in (False, True) if is_long else (False,):
                yield url, method, htmx


def _nothing(route: Route, who: str, method: str, rows: dict[str, Row], *, is_mixed: bool) -> str:
    """What is answered where there is nothing for somebody. In their own community they may hear first that their role
    is too low, or that the page does not know the method; of another one they hear nothing at all.
    """
    if who == "anonymous":
        return "login"
    (told,) = {verdict_of(code) for code in rows[route.name].codes[method, who]}
    knows_the_page = route.policy.who == "own" or (is_mixed and who in TEAM)
    is_about_the_row = told == "in" or (method == "POST" and who in NARROWER.get(route.name, {}))
    return told if knows_the_page and not is_about_the_row else "404"


@pytest.mark.once
@pytest.mark.proves(
    "S4",
    "What every answer says to the browser, page, part, file, redirect or refusal",
    goal="the exact policy, HSTS, nothing inline, not kept by anybody, not framed; 130 or more by the Observatory",
)
def test_every_answer_has_them_also_a_refusal(house, line):
    # The mailbox of the embedded install shows letters in a frame, and exists only while developing.
    calls = [call for call in house.walk(is_long=line.is_long) if "mailbox" not in call.route.name]
    wrong = [f"{call}: {fault}" for call in calls for fault in call.faults]
    scores = {f"{call}": call.score for call in calls}
    others = {
        route.path: house.ask("anonymous", "GET", route.url(house.here), through=way)
        for route in ROUTES
        if (way := through(route, house.here))
    }
    others |= {path: Client().get(path, secure=True) for path in OTHER_PAGES} | _errors(house)
    for name, answer in others.items():
        wrong += [f"{name}: {fault}" for fault in wrong_in(answer)]
        scores[name] = score(answer)
    from_http = redirection(Client().get("/"))
    lowest = min(scores, key=scores.__getitem__)
    line.figures |= {"routes": len(ROUTES), "answers": len(calls) + len(others), "wrong": len(wrong)}
    line.figures["lowest score by the Observatory"] = scores[lowest] + from_http
    assert not wrong, "\n".join(wrong)
    assert scores[lowest] + from_http >= 130, f"{scores[lowest]} for {lowest}; {from_http} for plain HTTP"


def _errors(house: House) -> dict[str, object]:
    """A real answer for each way in which a call goes wrong."""
    broken, owner = RuntimeError("broken"), house.clients["owner"]
    client = Client(raise_request_exception=False)
    with patch("members.views.home.render", side_effect=broken):
        answers = {"a view that breaks (500)": client.get("/", secure=True)}
    with (
        patch("members.middleware.clock.now", side_effect=broken),
        patch.object(owner, "raise_request_exception", False),
        undone(owner),
    ):
        answers["a middleware that breaks (500)"] = owner.get("/account/", secure=True)
    answers["another host (400)"] = client.get("/", secure=True, headers={"host": "elsewhere.example"})
    answers["no slash at the end (301)"] = client.get("/account", secure=True)
    answers["what only a button does (405)"] = client.get("/language/", secure=True)
    answers["no token (403)"] = _careful(client).post("/language/", secure=True)
    for name, answer in answers.items():
        assert f"({answer.status_code})" in name
    return answers


@pytest.mark.once  # no database is asked
@pytest.mark.proves(
    "S3", "Every route, called without a token of ours", goal="403 to all that changes, but one click of a mail program"
)
def test_nothing_is_posted_without_a_token(house, line, settings):
    settings.CSRF_FAILURE_VIEW = "tests.strangers.house.without_token"
    doors = [
        (route.name, route.url(house.here), rightful(route), posted(route.name), through(route, house.here))
        for route in ROUTES
    ]
    doors += [(url, url, who, {}, "") for url in _of_libraries() for who in ("anonymous", "staff")]
    wrong, calls = [], 0
    careful = {name: _careful(house.clients[name]) for name in EVERYBODY}
    for name, url, who, data, way in doors:
        for method in UNSAFE:
            with undone(careful[who]):
                if way:
                    careful[who].get(way, secure=True)
                answer, calls = getattr(careful[who], method.lower())(url, data, secure=True), calls + 1
            refused = WITHOUT_TOKEN_HEADER in answer.headers
            if name in WITHOUT_TOKEN:  # it takes a POST without one, and nothing else
                refused = answer.status_code == 405
            if refused == (name in WITHOUT_TOKEN and method == "POST"):
                wrong.append(f"{name}: {answer.status_code} to {method} without a token")
    of_libraries = len({url for _name, url, *_rest in doors}) - len(ROUTES)
    line.figures |= {"routes": len(ROUTES), "of libraries": of_libraries, "calls": calls}
    line.figures |= {"exempt": len(WITHOUT_TOKEN), "wrong": len(wrong)}
    assert not wrong, "\n".join(wrong)


def _careful(client: Client) -> Client:
    """The same browser, on a page of ours, with a server that looks for a token as in production."""
    careful = Client(enforce_csrf_checks=True, headers={"referer": "https://testserver/"})
    careful.cookies.update(client.cookies)
    return careful


# What stands for the words in the addresses of libraries: whatever it is, the token is looked for first.
_WORDS = {"app_label": "members", "content_type_id": "1", "object_id": "1", "pk": "1", "uidb36": "1"}


def _of_libraries() -> Iterator[str]:
    """An address for every route of allauth and of the admin."""
    for path, pattern in routes():
        if is_library(pattern):
            bare = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)|<(?:\w+:)?(\w+)>", _word, path)
            url = "/" + re.sub(r"[\^$]|\\Z", "", bare)
            assert resolve(url).func is pattern.callback, f"{url} is not /{path}"
            yield url


def _word(found: re.Match[str]) -> str:
    return _WORDS.get(found[1] or found[2], "abc")
