"""What every answer says to the browser, and that nothing is changed without a token of ours."""

import pytest
from django.test import Client

from care.checks import routes
from tests.doors import POSTED, THROUGH, our_routes, undone
from tests.test_access import AREAS, House, World, people

pytestmark = pytest.mark.django_db

CSP = (
    "base-uri 'none'; connect-src 'self'; default-src 'none'; font-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; img-src 'self' data:; manifest-src 'self'; script-src 'self'; style-src 'self'"
)
# A mail program unsubscribes with one POST, without cookies (RFC 8058).
WITHOUT_TOKEN = {"outbox.views.unsubscribe.unsubscribe"}


@pytest.fixture
def house(settings):
    settings.REQUIRE_TWO_FACTOR = False
    here, there = World(), World()
    return House(here, there, people(here, there))


def directives(policy):
    return "; ".join(sorted(part.strip() for part in policy.split(";") if part.strip()))


def wrong_in(answer):
    """What is missing or wrong in the headers of an answer."""
    headers = answer.headers
    if directives(headers.get("Content-Security-Policy", "")) != CSP:
        yield "Content-Security-Policy"
    if headers.get("X-Content-Type-Options") != "nosniff":
        yield "X-Content-Type-Options"
    if headers.get("X-Frame-Options") != "DENY":
        yield "X-Frame-Options"
    if headers.get("Referrer-Policy") not in {"same-origin", "no-referrer"}:
        yield "Referrer-Policy"
    if headers.get("Cross-Origin-Opener-Policy") != "same-origin":
        yield "Cross-Origin-Opener-Policy"
    if headers.get("Referrer-Policy") == "no-referrer" and b"csrfmiddlewaretoken" in answer.content:
        yield "Referrer-Policy: from a page without one browsers post `Origin: null`, which the token check refuses"
    if "no-store" not in headers.get("Cache-Control", ""):
        yield "Cache-Control"


# The mailbox of the embedded install shows letters in a frame, and exists only while developing.
@pytest.mark.parametrize("area", sorted(set(AREAS) - {"outbox.views.mailbox"}))
def test_every_answer_has_them_also_a_refusal(area, house):
    wrong = []
    for route in AREAS[area]:
        for who in ("anonymous", "outsider", "member", "greeter", "owner"):
            for method in ("GET", "POST"):
                answer = house.ask(who, method, route.url(house.here))
                wrong += [f"{who} {method} {route.path} ({answer.status_code}): {name}" for name in wrong_in(answer)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/accounts/login/code/", "/admin/login/", "/nowhere/", "/accounts/"]
)
def test_the_pages_of_libraries_and_errors_have_them_too(path, client):
    assert list(wrong_in(client.get(path))) == []


@pytest.mark.parametrize(("begin", "path"), THROUGH.items())
def test_pages_behind_a_mark_have_them_too(begin, path, house):
    client = house.clients["anonymous"]
    for route in our_routes():
        if route.name.startswith(begin):
            with undone(client):
                client.get(path(house.here))
                assert list(wrong_in(client.get(route.url(house.here)))) == []


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(client):
    client.get("/")
    client.post("/accounts/login/", {"login": "x@example.org", "password": "x"})
    for name, cookie in client.cookies.items():
        assert cookie["samesite"] == "Lax", name
        assert cookie["httponly"], name


@pytest.mark.parametrize("area", AREAS)
def test_nothing_is_posted_without_a_token(area, house):
    wrong = []
    careful = {name: Client(enforce_csrf_checks=True) for name in ("owner", "member", "anonymous")}
    for name, client in careful.items():
        client.cookies.update(house.clients[name].cookies)
    for route in AREAS[area]:
        who = {"public": "anonymous", "own": "member"}.get(route.policy.who, "owner")
        url = route.url(house.here)
        with undone(careful[who]):
            code = careful[who].post(url, POSTED.get(route.name) or {}).status_code
        if (code not in {403, 405}) != (route.name in WITHOUT_TOKEN):
            wrong.append(f"{route.name}: {code} to a POST without a token")
    assert not wrong, "\n".join(wrong)


def test_only_one_click_of_a_mail_program_is_exempt():
    exempt = {pattern.name for _path, pattern in routes() if getattr(pattern.callback, "csrf_exempt", False)}
    assert exempt == {name.rpartition(".")[2] for name in WITHOUT_TOKEN}


def test_a_page_for_signing_in_is_never_framed_or_kept(client):
    answer = client.get("/accounts/login/")
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "no-store" in answer.headers["Cache-Control"]


def test_every_public_route_gives_a_reason():
    assert all(route.policy.reason for route in our_routes() if route.policy.who == "public")
