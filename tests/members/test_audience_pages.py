"""Audiences and custom fields, as builders keep them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attentions.models import Ritual
from members.audiences import parse
from members.models import Audience, CustomField, Member
from members.services.audiences import save_audience
from members.services.custom_fields import add_field
from members.services.tags import add_tag
from tests.factories import a_member
from tests.members.pages import HTMX, said, soup, text

pytestmark = pytest.mark.django_db
URL = "/c/bakers/audiences/"
FIELDS = "/c/bakers/members/fields/"


def test_no_audience_yet_says_how_to_make_one(bakers, builder):
    assert "No audience yet" in text(builder.get(URL))


def test_audiences_stand_with_their_words_and_live_counts(bakers, elsewhere, builder):
    add_tag(a_member(bakers), name="Speaker", by=builder.user)
    a_member(bakers)
    save_audience(bakers, name="Speakers", filter=parse({"tags": ["Speaker"]}), by=builder.user)
    save_audience(bakers, name="All", filter=parse({}), by=builder.user)
    save_audience(elsewhere, name="Theirs", filter=parse({}), by=builder.user)
    page = soup(builder.get(URL))
    rows = {row.select_one("a").get_text(strip=True): row for row in page.select("main .list > li")}
    assert set(rows) == {"Speakers", "All"}
    assert rows["Speakers"].select_one(".count").get_text(strip=True) == "1"
    assert rows["All"].select_one(".count").get_text(strip=True) == "2"
    assert "Tagged Speaker" in rows["Speakers"].get_text()
    assert rows["Speakers"].select_one("a")["href"] == "/c/bakers/members/?tags=Speaker"
    assert "Everybody" in rows["All"].get_text()


def test_a_large_audience_is_counted_to_a_limit_and_says_so(bakers, builder, monkeypatch):
    monkeypatch.setattr("members.views.audiences.COUNTED", 2)
    for _ in range(4):
        a_member(bakers)
    save_audience(bakers, name="All", filter=parse({}), by=builder.user)
    assert "more than 2" in text(builder.get(URL))


def test_the_page_costs_the_same_for_one_audience_and_for_many(bakers, builder, django_assert_num_queries):
    save_audience(bakers, name="One", filter=parse({"q": "ana", "tags": ["A"]}), by=builder.user)
    builder.get(URL)
    with CaptureQueriesContext(connection) as one:
        builder.get(URL)
    for number in range(12):
        save_audience(
            bakers, name=f"More {number}", filter=parse({"any_tags": ["A", "B"], "on_hold": False}), by=builder.user
        )
    with django_assert_num_queries(len(one)):
        builder.get(URL)


def test_an_audience_that_can_no_longer_be_read_is_shown_as_such(bakers, builder):
    audience = Audience.objects.create(community=bakers, name="Old", filter={"silent_since": 30})
    page = text(builder.get(URL))
    assert "This filter can no longer be read" in page
    assert builder.get(f"{URL}{audience.pk}/").status_code == 200


def test_a_filter_is_kept_under_a_name(bakers, builder):
    a_member(bakers, name="Ana")
    address = f"{URL}new/?q=ana&sort=added"
    assert "Found by “ana” 1" in text(builder.get(address))
    response = builder.post(address, {"name": "Our Anas"}, follow=True)
    assert "“Our Anas” is kept." in said(response)
    assert Audience.objects.get().filter == {"q": "ana"}
    assert builder.post(address, {"name": "Our Anas"}).status_code == 422
    assert "There is an audience of this name already" in text(builder.post(address, {"name": "Our Anas"}))


def test_an_audience_is_renamed_and_changed(bakers, builder):
    audience = save_audience(bakers, name="Some", filter=parse({"q": "ana"}), by=builder.user)
    builder.post(f"{URL}{audience.pk}/", {"name": "Others"})
    audience.refresh_from_db()
    assert (audience.name, audience.filter) == ("Others", {"q": "ana"})
    builder.post(f"{URL}{audience.pk}/?filter=1&company=Acme", {"name": "Others"})
    audience.refresh_from_db()
    assert audience.filter == {"company": "Acme"}


def test_an_audience_in_use_is_not_deleted_and_says_by_what(bakers, builder):
    audience = save_audience(bakers, name="Some", filter=parse({}), by=builder.user)
    ritual = Ritual.objects.create(community=bakers, kind="birthday", audience=audience)
    assert "The members stay as they are." in text(builder.get(f"{URL}{audience.pk}/delete/"))
    response = builder.post(f"{URL}{audience.pk}/delete/", follow=True)
    assert "“Some” is in use by: ritual “birthday”." in said(response)
    ritual.delete()
    assert "“Some” is deleted." in said(builder.post(f"{URL}{audience.pk}/delete/", follow=True))
    assert not Audience.objects.exists()


def test_a_filter_nobody_can_read_is_not_kept(bakers, builder):
    assert builder.get(f"{URL}new/?zone=Mars").status_code == 404


@pytest.mark.parametrize("door", ["", "new/", "{audience}/", "{audience}/delete/"])
def test_audiences_are_for_builders_of_the_community(bakers, builder, greeter, charlie, client, door):
    audience = save_audience(bakers, name="Some", filter=parse({}), by=builder.user)
    address = URL + door.format(audience=audience.pk)
    assert builder.get(address).status_code == 200
    assert [asker.get(address).status_code for asker in (greeter, charlie, client)] == [403, 404, 302]


def test_an_audience_of_elsewhere_is_not_there(bakers, elsewhere, builder):
    audience = save_audience(elsewhere, name="Theirs", filter=parse({}), by=builder.user)
    for door in ("", "delete/"):
        assert builder.get(f"{URL}{audience.pk}/{door}").status_code == 404
        assert builder.post(f"{URL}{audience.pk}/{door}", {"name": "x"}).status_code == 404
    assert Audience.objects.get().name == "Theirs"


# --- custom fields


def test_a_field_is_added_and_stands_on_every_page(bakers, builder):
    assert "No field of your own yet" in text(builder.get(FIELDS))
    data = {"label": "Diet", "sort": "choice", "choices": "Vegan\r\nFish\n\n", "is_shown_to_member": "on"}
    response = builder.post(FIELDS + "new/", data, follow=True)
    assert "“Diet” is now on every member's page." in said(response)
    field = CustomField.objects.get()
    assert (field.key, field.choices, field.is_shown_to_member) == ("diet", ["Vegan", "Fish"], True)
    assert soup(builder.get(f"/c/bakers/members/{a_member(bakers).pk}/edit/")).select_one("[name=custom_diet]")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"label": "", "sort": "text"}, "required"),
        ({"label": "Diet", "sort": "colour"}, "not one of the available choices"),
        ({"label": "Diet", "sort": "choice", "choices": "One"}, "Give at least two choices"),
        ({"label": "a\0b", "sort": "text"}, "ull characters"),
        ({"label": "a\u202eb", "sort": "text"}, "invisible"),
    ],
)
def test_a_field_that_cannot_be_is_explained(bakers, builder, data, words):
    response = builder.post(FIELDS + "new/", data)
    assert response.status_code == 422
    assert words in text(response)


def test_a_field_changes_its_words_but_not_its_sort(bakers, builder):
    field = add_field(bakers, label="Diet", sort="choice", choices=["A", "B"], by=builder.user)
    builder.post(f"{FIELDS}{field.pk}/", {"label": "Food", "choices": "A\nC", "sort": "text"})
    field.refresh_from_db()
    assert (field.label, field.choices, field.sort, field.is_shown_to_member) == ("Food", ["A", "C"], "choice", False)
    assert "members see it, the team alone corrects it" in text(builder.get(FIELDS))


def test_deleting_a_field_says_how_many_values_go(bakers, builder):
    field = add_field(bakers, label="Diet", sort="text", by=builder.user)
    for value in ("a", "b"):
        a_member(bakers, custom={"diet": value})
    assert "2 members have a value in it." in text(builder.get(f"{FIELDS}{field.pk}/delete/"))
    response = builder.post(f"{FIELDS}{field.pk}/delete/", follow=True)
    assert "“Diet” is deleted, with 2 values." in said(response)
    assert set(Member.objects.values_list("custom__diet", flat=True)) == {None}


def test_fields_move_up_and_down(bakers, builder):
    one, two = (add_field(bakers, label=label, sort="text", by=builder.user) for label in ("One", "Two"))
    builder.post(f"{FIELDS}{two.pk}/move/", {"way": "up"})
    assert list(bakers.custom_fields.all()) == [two, one]
    html = builder.post(f"{FIELDS}{two.pk}/move/", {"way": "down"}, headers=HTMX).content.decode()
    assert html.index("One") < html.index("Two")
    builder.post(f"{FIELDS}{two.pk}/move/", {"way": "down"})
    assert list(bakers.custom_fields.all()) == [one, two]


def test_fields_are_for_builders_of_the_community(bakers, elsewhere, builder, greeter, charlie, client):
    field = add_field(bakers, label="Diet", sort="text", by=builder.user)
    other = add_field(elsewhere, label="Diet", sort="text", by=builder.user)
    for door in ("", "new/", f"{field.pk}/", f"{field.pk}/delete/"):
        assert builder.get(FIELDS + door).status_code == 200
        assert [asker.get(FIELDS + door).status_code for asker in (greeter, charlie, client)] == [403, 404, 302]
    for door in ("", "delete/", "move/"):
        assert builder.post(f"{FIELDS}{other.pk}/{door}", {"label": "x", "way": "up"}).status_code == 404
    assert greeter.post(f"{FIELDS}{field.pk}/move/").status_code == 403
