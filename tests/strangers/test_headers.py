"""What every answer says to the browser, and that nothing is changed without a token of ours."""

import pytest
from django.http import HttpResponse

from care.checks import routes
from tests.doors import our_routes
from tests.strangers.house import CSP, HSTS, WITHOUT_TOKEN, inline
from tests.strangers.observatory import score

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "page",
    [
        "<style>p {}</style>",
        "<script>alert(1)</script>",
        '<p class="a" style="color: red">',
        "<img src='x' onerror='alert(1)'>",
        '<b hx-on:click="alert(1)">',
    ],
)
def test_what_is_inline_would_be_noticed(page):
    assert len(list(inline(page))) == 1


def test_what_only_looks_inline_is_not_taken_for_it():
    page = (
        '<p title="a style=b onclick=c">x</p><script src="/a.js"></script><script type="application/json">{}</script>'
    )
    assert list(inline(page)) == []


WELL_MADE = {
    "Content-Security-Policy": CSP,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": HSTS,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def an_answer(**changes):
    """An answer with headers as ours, but for these; a header that is None is not there."""
    headers = WELL_MADE | {name.replace("_", "-"): value for name, value in changes.items()}
    return HttpResponse(headers={name: value for name, value in headers.items() if value is not None})


@pytest.mark.parametrize(
    ("headers", "given"),
    [
        ({}, 130),
        ({"Content_Security_Policy": None}, 75),
        ({"Content_Security_Policy": CSP.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'")}, 80),
        ({"Content_Security_Policy": CSP.replace("script-src 'self'", "script-src http://e.example")}, 80),
        ({"Content_Security_Policy": CSP.replace("style-src 'self'", "style-src 'unsafe-inline'")}, 120),
        ({"Content_Security_Policy": CSP.replace("default-src 'none'", "default-src 'self'")}, 125),
        ({"Content_Security_Policy": CSP.replace("; frame-ancestors 'none'", "")}, 125),
        ({"Cross_Origin_Resource_Policy": None}, 120),
        ({"Referrer_Policy": None}, 125),
        ({"Referrer_Policy": "unsafe-url"}, 120),
        ({"Strict_Transport_Security": None}, 80),
        ({"Strict_Transport_Security": "max-age=3600"}, 120),
        ({"X_Content_Type_Options": None}, 125),
        ({"Access_Control_Allow_Origin": "https://e.example", "Access_Control_Allow_Credentials": "true"}, 50),
        (dict.fromkeys(name.replace("-", "_") for name in WELL_MADE), 30),
    ],
)
def test_the_observatory_gives_as_published(headers, given):
    assert score(an_answer(**headers)) == given


@pytest.mark.parametrize(
    ("name", "flags", "given"),
    [
        ("sessionid", {"secure": True, "httponly": True, "samesite": "Lax"}, 135),
        ("sessionid", {"secure": True, "samesite": "Lax"}, 70),
        ("sessionid", {"httponly": True, "samesite": "Lax"}, 120),
        ("django_language", {"samesite": "Lax"}, 125),
        ("csrftoken", {"secure": True, "httponly": True}, 80),
    ],
)
def test_the_observatory_looks_at_each_cookie(name, flags, given):
    answer = an_answer()
    answer.set_cookie(name, "x", **flags)
    assert score(answer) == given


@pytest.mark.parametrize(
    ("script", "given"),
    [
        ('<script src="/a.js"></script>', 130),
        ('<script src="https://e.example/a.js"></script>', 125),
        ('<script src="https://e.example/a.js" integrity="sha256-x"></script>', 135),
        ('<script src="//e.example/a.js"></script>', 50),
    ],
)
def test_the_observatory_looks_at_scripts_of_other_sites(script, given):
    answer = an_answer()
    answer.content = script.encode()
    assert score(answer) == given


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(client):
    client.get("/")
    client.post("/accounts/login/", {"login": "x@example.org", "password": "x"})
    for name, cookie in client.cookies.items():
        assert cookie["samesite"] == "Lax", name
        assert cookie["httponly"], name


def test_only_one_click_of_a_mail_program_is_exempt():
    exempt = {pattern.name for _path, pattern in routes() if getattr(pattern.callback, "csrf_exempt", False)}
    assert exempt == {name.rpartition(".")[2] for name in WITHOUT_TOKEN}


def test_a_page_for_signing_in_is_never_framed_or_kept(client):
    answer = client.get("/accounts/login/")
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "no-store" in answer.headers["Cache-Control"]


def test_every_public_route_gives_a_reason():
    assert all(route.policy.reason for route in our_routes() if route.policy.who == "public")
