"""Putting people on record, correcting them, changing their status, holding everything back."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from members.models import AuditEntry, Member, Suppression
from members.services.custom_fields import add_field
from members.services.members import (
    AlreadyHere,
    change_member,
    create_member,
    hold,
    set_dates,
    set_status,
    welcome_day,
)
from members.tokens import address_hmac
from tests.factories import a_builder, a_community, a_member
from tests.members.story import NOON, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def community():
    return a_community(time_zone="Europe/Paris")


@pytest.fixture
def builder(community):
    return a_builder(community)


def last_line(community):
    return AuditEntry.objects.filter(community=community).order_by("-seq").first()


# --- creating


def test_a_new_member_is_known_from_the_day_in_the_community(builder):
    community = a_community(time_zone="Pacific/Auckland")
    member = create_member(community, by=None, now=datetime(2027, 3, 1, 23, tzinfo=UTC), name="Mere")
    assert member.known_from == date(2027, 3, 2)


def test_it_folds_the_name_and_the_address(community, builder):
    member = create_member(
        community, by=builder, now=NOON, name="  Tomás   Núñez ", company="Açaí", email=" Tomas@BÜCHER.example "
    )
    member.refresh_from_db()
    assert (member.name, member.email) == ("Tomás Núñez", "Tomas@BÜCHER.example")
    assert member.name_key == "tomas nunez acai"
    assert member.email_key == "tomas@xn--bcher-kva.example"


def test_a_newcomer_is_owed_a_welcome_and_one_of_long_standing_is_not(community):
    def welcome(joined_on):
        return create_member(community, by=None, now=NOON, name="X", joined_on=joined_on).welcome_on

    assert welcome(TODAY) == TODAY
    assert welcome(TODAY - timedelta(days=14)) == TODAY
    assert welcome(TODAY - timedelta(days=15)) is None
    assert welcome(TODAY + timedelta(days=3)) == TODAY + timedelta(days=3)
    assert welcome(None) is None


def test_the_same_address_twice_says_who_has_it(community, builder):
    first = create_member(community, by=builder, now=NOON, name="Ana", email="ana@example.org")
    with pytest.raises(AlreadyHere) as refused:
        create_member(community, by=builder, now=NOON, name="Anna", email="ANA@example.org")
    assert refused.value.member == first
    assert "Ana is already here" in refused.value.message_dict["email"][0]
    assert Member.objects.count() == 1


def test_the_same_address_may_be_in_two_communities(community):
    create_member(community, by=None, now=NOON, name="Ana", email="ana@example.org")
    assert create_member(a_community(), by=None, now=NOON, name="Ana", email="ana@example.org").pk


def test_who_was_erased_is_not_reachable_when_they_are_put_on_record_again(community):
    Suppression.objects.create(community=community, hmac=address_hmac("ana@example.org"), created_at=NOON)
    member = create_member(community, by=None, now=NOON, name="Ana", email="Ana@example.org")
    assert member.reachable == Member.Reachable.SUPPRESSED
    change_member(member, by=None, now=NOON, email="other@example.org")
    assert member.reachable == Member.Reachable.SUPPRESSED


def test_tags_come_with_the_member(community):
    member = create_member(community, by=None, now=NOON, name="Ana", tags_named=["Speaker", "speaker", "Paris"])
    assert sorted(tag.name for tag in member.tags.all()) == ["Paris", "Speaker"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "Ana\u202e"}, "name"),
        ({"name": "Ana\0"}, "name"),
        ({"name": "<b>Ana</b>"}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"preferred_name": "see www.spam.example"}, "preferred_name"),
        ({"email": "ana@"}, "email"),
        ({"email": "a\u200bna@example.org"}, "email"),
        ({"company": "x" * 121}, "company"),
        ({"company": "Acme\x07"}, "company"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"language": "tlh"}, "language"),
        ({"feb29": "feb30"}, "feb29"),
        ({"birth_month": 2, "birth_day": 30}, "birth_day"),
        ({"birth_month": 4, "birth_day": 31}, "birth_day"),
        ({"birth_month": 13, "birth_day": 1}, "birth_day"),
        ({"birth_month": 2, "birth_day": 29, "birth_year": 1990}, "birth_day"),
        ({"birth_month": 2}, "birth_day"),
        ({"birth_day": 2}, "birth_day"),
        ({"birth_year": 1990}, "birth_day"),
        ({"birth_month": 5, "birth_day": 5, "birth_year": 2028}, "birth_day"),
        ({"birth_month": 5, "birth_day": 5, "birth_year": 1604}, "birth_day"),
        ({"joined_on": date(1, 1, 1)}, "joined_on"),
        ({"status": "left"}, "status"),
        ({"status": "erased"}, "status"),
    ],
)
def test_what_cannot_be_is_refused_by_field(community, wrong, field):
    with pytest.raises(ValidationError) as refused:
        create_member(community, by=None, now=NOON, **{"name": "Ana", **wrong})
    assert field in refused.value.message_dict
    assert not Member.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    "name", ["李小龍", "محمد بن سلمان", "Þórdís", "👩‍🚀 Mae", "می‌رود", "Nguyễn Thị Ánh", "O'Brien-Łuk", "X"]
)
def test_names_of_all_scripts_are_welcome(community, name):
    assert create_member(community, by=None, now=NOON, name=name).name == name


def test_an_unknown_fact_is_a_mistake_of_the_caller(community):
    with pytest.raises(TypeError):
        create_member(community, by=None, now=NOON, name="Ana", reachable="ok")


def test_the_audit_names_fields_and_never_values(community, builder):
    member = create_member(community, by=builder, now=NOON, name="Ana", email="ana@example.org")
    line = last_line(community)
    assert (line.verb, line.actor_id, line.object_id) == ("member.created", builder.pk, str(member.pk))
    assert line.fields == ["email", "name", "status"]


# --- changing


def test_a_change_writes_only_what_changed(community, builder):
    member = a_member(community, name="Ana Lima", company="Acme")
    stale = Member.objects.get(pk=member.pk)
    Member.objects.filter(pk=member.pk).update(pronouns="she/her")
    assert change_member(stale, by=builder, now=NOON, name="Ana Maria Lima", company="Acme") == ["name"]
    member.refresh_from_db()
    assert (member.name, member.name_key, member.pronouns) == ("Ana Maria Lima", "ana maria lima acme", "she/her")
    assert last_line(community).fields == ["name"]


def test_a_change_of_nothing_leaves_no_line(community):
    member = a_member(community, name="Ana")
    assert change_member(member, by=None, now=NOON, name="Ana") == []
    assert last_line(community) is None


def test_taking_the_address_of_another_is_refused(community):
    a_member(community, name="Ana", email="ana@example.org")
    other = a_member(community)
    with pytest.raises(AlreadyHere):
        change_member(other, by=None, now=NOON, email="ana@EXAMPLE.org")


def test_an_address_may_be_taken_away(community):
    member = a_member(community, email="ana@example.org")
    change_member(member, by=None, now=NOON, email="")
    member.refresh_from_db()
    assert (member.email, member.email_key) == ("", None)


def test_a_new_address_is_given_another_chance(community):
    member = a_member(community, reachable="bounced")
    change_member(member, by=None, now=NOON, email="new@example.org")
    member.refresh_from_db()
    assert member.reachable == "ok"


def test_a_birthday_is_checked_as_a_whole_when_a_part_changes(community):
    member = a_member(community, birth_month=2, birth_day=29)
    with pytest.raises(ValidationError):
        change_member(member, by=None, now=NOON, birth_year=1999)
    change_member(member, by=None, now=NOON, birth_year=1996)
    with pytest.raises(ValidationError):
        change_member(member, by=None, now=NOON, birth_day=30)


def test_a_change_keeps_what_somebody_else_wrote_since_it_was_read(community, builder):
    for label in ("Diet", "Shirt"):
        add_field(community, label=label, sort="text", by=builder)
    read_before = a_member(community, name="Ana")
    change_member(Member.objects.get(), by=None, now=NOON, company="Padaria", custom={"shirt": "L"})
    change_member(read_before, by=None, now=NOON, name="Ana Lima", custom={"diet": "fish"})
    ana = Member.objects.get()
    assert (ana.name_key, ana.custom) == ("ana lima padaria", {"shirt": "L", "diet": "fish"})


def test_moving_to_another_zone_moves_the_end_of_a_hold(community):
    member = a_member(community)
    hold(member, until=date(2027, 3, 10), reason="Moving house", by=None, now=NOON)
    assert member.hold_ends_at == datetime(2027, 3, 10, 23, tzinfo=UTC)
    change_member(member, by=None, now=NOON, time_zone="America/Los_Angeles")
    member.refresh_from_db()
    assert member.hold_ends_at == datetime(2027, 3, 11, 8, tzinfo=UTC)


def test_a_corrected_joining_day_moves_the_welcome(community):
    member = create_member(community, by=None, now=NOON, name="Ana", joined_on=date(2020, 1, 1))
    change_member(member, by=None, now=NOON, joined_on=TODAY)
    assert Member.objects.get().welcome_on == TODAY
    imported = a_member(community, is_imported=True, known_from=TODAY)
    change_member(imported, by=None, now=NOON, joined_on=TODAY)
    imported.refresh_from_db()
    assert imported.welcome_on is None


@given(st.none() | st.dates(date(2000, 1, 1), date(2050, 1, 1)), st.dates(date(2010, 1, 1), date(2040, 1, 1)))
def test_nobody_is_welcomed_before_we_knew_of_them(joined_on, known_from):
    welcome_on = welcome_day(joined_on, known_from)
    assert welcome_on is None or welcome_on >= known_from


def test_nobody_introduces_themselves_or_comes_from_another_community(community):
    member, stranger = a_member(community), a_member(a_community())
    for wrong in (member, stranger):
        with pytest.raises(ValidationError) as refused:
            change_member(member, by=None, now=NOON, introduced_by=wrong)
        assert "introduced_by" in refused.value.message_dict


def test_an_erased_member_cannot_be_changed(community):
    member = a_member(community, status="erased")
    for act in (
        lambda: change_member(member, by=None, now=NOON, name="Back"),
        lambda: set_status(member, "active", by=None, now=NOON),
        lambda: hold(member, until=TODAY, reason="x", by=None, now=NOON),
        lambda: set_dates(member, [], by=None, now=NOON),
    ):
        with pytest.raises(ValidationError):
            act()


# --- important dates


def test_a_date_that_stays_keeps_its_row(community):
    member = a_member(community)
    bakery = {"label": "First day of the bakery", "month": 6, "day": 1, "year": 2019, "is_yearly": True}
    set_dates(member, [bakery], by=None, now=NOON)
    kept = member.dates.get().pk
    set_dates(member, [bakery, {"label": "Sober since", "month": 2, "day": 29}], by=None, now=NOON)
    assert member.dates.get(label__startswith="First").pk == kept
    assert member.dates.count() == 2
    assert {row.known_from for row in member.dates.all()} == {TODAY}
    set_dates(member, [], by=None, now=NOON)
    assert not member.dates.exists()


def test_the_same_dates_again_leave_no_line(community):
    member = a_member(community)
    dates = [{"label": "A day", "month": 6, "day": 1}]
    set_dates(member, dates, by=None, now=NOON)
    before = AuditEntry.objects.count()
    set_dates(member, dates, by=None, now=NOON)
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"label": "", "month": 1, "day": 1},
        {"label": "x", "month": 2, "day": 30},
        {"label": "x", "month": 2, "day": 29, "year": 2023},
        {"label": "x", "month": 1, "day": 1, "is_yearly": False},
        {"label": "x" * 81, "month": 1, "day": 1},
        {"label": "x", "month": 1, "day": 1, "year": 12},
    ],
)
def test_a_date_that_cannot_be_is_refused(community, wrong):
    with pytest.raises(ValidationError):
        set_dates(a_member(community), [wrong], by=None, now=NOON)


@settings(max_examples=60, deadline=None)
@given(
    facts=st.fixed_dictionaries(
        {},
        optional={
            "name": st.text(max_size=90),
            "preferred_name": st.text(max_size=90),
            "email": st.text(max_size=30) | st.emails(),
            "company": st.text(max_size=130),
            "pronouns": st.text(max_size=50),
            "birth_month": st.none() | st.integers(-5, 20),
            "birth_day": st.none() | st.integers(-5, 40),
            "birth_year": st.none() | st.integers(-5, 3000),
            "time_zone": st.text(max_size=20) | st.sampled_from(["Europe/Paris", "Pacific/Apia", ""]),
            "joined_on": st.none() | st.dates(),
        },
    )
)
def test_whatever_is_typed_is_saved_or_refused_with_words(facts):
    """The database never has the last word: what the services accept, it accepts too."""
    community = a_community()
    member = a_member(community)
    with suppress(ValidationError):
        change_member(member, by=None, now=NOON, **facts)


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ana Lúcia de Souza", "AS"),
        ("Ivan Petrov (Maniac)", "IP"),
        ("王小明", "王小"),
        ("ngozi", "NG"),
        ("(anonymous)", "(A"),
    ],
)
def test_initials_are_those_of_the_names(name, letters):
    assert Member(name=name).initials == letters
