"""Settings of a community and of oneself, the front page, and the language one reads in."""

import pytest
from bs4 import BeautifulSoup
from django import forms
from django.test import Client
from pytest_django.asserts import assertHTMLEqual

from members.forms.zones import ZoneField
from members.models import AuditEntry, Community, User
from tests.accounts.signing_in import own_device
from tests.factories import a_builder, a_community, a_member, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def community():
    return a_community(name="The Bakers", slug="bakers", time_zone="Europe/Paris")


@pytest.fixture
def at_owners(client, community):
    client.force_login(a_builder(community, role="owner"))
    return client


def given(**changes):
    return {
        "name": "The Bakers",
        "time_zone": "Europe/Paris",
        "language": "en",
        "feb29": "feb28",
        "sender_name": "Ana Duarte",
        "reply_to": "ana@example.org",
        "weekly_cap": 3,
        "minutes_per_day": 30,
        **changes,
    }


def save(client, **changes):
    return client.post("/c/bakers/settings/", given(**changes))


# --- a community


def test_an_owner_changes_everything(at_owners):
    assert save(at_owners, time_zone="Asia/Tokyo", language="fr", feb29="mar1", weekly_cap=2).status_code == 303
    after = Community.objects.get()
    assert (after.time_zone, after.language, after.feb29, after.weekly_cap) == ("Asia/Tokyo", "fr", "mar1", 2)
    assert (after.sender_name, after.reply_to) == ("Ana Duarte", "ana@example.org")
    assert AuditEntry.objects.get().fields == sorted(
        ["feb29", "language", "reply_to", "sender_name", "time_zone", "weekly_cap"]
    )


def test_a_builder_changes_all_but_the_time_zone_and_pausing(client, community):
    client.force_login(a_builder(community))
    assert save(client, name="The Bread", time_zone="Asia/Tokyo").status_code == 303
    after = Community.objects.get()
    assert (after.name, after.time_zone) == ("The Bread", "Europe/Paris")
    assert client.post("/c/bakers/settings/pause/").status_code == 403
    page = client.get("/c/bakers/settings/").content.decode()
    assert "An owner can change it" in page
    assert "Pause all sending" not in page


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": ""}, "required"),
        ({"name": "<script>"}, "markup"),
        ({"time_zone": "Paris"}, "Choose a time zone"),
        ({"reply_to": "no-reply@example.org"}, "Nobody reads this mailbox"),
        ({"reply_to": "ana@"}, "valid email"),
        ({"sender_name": "Ana https://x.org"}, "markup or a link"),
        ({"weekly_cap": 0}, "between 1 and 21"),
        ({"minutes_per_day": 100_000}, "between 1 and 600"),
        ({"minutes_per_day": "many"}, "whole number"),
    ],
)
def test_what_cannot_be_is_refused_and_the_page_keeps_the_old_name(at_owners, wrong, says):
    refused = save(at_owners, **wrong)
    assert refused.status_code == 422
    text = refused.content.decode()
    assert says in text
    assert '<strong class="truncate">The Bakers</strong>' in text
    assert not AuditEntry.objects.exists()


def test_nothing_is_written_about_nothing(at_owners, community):
    Community.objects.update(sender_name="Ana Duarte", reply_to="ana@example.org")
    answer = at_owners.post("/c/bakers/settings/", given(), follow=True)
    assert "Nothing was changed" in answer.content.decode()
    assert not AuditEntry.objects.exists()


def test_an_owner_pauses_and_resumes_and_the_page_says_what_it_does(at_owners):
    paused = at_owners.post("/c/bakers/settings/pause/", follow=True).content.decode()
    assert "Nothing leaves to members" in paused
    assert Community.objects.get().paused_at
    resumed = at_owners.post("/c/bakers/settings/resume/", follow=True).content.decode()
    assert "Sending goes on" in resumed
    assert Community.objects.get().paused_at is None


# --- oneself


def test_one_sets_ones_own_name_language_and_zone(at_owners):
    saved = at_owners.post("/account/", {"name": "Ana Duarte", "language": "fr", "time_zone": "Africa/Abidjan"})
    assert saved.status_code == 302
    assert saved.cookies["django_language"].value == "fr"
    user = User.objects.get()
    assert (user.name, user.language, user.time_zone) == ("Ana Duarte", "fr", "Africa/Abidjan")
    assert at_owners.get("/account/").headers["Content-Language"] == "fr"


def test_the_zones_are_named_in_the_language_one_reads_in(at_owners):
    at_owners.post("/account/", {"name": "Ana", "language": "fr", "time_zone": "Europe/London"})
    page = BeautifulSoup(at_owners.get("/account/").text, "html.parser")
    parts = [part["label"] for part in page.select("#id_time_zone optgroup")]
    assert "Amérique" in parts
    (chosen,) = page.select("#id_time_zone option[selected]")
    assert (chosen["value"], chosen.text) == ("Europe/London", "Londres")


def test_the_list_of_zones_is_the_one_that_django_would_make():
    field = ZoneField(empty="<Anywhere>", keep="US/Pacific", guess=True)
    attributes = {"id": "id_zone", "required": True}
    plain = forms.Select({"data-browser-zone": ""}, choices=field.choices)
    for chosen in ("", None, "US/Pacific", "Europe/Paris", "Nowhere"):
        ours, theirs = (widget.render("zone", chosen, attributes) for widget in (field.widget, plain))
        assertHTMLEqual(ours, theirs)


def test_one_gives_oneself_no_rights_there(at_owners):
    at_owners.post("/account/", {"name": "Ana", "is_staff": "1", "is_superuser": "1", "email": "eve@example.org"})
    user = User.objects.get()
    assert (user.name, user.is_staff, user.is_superuser) == ("Ana", False, False)
    assert user.email != "eve@example.org"


def test_anybody_chooses_a_language_and_comes_back_to_the_page(client):
    answer = client.post("/language/", {"language": "fr", "next": "/accounts/login/"})
    assert (answer.status_code, answer.url) == (303, "/accounts/login/")
    assert client.get("/").headers["Content-Language"] == "fr"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_it_never_leads_elsewhere(client, elsewhere):
    assert client.post("/language/", {"language": "fr", "next": elsewhere}).url == "/"


def test_a_language_we_do_not_speak_changes_nothing(client):
    answer = client.post("/language/", {"language": "xx"})
    assert answer.status_code == 303
    assert "django_language" not in answer.cookies


# --- the front page


def test_a_visitor_is_welcomed_and_can_ask_for_a_code(client):
    page = client.get("/").content.decode()
    assert "Nobody is forgotten" in page
    assert 'action="/accounts/login/code/"' in page


def test_the_team_of_one_community_goes_straight_to_it(at_owners):
    assert at_owners.get("/").url == "/c/bakers/"


def test_the_team_of_several_chooses(at_owners):
    a_builder_there = a_community(name="The Potters", slug="potters")
    a_builder_there.team.create(user=User.objects.get(), role="greeter")
    page = at_owners.get("/").content.decode()
    assert "/c/bakers/" in page
    assert "/c/potters/" in page


def test_a_member_goes_to_their_own_pages(community):
    a_member(community, email="maya@example.org")
    visitor = Client()
    own_device(visitor, a_user(email="maya@example.org"))
    assert visitor.get("/").url == "/me/"


def test_somebody_known_to_nobody_is_told_what_to_do(client):
    client.force_login(a_user(email="eve@example.org"))
    assert "nothing opens with eve@example.org yet" in client.get("/").content.decode()


def test_a_greeter_is_shown_no_door_that_is_closed_to_them(client, community):
    client.force_login(a_builder(community, role="greeter"))
    page = client.get("/c/bakers/members/").content.decode()
    for closed in ("/c/bakers/team/", "/c/bakers/settings/", "/c/bakers/messages/"):
        assert f'href="{closed}"' not in page
