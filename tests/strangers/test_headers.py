"""What every answer says to the browser, and that nothing is changed without a token of ours."""

import pytest

from care.checks import routes
from tests.doors import our_routes
from tests.strangers.house import OTHER_PAGES, WITHOUT_TOKEN, inline

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


def test_under_https_browsers_keep_to_it(client, settings):
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 365 * 24 * 3600, True
    for path in ("/", *OTHER_PAGES):
        assert client.get(path, secure=True).headers["Strict-Transport-Security"].startswith("max-age=31536000")


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
