"""What is exported comes back the same."""

from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from care.lib.addresses import clean_name
from care.lib.csvfile import guard
from members import exporting
from members.audiences import Filter
from members.models import Member
from members.services.custom_fields import add_field
from tests.factories import a_community, a_member
from tests.importing.files import NOW, counts, take_in

pytestmark = pytest.mark.django_db


def exported(community, *, with_notes=True):
    members = exporting.chosen(community, Filter(), now=NOW)
    return "".join(exporting.export_lines(community, members, with_notes=with_notes))


def facts(community):
    names = (
        "name,preferred_name,email_key,birth_month,birth_day,birth_year,joined_on,time_zone,language,pronouns,company"
    )
    names += ",country,status,introduced_by__name,custom"
    rows = Member.objects.of(community).order_by("name_key", "email_key", "joined_on").values_list(*names.split(","))
    return list(rows)


_EVERYTHING = (
    "name,preferred_name,email,birthday,joined,timezone,language,pronouns,company,country,tags,status,introduced_by,notes\n"
    'Maya Okafor,May,maya@example.org,1990-05-31,2024-03-14,Africa/Lagos,en,she/her,"Bread, ""best""",Nigeria,'
    'Baker; Mentor,active,,"two\nlines\n---\nsecond"\n'
    "'=Tomás,+Tom,-tomas@example.org,--02-29,,,,@him,=1+1,\t,=Tag,left,maya@example.org,+note\n"
    "＝Full,,=full@example.org,,,,,,＠home,,,banned,Jean Martin,\n"
    "Jean Martin,,,--07-12,2020-01-01,,,,,,,deceased,,\nJean Martin,,,,,,,,,,,,,\n"
)


def test_taken_in_again_it_changes_nothing():
    community = a_community()
    assert counts(take_in(community, _EVERYTHING)) == {"new": 5}
    assert counts(take_in(community, exported(community))) == {"same": 5}
    assert counts(take_in(community, exported(community, with_notes=False))) == {"same": 5}


def test_taken_in_elsewhere_it_makes_the_same_members():
    here, there = a_community(), a_community()
    take_in(here, _EVERYTHING)
    assert counts(take_in(there, exported(here))) == {"new": 5}
    assert facts(there) == facts(here)
    assert exported(there).splitlines()[0] == exported(here).splitlines()[0]
    assert sorted(exported(there).split("\r\n")) == sorted(exported(here).split("\r\n"))


def test_no_cell_begins_like_a_formula():
    community = a_community()
    take_in(community, _EVERYTHING)
    text = exported(community)
    for risky in (",=", ",+", ",@", ",-", "\n=", ",＝", ",＠"):
        assert risky not in text


_words = st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc", "Cf", "Cn", "Co")), min_size=1, max_size=20)
_right_to_left = st.text(alphabet="אבגדהוזابتثجحخ -'\"", min_size=1, max_size=20)
_formulas = st.builds(str.__add__, st.sampled_from([*"=+-@'＝＋＠", "'=", "''-", "'@"]), _words)
_names = st.one_of(_words, _right_to_left, _formulas)


@pytest.mark.proves(
    "S10",
    "An export taken in again, and taken in elsewhere",
    goal="names of any script and cells like formulas: all unchanged here, all the same there",
)
def test_whatever_people_are_called_they_come_back_unchanged(line):
    found = {"members": 0, "with a cell like a formula": 0}

    @seed(line.seed)
    @settings(max_examples=line.size("lists", fast=20, long=1_000), database=None)
    @given(people=st.lists(st.tuples(_names, _names, _names), min_size=1, max_size=8))
    def check(people):
        here, there = a_community(), a_community()
        for place in (here, there):
            add_field(place, label="Ville", sort="text", by=None)
        for names in people:
            with suppress(ValidationError):  # not a name
                name, company, country = map(clean_name, names)
                if name:
                    custom = {"ville": country} if country else {}
                    a_member(here, name=name, company=company, country=country, custom=custom)
        members = list(Member.objects.of(here))
        if members:
            text = exported(here)
            assert counts(take_in(here, text)) == {"same": len(members)}
            assert counts(take_in(there, text)) == {"new": len(members)}
            assert facts(there) == facts(here)
        found["members"] += len(members)
        found["with a cell like a formula"] += sum(guard(member.company) != member.company for member in members)

    check()
    line.figures |= found
    assert all(found.values())


def test_namesakes_who_nothing_tells_apart_come_back_unchanged_once():
    community = a_community()
    for _again in range(2):
        a_member(community, name="Jean Martin", email="", joined_on=None)
    tally = take_in(community, exported(community))
    assert counts(tally) == {"same": 2}


def test_the_number_of_queries_does_not_depend_on_the_members():
    def queries(number):
        community = a_community()
        lines = "".join(f"Person {at},{at}@example.org,Tag {at % 3}\n" for at in range(number))
        take_in(community, "name,email,tags\n" + lines)
        with CaptureQueriesContext(connection) as captured:
            exported(community)
        return len(captured)

    assert queries(900) == queries(3)


def test_the_erased_are_not_exported():
    community = a_community()
    a_member(community, name="Gone", status="erased")
    assert exported(community).count("\r\n") == 1
