"""The record of a member: adding, correcting, holding, another status; and whatever is typed wrong on the way."""

from datetime import date

import pytest

from members.models import Member, TeamMember
from members.services.custom_fields import add_field
from members.services.members import change_member, set_dates
from tests.factories import a_member
from tests.members.pages import filled_in, said, soup, text
from tests.members.story import NOON, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def url(member, *rest):
    return "/".join([f"/c/{member.community.slug}/members/{member.pk}", *map(str, rest), ""])


def team(client, community):
    return TeamMember.objects.get(user=client.user, community=community)


# --- the record


RECORD = {
    "name": "Ana Lima",
    "preferred_name": "",
    "pronouns": "she/her",
    "email": "ana@example.org",
    "language": "fr",
    "time_zone": "America/Sao_Paulo",
    "country": "Brazil",
    "company": "Padaria",
    "birth_day": "14",
    "birth_month": "3",
    "birth_year": "",
    "joined_on": "2027-02-20",
    "introducer": "",
    "dates-TOTAL_FORMS": "0",
    "dates-INITIAL_FORMS": "0",
}


def test_a_member_is_added(bakers, builder):
    add_field(bakers, label="Diet", sort="choice", choices=["Vegan", "Fish"], by=builder.user)
    response = builder.post(
        "/c/bakers/members/new/", {**RECORD, "tags": "Speaker, Host", "custom_diet": "Vegan"}, follow=True
    )
    member = Member.objects.get()
    assert response.redirect_chain == [(url(member), 303)]
    assert "Ana Lima is on record." in said(response)
    assert (member.birth_day, member.birth_month, member.birth_year) == (14, 3, None)
    assert (member.language, member.time_zone, member.joined_on) == ("fr", "America/Sao_Paulo", date(2027, 2, 20))
    assert member.welcome_on == TODAY
    assert member.custom == {"diet": "Vegan"}
    assert sorted(tag.name for tag in member.tags.all()) == ["Host", "Speaker"]


def test_the_browser_of_a_builder_does_not_guess_the_zone_of_a_member(bakers, builder):
    for address in ("/c/bakers/members/new/", url(a_member(bakers), "edit")):
        assert "data-browser-zone" not in builder.get(address).content.decode()


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"name": ""}, "name", "required"),
        ({"name": "Ana\u202e"}, "name", "invisible control characters"),
        ({"name": "<b>"}, "name", "markup"),
        ({"email": "ana"}, "email", "valid"),
        ({"birth_day": "30", "birth_month": "2"}, "birth_day", "There is no 30 February."),
        ({"birth_day": "29", "birth_month": "2", "birth_year": "1999"}, "birth_day", "There is no 29 February 1999."),
        ({"birth_day": ""}, "birth_day", "A birthday needs a day and a month"),
        ({"time_zone": "Mars/Olympus"}, "time_zone", "Choose a time zone from the list."),
        ({"language": "tlh"}, "language", "not one of the available choices"),
        ({"joined_on": "yesterday"}, "joined_on", "A date is needed here, such as 2026-03-31."),
        ({"joined_on": "0001-01-01"}, "joined_on", "between 1900 and 2200"),
        ({"introducer": "Nobody"}, "introducer", "Nobody here by that name or address"),
        ({"tags": "a" * 51}, "tags", "At most 50 characters."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(bakers, builder, wrong, field, words):
    response = builder.post("/c/bakers/members/new/", {**RECORD, "tags": "", **wrong})
    assert response.status_code == 422
    page = soup(response)
    box = page.select_one(f"main [name={field}]").find_parent(class_="field")
    assert words in " ".join(box.select_one(".errorlist").get_text().split())
    assert page.select_one("[name=company]")["value"] == "Padaria"
    assert page.select_one(".error-summary")
    assert not Member.objects.exists()


def test_an_address_that_is_here_already_links_to_whose_it_is(bakers, builder):
    present = a_member(bakers, name="Ana <3", email="ANA@example.org")
    response = builder.post("/c/bakers/members/new/", {**RECORD, "tags": ""})
    assert response.status_code == 422
    assert f'<a href="{url(present)}">Open their page</a>' in response.content.decode()
    assert "Ana &lt;3 is already here" in response.content.decode()


def test_a_record_is_corrected_with_its_dates(bakers, builder):
    member = a_member(bakers, name="Ana")
    set_dates(member, [{"label": "Old", "month": 1, "day": 1}], by=None, now=NOON)
    form = soup(builder.get(url(member, "edit")))
    assert form.select_one("[name=dates-0-label]")["value"] == "Old"
    dates = {
        "dates-TOTAL_FORMS": "3",
        "dates-INITIAL_FORMS": "1",
        "dates-0-label": "",
        "dates-1-label": "First day of her bakery",
        "dates-1-day": "29",
        "dates-1-month": "2",
        "dates-1-is_yearly": "on",
    }
    assert builder.post(url(member, "edit"), {**RECORD, **dates}).status_code == 303
    member.refresh_from_db()
    assert member.name_key == "ana lima padaria"
    assert [(row.label, row.month, row.day) for row in member.dates.all()] == [("First day of her bakery", 2, 29)]


A_DAY = {"label": "First bread", "month": 5, "day": 4}


def test_what_somebody_else_corrected_meanwhile_stays(bakers, builder):
    add_field(bakers, label="Diet", sort="text", by=builder.user)
    add_field(bakers, label="Vegan", sort="yes_no", by=builder.user)
    ana = a_member(bakers, name="Ana", birth_month=3, birth_day=14, custom={"vegan": True})
    page = builder.get(url(ana, "edit"))
    facts = {"birth_month": 3, "birth_day": 15, "custom": {"vegan": False}, "introduced_by": a_member(bakers)}
    change_member(Member.objects.get(pk=ana.pk), by=None, now=NOON, **facts)
    set_dates(Member.objects.get(pk=ana.pk), [A_DAY], by=None, now=NOON)
    typed = filled_in(page, company="Padaria", custom_diet="fish")
    assert builder.post(url(ana, "edit"), typed).status_code == 303
    ana.refresh_from_db()
    assert (ana.company, ana.birth_day, ana.introduced_by) == ("Padaria", 15, facts["introduced_by"])
    assert ana.custom == {"vegan": False, "diet": "fish"}
    assert [day.label for day in ana.dates.all()] == ["First bread"]


@pytest.mark.parametrize(
    ("meanwhile", "typed"),
    [
        (lambda ana: change_member(ana, by=None, now=NOON, company="Bakery"), {"company": "Padaria"}),
        (lambda ana: change_member(ana, by=None, now=NOON, birth_day=15), {"birth_month": "4"}),
        (lambda ana: change_member(ana, by=None, now=NOON, custom={"vegan": False}), {"custom_vegan": ""}),
        (
            lambda ana: set_dates(ana, [A_DAY], by=None, now=NOON),
            {"dates-0-label": "Moved", "dates-0-month": "7", "dates-0-day": "1"},
        ),
    ],
)
def test_what_two_people_change_at_once_is_asked_about_once(bakers, builder, meanwhile, typed):
    add_field(bakers, label="Vegan", sort="yes_no", by=builder.user)
    ana = a_member(bakers, name="Ana", birth_month=3, birth_day=14, custom={"vegan": True})
    page = builder.get(url(ana, "edit"))
    meanwhile(Member.objects.get(pk=ana.pk))
    before = list(Member.objects.values()), list(ana.dates.values())
    refused = builder.post(url(ana, "edit"), filled_in(page, **typed))
    assert refused.status_code == 422
    assert "Somebody else has just changed this." in soup(refused).select_one("[data-autofocus]").get_text()
    assert (list(Member.objects.values()), list(ana.dates.values())) == before
    again = filled_in(refused)
    assert typed.items() <= again.items()
    assert builder.post(url(ana, "edit"), again).status_code == 303
    now = filled_in(builder.get(url(ana, "edit")))
    assert typed.items() <= now.items()


def test_nothing_is_saved_when_a_date_is_wrong(bakers, builder):
    member = a_member(bakers, name="Ana")
    dates = {
        "dates-TOTAL_FORMS": "1",
        "dates-INITIAL_FORMS": "0",
        "dates-0-label": "x",
        "dates-0-day": "31",
        "dates-0-month": "4",
        "dates-0-is_yearly": "on",
    }
    response = builder.post(url(member, "edit"), {**RECORD, **dates})
    assert response.status_code == 422
    assert "There is no 31 April." in text(response)
    assert Member.objects.get().name == "Ana"


def test_who_introduced_them_is_found_by_name_or_address(bakers, builder):
    member, ana = a_member(bakers), a_member(bakers, name="Ana Núñez", email="an@example.org")
    for typed in ("ana nunez", "AN@example.org", "Ana Núñez <an@example.org>"):
        Member.objects.filter(pk=member.pk).update(introduced_by=None)
        assert builder.post(url(member, "edit"), {**RECORD, "introducer": typed}).status_code == 303
        member.refresh_from_db()
        assert member.introduced_by == ana
    builder.post(url(member, "edit"), {**RECORD, "introducer": ""})
    member.refresh_from_db()
    assert member.introduced_by is None


@pytest.mark.parametrize("typed", ["ana@bakers.example", "Li", "Ana", "ana@BÜCHER.example"])
def test_who_introduced_them_is_found_among_many_who_are_called_nearly_so(bakers, builder, typed):
    for number in range(210):
        a_member(bakers, name=f"Ana {number}", email=f"{number}.ana@bakers.example")
    member = a_member(bakers)
    meant = {
        "ana@bakers.example": a_member(bakers, name="Zoë", email="ana@bakers.example"),
        "Li": a_member(bakers, name="Elisabeth Moreau", preferred_name="Li"),
        "Ana": a_member(bakers, name="Ana"),
        "ana@BÜCHER.example": a_member(bakers, name="Ute", email="ana@bücher.example"),
    }
    response = builder.post(url(member, "edit"), {**RECORD, "email": "", "introducer": typed})
    assert response.status_code == 303, text(response)
    member.refresh_from_db()
    assert member.introduced_by == meant[typed]


def test_who_introduced_them_is_never_somebody_of_elsewhere_or_themselves(bakers, elsewhere, builder):
    member = a_member(bakers, name="Ana", email="ana@example.org")
    stranger = a_member(elsewhere, name="Stranger", email="s@example.org")
    for typed in ("Stranger", "s@example.org", str(stranger.pk), "Ana", "ana@example.org"):
        assert builder.post(url(member, "edit"), {**RECORD, "introducer": typed}).status_code == 422
    assert "Stranger" not in builder.get("/c/bakers/members/suggest/", {"introducer": "stranger"}).content.decode()


def test_two_of_one_name_need_an_address(bakers, builder):
    for _ in range(2):
        a_member(bakers, name="Ana Lima")
    response = builder.post(url(a_member(bakers), "edit"), {**RECORD, "introducer": "Ana Lima"})
    assert "Several members are called so" in text(response)


def test_names_are_suggested_while_somebody_types(bakers, builder, greeter):
    a_member(bakers, name="Ana Núñez", email="an@example.org")
    options = soup(builder.get("/c/bakers/members/suggest/", {"introducer": "nunez"})).select("option")
    assert [option["value"] for option in options] == ["Ana Núñez <an@example.org>"]
    assert builder.get("/c/bakers/members/suggest/").content.strip() == b""
    assert greeter.get("/c/bakers/members/suggest/", {"introducer": "nunez"}).status_code == 403


def test_fields_that_are_not_on_the_form_cannot_be_set(bakers, builder, elsewhere):
    member = a_member(bakers)
    builder.post(
        url(member, "edit"),
        {**RECORD, "status": "banned", "community": str(elsewhere.pk), "reachable": "suppressed", "is_imported": "on"},
    )
    member.refresh_from_db()
    assert (member.status, member.community_id, member.reachable, member.is_imported) == (
        "active",
        bakers.pk,
        "ok",
        False,
    )


def test_a_choice_taken_off_the_list_stays_where_it_was_chosen(bakers, builder):
    field = add_field(bakers, label="Diet", sort="choice", choices=["Vegan", "Fish"], by=builder.user)
    member = a_member(bakers, custom={"diet": "Fish"})
    field.choices = ["Vegan", "Meat"]
    field.save()
    assert soup(builder.get(url(member, "edit"))).select_one("[name=custom_diet] option[selected]")["value"] == "Fish"
    assert builder.post(url(member, "edit"), {**RECORD, "custom_diet": "Fish"}).status_code == 303
    member.refresh_from_db()
    assert member.custom == {"diet": "Fish"}


# --- hold and status


def test_a_hold_is_put_and_ended(bakers, builder):
    member = a_member(bakers, name="Ana")
    response = builder.post(url(member, "hold"), {"until": "2027-04-01", "reason": "In mourning"}, follow=True)
    assert "Nothing leaves to Ana until 1 April 2027 has passed." in said(response)
    assert Member.objects.get().hold_reason == "In mourning"
    assert "The hold has ended" in said(builder.post(url(member, "hold", "end"), follow=True))
    assert "There was no hold any more" in said(builder.post(url(member, "hold", "end"), follow=True))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"until": "2027-02-28", "reason": "x"}, "still to come"),
        ({"until": "2060-01-01", "reason": "x"}, "ten years at most"),
        ({"until": "", "reason": "x"}, "required"),
        ({"until": "2027-04-01", "reason": " "}, "required"),
        ({"until": "9999-12-31", "reason": "x"}, "ten years at most"),
        ({"until": "2027-04-01", "reason": "a\u200bb"}, "invisible"),
    ],
)
def test_a_hold_that_cannot_be_is_explained(bakers, builder, data, words):
    response = builder.post(url(a_member(bakers), "hold"), data)
    assert response.status_code == 422
    assert words in text(response)


def test_a_status_says_what_stops_before_it_is_changed(bakers, builder):
    member = a_member(bakers, name="Ana")
    assert "What is planned is withdrawn" in text(builder.get(url(member, "status")))
    response = builder.post(url(member, "status"), {"status": "left", "on": "2027-02-01"}, follow=True)
    assert "Ana: Left." in said(response)
    member.refresh_from_db()
    assert (member.status, member.left_on) == ("left", date(2027, 2, 1))
    builder.post(url(member, "status"), {"status": "active", "on": "2027-02-01"})
    member.refresh_from_db()
    assert (member.status, member.left_on) == ("active", None)


@pytest.mark.parametrize("status", ["erased", "", "asleep"])
def test_a_status_that_is_none_is_refused(bakers, builder, status):
    assert builder.post(url(a_member(bakers), "status"), {"status": status}).status_code == 422
    assert Member.objects.get().status == "active"
