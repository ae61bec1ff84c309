"""A session has ended while a page stood open: whoever clicks is asked to sign in, and comes back to that page."""

import pytest
from django.test import Client

from tests.accounts.signing_in import PASSWORD, with_password
from tests.factories import a_builder, a_community

pytestmark = pytest.mark.django_db
HOST = "http://testserver"


@pytest.fixture
def community():
    return a_community()


@pytest.fixture
def today(community):
    return f"/c/{community.slug}/"


def test_a_page_comes_after_the_sign_in(client, today):
    assert client.get(f"{today}members/?q=ana").url == f"/accounts/login/?next={today}members/%3Fq%3Dana"


def test_after_a_button_the_page_it_was_on_comes(client, today):
    asked = client.post(f"{today}team/invite/", {"email": "a@example.org"}, headers={"Referer": f"{HOST}{today}team/"})
    assert (asked.status_code, asked.url) == (302, f"/accounts/login/?next={today}team/")


def test_a_part_of_a_page_moves_the_whole_page(client, today):
    headers = {"HX-Request": "true", "HX-Current-URL": f"{HOST}{today}?show=all"}
    for asked in (client.get(f"{today}members/suggest/", headers=headers), client.post(today, headers=headers)):
        assert (asked.status_code, asked.content) == (401, b"")
        assert asked.headers["HX-Redirect"] == f"/accounts/login/?next={today}%3Fshow%3Dall"
        assert "Location" not in asked.headers


@pytest.mark.parametrize("page", ["", "https://evil.example/", "//evil.example/", "javascript:alert(1)", "http://["])
def test_no_page_of_elsewhere_comes_after_the_sign_in(client, today, page):
    assert client.post(f"{today}team/invite/", headers={"Referer": page}).url == "/accounts/login/?next=/"
    part = client.post(f"{today}team/invite/", headers={"HX-Request": "true", "HX-Current-URL": page})
    assert part.headers["HX-Redirect"] == "/accounts/login/?next=/"


def test_the_way_through_the_sign_in_leads_back(client, community, today):
    ana = with_password(a_builder(community))
    asked = client.post(f"{today}team/invite/", headers={"Referer": f"{HOST}{today}members/"})
    back = client.post(asked.url, {"login": ana.email, "password": PASSWORD})
    assert back.url == f"{today}members/"


def test_whoever_comes_by_address_to_what_a_button_sends_to_is_told_so(community, today):
    ana = Client()
    ana.force_login(a_builder(community, role="owner"))
    answer = ana.get(f"{today}team/invite/")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert "Nothing was changed" in answer.content.decode()
