"""The member list: finding, filtering, sorting, paging; the same at ten members and at two hundred."""

from datetime import date, timedelta
from time import sleep

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.audiences import parse
from members.services.audiences import save_audience
from members.services.custom_fields import add_field
from members.services.tags import add_tag
from tests.factories import a_member
from tests.members.pages import HTMX, names, next_page, soup, text

pytestmark = pytest.mark.django_db
URL = "/c/bakers/members/"


def test_nobody_yet_is_told_where_to_begin(bakers, builder):
    page = text(builder.get(URL))
    assert "Nobody is on record yet" in page
    assert "Add a member" in page


def test_members_stand_by_name_whatever_their_accents(bakers, builder):
    for name in ("Zoë", "Ángel", "ana", "Émile"):
        a_member(bakers, name=name)
    response = builder.get(URL)
    assert names(response) == ["ana", "Ángel", "Émile", "Zoë"]
    assert "4 members" in text(response)


def test_the_erased_are_not_listed(bakers, builder):
    a_member(bakers, name="", email="", status="erased")
    a_member(bakers, name="Ana")
    assert names(builder.get(URL)) == ["Ana"]


def test_nobody_of_another_community_is_listed(bakers, elsewhere, builder):
    a_member(elsewhere, name="Stranger")
    a_member(bakers, name="Ana")
    assert names(builder.get(URL)) == ["Ana"]
    assert builder.get("/c/elsewhere/members/").status_code == 404


def test_it_finds_by_name_address_and_company(bakers, builder):
    a_member(bakers, name="Tomás Núñez", company="Boulangerie d'Or", email="tom@bread.example")
    a_member(bakers, name="Other")
    for wanted in ("tomas", "boulang", "bread.example"):
        assert names(builder.get(URL, {"q": wanted})) == ["Tomás Núñez"]


def test_nothing_found_offers_to_clear_the_filter(bakers, builder):
    a_member(bakers)
    response = builder.get(URL, {"q": "nobody at all"})
    assert "Nobody matches" in text(response)
    assert soup(response).find("a", string="Clear the filter")["href"] == URL


def test_the_address_is_the_filter(bakers, builder):
    speaker = a_member(bakers, name="Ana", joined_on=date(2026, 5, 1))
    add_tag(speaker, name="Speaker", by=builder.user)
    a_member(bakers, name="Ben")
    response = builder.get(URL, {"tags": "speaker", "joined_after": "2026-01-01"})
    assert names(response) == ["Ana"]
    assert "tagged speaker" in text(response)
    assert "joined after 1 January 2026" in text(response)
    save = soup(response).find("a", string=lambda words: words and "Save as audience" in words) or soup(
        response
    ).select_one('a[href*="audiences/new"]')
    assert save["href"] == "/c/bakers/audiences/new/?tags=speaker&joined_after=2026-01-01"


def test_a_filter_that_cannot_be_read_shows_nobody_and_says_why(bakers, builder):
    a_member(bakers, name="Ana")
    response = builder.get(URL, {"joined_after": "tomorrow"})
    assert response.status_code == 422
    assert "joined after: a date such as 2026-03-31 is needed." in text(response)
    assert names(response) == []


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", ["Ana", "Ben", "Cleo"]),
        ("newest", ["Cleo", "Ana", "Ben"]),
        ("longest", ["Ana", "Cleo", "Ben"]),
        ("nonsense", ["Ana", "Ben", "Cleo"]),
    ],
)
def test_it_sorts(bakers, builder, sort, order):
    a_member(bakers, name="Ana", joined_on=date(2020, 1, 1))
    a_member(bakers, name="Ben", joined_on=None)
    a_member(bakers, name="Cleo", joined_on=date(2024, 1, 1))
    assert names(builder.get(URL, {"sort": sort})) == order


def test_the_last_added_can_come_first(bakers, builder):
    for name in ("Ben", "Ana", "Cleo"):
        a_member(bakers, name=name)
        sleep(0.002)  # identifiers follow the order of making, to the millisecond
    assert names(builder.get(URL, {"sort": "added"})) == ["Cleo", "Ana", "Ben"]


def test_pages_follow_each_other_and_keep_the_filter(bakers, builder):
    for number in range(120):
        a_member(bakers, name=f"Ana {number:03}", company="Acme" if number % 2 else "")
    seen, url = [], URL + "?company=Acme&sort=added"
    while url:
        response = builder.get(url)
        seen += names(response)
        url = next_page(response) and URL + next_page(response)
        assert not url or "company=Acme" in url
    assert len(seen) == len(set(seen)) == 60
    back = soup(response).select_one("a[rel=prev]")["href"]
    assert len(names(builder.get(URL + back))) == 50


def test_a_place_that_cannot_be_read_begins_anew_and_says_so(bakers, builder):
    a_member(bakers, name="Ana")
    response = builder.get(URL, {"at": "rubbish"})
    assert names(response) == ["Ana"]
    assert "That place in the list is gone" in text(response)


def test_htmx_gets_the_results_alone_and_the_address_says_the_filter(bakers, builder):
    a_member(bakers, name="Ana")
    response = builder.get(URL, {"q": "ana", "status": "", "sort": "name"}, headers={**HTMX, "HX-Trigger-Name": "q"})
    assert "<html" not in response.content.decode()
    assert names(response) == ["Ana"]
    assert response["HX-Replace-Url"] == URL + "?q=ana"
    response = builder.get(URL, {"sort": "added"}, headers=HTMX)
    assert response["HX-Push-Url"] == URL + "?sort=added"
    assert "HX-Request" in response["Vary"]


def test_going_back_gets_the_whole_page(bakers, builder):
    a_member(bakers, name="Ana")
    response = builder.get(URL, {"q": "ana"}, headers={**HTMX, "HX-History-Restore-Request": "true"})
    assert "<html" in response.content.decode()


def test_the_count_stops_at_a_thousand_and_says_so(bakers, builder, monkeypatch):
    monkeypatch.setattr("members.listing.COUNTED", 3)
    for _ in range(5):
        a_member(bakers)
    assert "More than 3 members" in text(builder.get(URL))


@pytest.mark.parametrize(
    "query", ["", "?q=member", "?tags=Speaker&status=active", "?sort=newest", "?company=Acme&on_hold=no"]
)
def test_it_costs_the_same_at_ten_and_at_two_hundred(bakers, builder, django_assert_max_num_queries, query):
    add_field(bakers, label="Diet", sort="text", by=builder.user)

    def grow(count):
        for number in range(count):
            member = a_member(
                bakers, company="Acme", joined_on=None if number % 9 == 0 else date(2020, 1, 1) + timedelta(days=number)
            )
            add_tag(member, name="Speaker", by=builder.user)

    grow(10)
    builder.get(URL + query)
    with CaptureQueriesContext(connection) as ten:
        assert names(builder.get(URL + query))
    grow(190)
    with django_assert_max_num_queries(len(ten)):
        assert len(names(builder.get(URL + query))) == 50


def test_the_filter_form_shows_what_is_filtered_and_loses_nothing(bakers, builder):
    add_field(bakers, label="Diet", sort="choice", choices=["Vegan", "Fish"], by=builder.user)
    add_tag(a_member(bakers), name="Speaker", by=builder.user)
    page = soup(
        builder.get(
            URL,
            {
                "tags": ["speaker", "Gone"],
                "zone": ["Europe/Paris", "Asia/Calcutta"],
                "field": ["diet=Meat", "other=1"],
                "joined_within": "45",
                "birthday_month": "3",
                "has_email": "no",
            },
        )
    )
    form = page.select_one("form[role=search]")
    assert {box["value"] for box in form.select("input[name=tags][checked]")} == {"Speaker", "Gone"}
    assert form.select_one("select[name=zone] option[selected]")["value"] == "Europe/Paris"
    assert form.select_one("input[type=hidden][name=zone]")["value"] == "Asia/Calcutta"
    assert form.select_one("input[type=hidden][name=field]")["value"] == "other=1"
    assert form.select_one('select[name="field.diet"] option[selected]')["value"] == "Meat"
    assert form.select_one("select[name=joined_within] option[selected]")["value"] == "45"
    assert form.select_one("input[name=birthday_month][checked]")["value"] == "3"
    assert form.select_one("select[name=has_email] option[selected]")["value"] == "no"


def test_an_audience_can_be_changed_from_the_list(bakers, elsewhere, builder):
    a_member(bakers, name="Ana")
    audience = save_audience(bakers, name="Some", filter=parse({"q": "ana"}), by=builder.user)
    page = soup(builder.get(URL, {"q": "ana", "audience": str(audience.pk)}))
    assert page.select_one("input[name=audience]")["value"] == str(audience.pk)
    link = page.select_one(f'a[href*="{audience.pk}/?filter=1&q=ana"]')
    assert "Keep this as “Some”" in link.get_text()
    other = save_audience(elsewhere, name="Theirs", filter=parse({}), by=builder.user)
    assert builder.get(URL, {"audience": str(other.pk)}).status_code == 404
    assert builder.get(URL, {"audience": "rubbish"}).status_code == 404


def test_a_greeter_sees_no_address_and_finds_nobody_by_one(bakers, greeter):
    a_member(bakers, name="Ana", email="secret@example.net")
    response = greeter.get(URL)
    assert names(response) == ["Ana"]
    assert "secret" not in response.content.decode()
    assert "Save as audience" not in greeter.get(URL, {"q": "ana"}).content.decode()
    assert names(greeter.get(URL, {"q": "secret"})) == []
    assert "bulk" not in response.content.decode()


def test_names_with_markup_are_only_names(bakers, builder):
    a_member(bakers, name='<script>alert("x")</script>', company='"><img src=x>')
    page = builder.get(URL).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_strangers_find_no_door(bakers, charlie, client):
    assert charlie.get(URL).status_code == 404
    assert client.get(URL).status_code == 302
