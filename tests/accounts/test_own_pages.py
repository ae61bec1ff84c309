"""A member's own pages: what is held, correcting it, taking it along, leaving."""

import io
import json
import zipfile
from datetime import UTC, date, datetime

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.test import Client

from members.models import AuditEntry, CustomField, ImportantDate, Member, Note, Tag
from members.services import tags
from members.services.members import hold
from tests.accounts.signing_in import own_device
from tests.factories import a_builder, a_community, a_member, a_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def community():
    return a_community(name="The Bakers", slug="bakers")


@pytest.fixture
def maya(community):
    member = a_member(
        community, name="Maya Okafor", email="Maya@example.org", birth_month=3, birth_day=14, company="Crumbs"
    )
    ImportantDate.objects.create(
        community=community, member=member, label="First loaf sold", month=5, day=2, year=2019, known_from=NOW.date()
    )
    return member


@pytest.fixture
def at_mayas(client, maya):
    own_device(client, a_user(email="maya@example.org", password=None))
    return client


def given(member, **changes):
    """The form as the page shows it, with changes."""
    values = {
        "name": member.name,
        "preferred_name": member.preferred_name,
        "pronouns": member.pronouns,
        "language": member.language,
        "time_zone": member.time_zone,
        "country": member.country,
        "company": member.company,
        "birth_day": member.birth_day or "",
        "birth_month": member.birth_month or "",
        "birth_year": member.birth_year or "",
        "dates-TOTAL_FORMS": 0,
        "dates-INITIAL_FORMS": 0,
    }
    return {**values, **changes}


def test_everything_that_is_held_is_shown(at_mayas, maya, community):
    tags.put(maya, "Speaker")
    hold(maya, until=date(2036, 1, 1), reason="On parental leave", by=None, now=NOW)
    CustomField.objects.create(community=community, key="shirt", label="T-shirt size")
    Member.objects.filter(pk=maya.pk).update(custom={"shirt": "XL"})
    Note.objects.create(community=community, member=maya, text="Likes rye", created_at=NOW)
    Note.objects.create(community=community, member=maya, text="Hidden words", is_restricted=True, created_at=NOW)
    page = at_mayas.get(f"/me/{maya.pk}/").content.decode()
    for shown in ("Maya Okafor", "Maya@example.org", "14 March", "Crumbs", "First loaf sold", "2 May 2019", "Speaker"):
        assert shown in page
    for shown in ("On parental leave", "T-shirt size", "XL", "The team wrote 2 notes"):
        assert shown in page
    assert "Hidden words" not in page
    assert "Likes rye" not in page


def test_a_hold_is_shown_while_it_lasts(at_mayas, maya):
    hold(maya, until=date(2026, 11, 21), reason="On parental leave", by=None, now=NOW)
    for day, is_shown in ((21, True), (23, False)):
        with time_machine.travel(NOW.replace(day=day), tick=False):
            assert ("On parental leave" in at_mayas.get(f"/me/{maya.pk}/").content.decode()) is is_shown


def test_the_page_speaks_the_members_language_unless_they_chose_another(at_mayas, maya):
    Member.objects.filter(pk=maya.pk).update(language="fr")
    assert at_mayas.get(f"/me/{maya.pk}/").headers["Content-Language"] == "fr"
    at_mayas.post("/language/", {"language": "en"})
    assert at_mayas.get(f"/me/{maya.pk}/").headers["Content-Language"] == "en"


def test_somebody_elses_page_is_not_there(maya, community):
    ben = a_member(community, email="ben@example.org")
    visitor = Client()
    own_device(visitor, a_user(email="ben@example.org"))
    assert visitor.get(f"/me/{ben.pk}/").status_code == 200
    for path in ("", "edit/", "leave/", "erase/"):
        assert visitor.get(f"/me/{maya.pk}/{path}").status_code == 404
    for path in ("edit/", "export/", "leave/", "erase/"):
        assert visitor.post(f"/me/{maya.pk}/{path}").status_code == 404
    maya.refresh_from_db()
    assert maya.status == "active"


def test_an_address_opens_nothing_before_it_is_proved(maya):
    visitor, eve = Client(), a_user(email="eve@example.org")
    EmailAddress.objects.create(user=eve, email="maya@example.org", verified=False)
    visitor.force_login(eve)
    assert visitor.get(f"/me/{maya.pk}/").status_code == 404
    assert "No community knows" in visitor.get("/me/").content.decode()


def test_the_team_has_no_way_in_by_being_the_team(maya, community, client):
    client.force_login(a_builder(community, role="owner"))
    assert client.get(f"/me/{maya.pk}/").status_code == 404


def test_somebody_in_two_communities_chooses(at_mayas, maya):
    there = a_member(a_community(name="The Potters"), email="maya@example.org")
    a_member(a_community(name="The Banned"), email="maya@example.org", status="banned")
    page = at_mayas.get("/me/").content.decode()
    assert f"/me/{maya.pk}/" in page
    assert f"/me/{there.pk}/" in page
    assert "The Banned" not in page


def test_they_correct_what_is_wrong(at_mayas, maya, community):
    shirt = CustomField.objects.create(community=community, key="shirt", label="T-shirt size")
    secret = CustomField.objects.create(community=community, key="tier", label="Tier", is_shown_to_member=False)
    Member.objects.filter(pk=maya.pk).update(custom={"tier": "gold"})
    answer = at_mayas.post(
        f"/me/{maya.pk}/edit/",
        given(
            maya,
            preferred_name="May",
            pronouns="she",
            time_zone="Pacific/Auckland",
            language="fr",
            birth_day="15",
            birth_year="1990",
            custom_shirt="L",
            custom_tier="platinum",
            **{
                "dates-TOTAL_FORMS": 2,
                "dates-0-label": "Opened the shop",
                "dates-0-day": "1",
                "dates-0-month": "6",
                "dates-0-is_yearly": "on",
                "dates-1-label": "",
            },
        ),
    )
    assert answer.status_code == 302, answer.context["form"].errors
    maya.refresh_from_db()
    assert (maya.called, maya.pronouns, maya.zone, maya.speaks) == ("May", "she", "Pacific/Auckland", "fr")
    assert (maya.birth_month, maya.birth_day, maya.birth_year) == (3, 15, 1990)
    assert maya.custom == {shirt.key: "L", secret.key: "gold"}
    assert list(maya.dates.values_list("label", flat=True)) == ["Opened the shop"]
    assert {line.verb for line in AuditEntry.objects.all()} == {"member.changed"}
    assert "Auckland" not in str(AuditEntry.objects.values())


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": ""}, "This field is required"),
        ({"name": "Maya {{x}}"}, "markup"),
        ({"name": "Maya\u202eOkafor"}, "invisible"),
        ({"birth_day": "30", "birth_month": "2"}, "There is no 3"),
        ({"birth_month": ""}, "needs a day and a month"),
        ({"birth_year": "1066"}, "1900"),
        ({"time_zone": "Moon/Base"}, "Choose a time zone from the list"),
        ({"language": "de"}, "valid choice"),
        ({"dates-TOTAL_FORMS": 1, "dates-0-label": "Half a day", "dates-0-day": "1"}, "Give the day and the month"),
        (
            {"dates-TOTAL_FORMS": 1, "dates-0-label": "None", "dates-0-day": "31", "dates-0-month": "4"},
            "There is no 3",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason_and_nothing_is_written(at_mayas, maya, wrong, says):
    answer = at_mayas.post(f"/me/{maya.pk}/edit/", given(maya, company="Changed", **wrong))
    assert answer.status_code == 422
    assert says in answer.content.decode()
    maya.refresh_from_db()
    assert maya.company == "Crumbs"
    assert maya.dates.count() == 1


def test_nobody_gives_themselves_a_status_or_an_address_by_the_form(at_mayas, maya):
    forbidden = {
        "status": "banned",
        "email": "eve@example.org",
        "community": str(a_community().pk),
        "joined_on": "2001-01-01",
    }
    at_mayas.post(f"/me/{maya.pk}/edit/", given(maya, **forbidden))
    after = Member.objects.get(pk=maya.pk)
    assert (after.status, after.email, after.community_id, after.joined_on) == (
        "active",
        "Maya@example.org",
        maya.community_id,
        maya.joined_on,
    )


def test_29_february_asks_for_the_day_in_common_years(at_mayas, maya):
    assert "common years" not in at_mayas.get(f"/me/{maya.pk}/edit/").content.decode()
    Member.objects.filter(pk=maya.pk).update(birth_month=2, birth_day=29)
    assert "common years" in at_mayas.get(f"/me/{maya.pk}/edit/").content.decode()


def test_they_take_everything_along(at_mayas, maya, community):
    Note.objects.create(community=community, member=maya, text="=SUM(1) rye", created_at=NOW)
    Note.objects.create(community=community, member=maya, text="Hidden words", is_restricted=True, created_at=NOW)
    assert at_mayas.get(f"/me/{maya.pk}/export/").status_code == 405
    answer = at_mayas.post(f"/me/{maya.pk}/export/")
    assert answer.streaming
    assert answer.headers["Cache-Control"] == "no-store, private"
    archive = zipfile.ZipFile(io.BytesIO(answer.getvalue()))
    assert archive.testzip() is None
    held = json.loads(archive.read("everything.json"))["held"]
    [record] = held["members.member"]
    assert (record["name"], record["email"], record["birth_day"]) == ("Maya Okafor", "Maya@example.org", 14)
    assert held["members.important_dates"][0]["label"] == "First loaf sold"
    notes = archive.read("members.notes.csv").decode("utf-8-sig")
    assert "'=SUM(1) rye" in notes
    assert "Hidden words" not in str([archive.read(name) for name in archive.namelist()])
    assert AuditEntry.objects.get().verb == "member.exported"


def test_leaving_asks_first_and_stops_everything(at_mayas, maya):
    assert at_mayas.get(f"/me/{maya.pk}/leave/").status_code == 200
    maya.refresh_from_db()
    assert maya.status == "active"
    at_mayas.post(f"/me/{maya.pk}/leave/")
    maya.refresh_from_db()
    assert maya.status == "left"
    assert maya.left_on
    page = at_mayas.get(f"/me/{maya.pk}/").content.decode()
    assert "You left on" in page
    assert at_mayas.post(f"/me/{maya.pk}/leave/").status_code == 302


def test_the_members_pages_hold_no_form_that_needs_a_script(at_mayas, maya):
    for path in ("", "edit/", "leave/", "erase/"):
        page = at_mayas.get(f"/me/{maya.pk}/{path}").content.decode()
        assert "hx-post" not in page
        assert "hx-get" not in page


def test_tags_of_the_team_are_named_in_the_export(at_mayas, maya, community):
    Tag.objects.create(community=community, name="Unused", key="unused")
    tags.put(maya, "Speaker")
    archive = zipfile.ZipFile(io.BytesIO(at_mayas.post(f"/me/{maya.pk}/export/").getvalue()))
    assert "Speaker" in archive.read("members.tags.csv").decode()
    assert "Unused" not in archive.read("everything.json").decode()


def test_one_may_leave_before_the_day_one_was_to_join(maya, at_mayas):
    Member.objects.filter(pk=maya.pk).update(joined_on=date(2099, 1, 1))
    assert at_mayas.post(f"/me/{maya.pk}/leave/").status_code == 302
    maya.refresh_from_db()
    assert (maya.status, maya.left_on) == ("left", date(2099, 1, 1))
