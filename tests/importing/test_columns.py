"""What columns mean."""

import pytest

from members.importing.fields import EXPORTED, FIELDS, guess
from members.importing.presets import presets

pytestmark = pytest.mark.once

CONTRACT = (
    *("name", "preferred_name", "email", "birthday", "birth_month", "birth_day", "birth_year", "joined", "timezone"),
    *("language", "pronouns", "company", "country", "tags", "status", "introduced_by", "notes"),
)


def test_the_columns_of_the_contract_are_understood_in_any_order_and_case():
    header = [name.upper() for name in reversed(CONTRACT)]
    assert guess(header) == {name.upper(): name for name in reversed(CONTRACT)}


def test_everything_exported_is_understood():
    assert set(guess(EXPORTED).values()) == set(EXPORTED)


def test_french_headers_are_understood():
    header = [
        "Nom",
        "PRENOM",
        "Courriel",
        "Date de naissance",
        "Date d’inscription",
        "Fuseau horaire",
        "Société",
        "Étiquettes",
    ]
    assert list(guess(header).values()) == [
        *("last_name", "first_name", "email", "birthday", "joined", "timezone", "company", "tags"),
    ]


def test_nom_by_itself_is_the_name():
    assert guess(["Nom", "E-mail"]) == {"Nom": "name", "E-mail": "email"}


def test_no_field_is_given_twice():
    assert guess(["Email", "E-mail address", "Name", "Full name"]) == {"Email": "email", "Name": "name"}


def test_what_is_known_comes_before_what_is_guessed():
    known = {"Name": "company", "Email": ""}
    assert guess(["Name", "Email", "Full name"], known=known) == {"Name": "company", "Full name": "name"}


def test_unknown_columns_are_left_out():
    assert guess(["name", "Shoe size", "#3"]) == {"name": "name"}


def test_there_is_a_preset_for_each_platform():
    assert set(presets()) == {"discourse", "slack", "circle", "mighty_networks", "mailchimp", "meetup"}


@pytest.mark.parametrize(
    ("preset", "header", "meaning"),
    [
        (
            "discourse",
            "id,name,username,email,title,created_at,last_seen_at,trust_level,active",
            {"name": "name", "username": "username", "email": "email", "created_at": "joined"},
        ),
        (
            "slack",
            "username,email,status,billing-active,has-2fa,has-sso,userid,fullname,displayname,expiration-timestamp",
            {"fullname": "name", "displayname": "preferred_name", "email": "email", "status": "status"}
            | {"username": "username"},
        ),
        (
            "mailchimp",
            "Email Address,First Name,Last Name,Birthday,MEMBER_RATING,CONFIRM_TIME,TIMEZONE,CC,REGION,NOTES,TAGS",
            {"Email Address": "email", "First Name": "first_name", "Last Name": "last_name", "Birthday": "birthday"}
            | {"CONFIRM_TIME": "joined", "TIMEZONE": "timezone", "CC": "country", "NOTES": "notes", "TAGS": "tags"},
        ),
        (
            "meetup",
            "Name,User ID,Title,Member ID,Location,Joined Group on,Last visited group on,Intro",
            {"Name": "name", "Joined Group on": "joined"},
        ),
        (
            "circle",
            "User ID,First Name,Last Name,Email,Joined,Member tags",
            {"First Name": "first_name", "Last Name": "last_name", "Email": "email", "Joined": "joined"}
            | {"Member tags": "tags"},
        ),
        (
            "mighty_networks",
            "Member ID,Name,Email,Join Date,Status",
            {"Name": "name", "Email": "email", "Join Date": "joined"},
        ),
    ],
)
def test_a_preset_understands_the_export_of_its_platform(preset, header, meaning):
    assert guess(header.split(","), known=presets()[preset].columns) == meaning


@pytest.mark.parametrize("name", ["discourse", "slack", "circle", "mighty_networks", "mailchimp", "meetup"])
def test_presets_name_only_fields_that_there_are(name):
    assert set(presets()[name].columns.values()) <= {*FIELDS, ""}
