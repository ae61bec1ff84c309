"""Taking a file in: who is new, who is the same, what changes, and at what cost."""

from datetime import UTC, date, datetime
from time import perf_counter

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from members import audit
from members.importing import run, uploads, writing
from members.models import AuditEntry, Member, MemberTag, Note, Suppression, Tag
from members.privacy.erasing import erase_member
from members.tokens import address_hmac
from tests.factories import a_builder, a_community, a_member
from tests.importing.files import NOW, a_file, counts, errors, look, many_rows, options_for, take_in, the

pytestmark = pytest.mark.django_db
TODAY = date(2027, 3, 10)


@pytest.fixture
def community():
    return a_community()


def test_people_come_in_with_all_that_is_known_of_them(community):
    tally = take_in(
        community,
        "name,preferred_name,email,birthday,joined,timezone,language,pronouns,company,country,tags,status,notes\n"
        "Maya Okafor,May,Maya@example.org,1990-05-31,2024-03-14,Africa/Lagos,en,she/her,Bakery,Nigeria,"
        "Baker; Mentor,active,Met at the fair\n",
    )
    assert counts(tally) == {"new": 1}
    maya = the(community, email_key="maya@example.org")
    assert (maya.birth_month, maya.birth_day, maya.birth_year, maya.joined_on) == (5, 31, 1990, date(2024, 3, 14))
    assert (maya.email, maya.time_zone, maya.language) == ("Maya@example.org", "Africa/Lagos", "en")
    assert (maya.known_from, maya.is_imported, maya.welcome_on) == (TODAY, True, None)
    assert sorted(maya.tags.values_list("name", flat=True)) == ["Baker", "Mentor"]
    note = maya.notes.get()
    assert (note.text, note.is_restricted) == ("Met at the fair", True)


def test_they_are_found_by_the_same_keys_as_people_added_by_hand(community):
    take_in(community, "name,preferred_name,email,company\nÉmile Zola,Émi,Emile@BÜCHER.example,Café\n")
    by_hand = a_member(a_community(), name="Émile Zola", preferred_name="Émi", email="emile@bücher.example")
    imported = the(community, name="Émile Zola")
    assert imported.email_key == by_hand.email_key
    assert imported.name_key.startswith("emile zola emi cafe")


def test_known_from_is_the_day_in_the_community(community):
    far = a_community(time_zone="Pacific/Kiritimati")
    take_in(far, "name\nMaya\n", now=datetime(2027, 3, 10, 23, 0, tzinfo=UTC))
    assert the(far).known_from == date(2027, 3, 11)


@pytest.mark.parametrize(
    ("joined", "status", "welcome", "owed"),
    [
        ("2027-03-09", "active", False, None),
        ("2027-03-10", "active", False, date(2027, 3, 10)),
        ("2027-03-20", "invited", False, date(2027, 3, 20)),
        ("2027-03-10", "left", False, None),
        ("2020-01-01", "active", True, TODAY),
        ("2020-01-01", "deceased", True, None),
        ("", "active", True, TODAY),
        ("", "active", False, None),
    ],
)
def test_a_welcome_is_owed_only_to_who_joins_now_unless_one_asks(community, joined, status, welcome, owed):
    take_in(community, f"name,joined,status\nMaya,{joined},{status}\n", welcome=welcome)
    assert the(community).welcome_on == owed


def test_who_is_on_record_already_is_owed_no_welcome(community):
    a_member(community, email="maya@example.org", joined_on=None)
    take_in(community, "name,email,joined\nMaya,maya@example.org,2027-03-10\n", welcome=True)
    assert the(community).welcome_on is None


# --- the same file again


def test_a_corrected_day_of_joining_moves_or_ends_the_welcome_that_is_owed(community):
    for name, owed in (("moved", TODAY), ("old", TODAY), ("done", None)):
        a_member(community, name=name, email=f"{name}@example.org", known_from=TODAY, joined_on=TODAY, welcome_on=owed)
    text = "name,email,joined\nmoved,moved@example.org,2027-03-20\nold,old@example.org,2020-01-01\n"
    text += "done,done@example.org,2027-03-20\n"
    take_in(community, text, overwrite=["joined"])
    assert {member.name: member.welcome_on for member in Member.objects.all()} == {
        "moved": date(2027, 3, 20),
        "old": None,
        "done": None,
    }


def test_a_file_taken_in_twice_changes_nothing(community):
    text = (
        "name,email,birthday,joined,tags,introduced_by,notes,status\n"
        "Maya,maya@example.org,1990-05-31,2024-01-01,Baker;Mentor,,One\n"
        "Tomás,tomas@example.org,--02-29,,Baker,Maya,,left\n"
        "Jean Martin,,--07-12,2020-01-01,,tomas@example.org,By phone\n"
        "Jean Martin,,,,,,\n"
    )
    assert counts(take_in(community, text)) == {"new": 4}
    before = list(Member.objects.order_by("pk").values())
    assert counts(take_in(community, text)) == {"same": 4}
    assert list(Member.objects.order_by("pk").values()) == before
    assert (Note.objects.count(), MemberTag.objects.count()) == (2, 3)


def test_the_same_address_is_the_same_member_whatever_its_case(community):
    a_member(community, email="Maya@Example.org", company="")
    assert counts(take_in(community, "name,email,company\nSomebody,MAYA@example.ORG,Bakery\n")) == {"updated": 1}
    assert the(community).company == "Bakery"


def test_another_community_has_its_own_members(community):
    a_member(a_community(), email="maya@example.org")
    assert counts(take_in(community, "name,email\nMaya,maya@example.org\n")) == {"new": 1}


def test_only_what_is_empty_is_filled(community):
    a_member(community, name="Maya Okafor", email="maya@example.org", company="Bakery", birth_month=5, birth_day=31)
    take_in(community, "name,email,company,pronouns,birthday\nMaya O.,maya@example.org,Other,she/her,1990-05-31\n")
    maya = the(community)
    assert (maya.name, maya.company, maya.pronouns, maya.birth_year) == ("Maya Okafor", "Bakery", "she/her", 1990)


def test_a_year_is_not_put_to_another_day(community):
    a_member(community, email="maya@example.org", birth_month=5, birth_day=31)
    assert counts(take_in(community, "name,email,birthday\nMaya,maya@example.org,1990-06-01\n")) == {"same": 1}
    assert the(community).birth_year is None


def test_a_ticked_field_is_overwritten_and_an_empty_cell_takes_nothing_away(community):
    a_member(community, name="Maya Okafor", email="maya@example.org", company="Bakery", country="Nigeria")
    text = "name,email,company,country\nMaya Bauer,maya@example.org,,Germany\n"
    take_in(community, text, overwrite=["name", "company"])
    maya = the(community)
    assert (maya.name, maya.company, maya.country) == ("Maya Bauer", "Bakery", "Nigeria")
    assert maya.name_key.startswith("maya bauer")


def test_tags_and_notes_are_added_and_never_removed(community):
    maya = a_member(community, email="maya@example.org")
    tag = Tag.objects.create(community=community, name="Old hand", key="old hand")
    MemberTag.objects.create(community=community, member=maya, tag=tag)
    Note.objects.create(community=community, member=maya, text="First\n---\nSecond", created_at=NOW)
    text = 'name,email,tags,notes\nMaya,maya@example.org,OLD HAND; Baker,"Second\n---\nThird"\n'
    assert counts(take_in(community, text)) == {"updated": 1}
    assert sorted(maya.tags.values_list("name", flat=True)) == ["Baker", "Old hand"]
    assert maya.notes.filter(text="Third").count() == 1
    assert maya.notes.count() == 2


def test_a_status_is_overwritten_only_when_ticked_and_brings_its_day(community):
    a_member(community, email="maya@example.org")
    text = "name,email,status\nMaya,maya@example.org,left\n"
    take_in(community, text)
    assert the(community).status == "active"
    take_in(community, text, overwrite=["status"])
    assert (the(community).status, the(community).left_on) == ("left", TODAY)


def test_nobody_joins_after_they_left(community):
    a_member(community, email="maya@example.org", joined_on=None, status="left", left_on=date(2020, 1, 1))
    tally = take_in(community, "name,email,joined\nMaya,maya@example.org,2021-01-01\nTomás,t@example.org,2021-01-01\n")
    assert counts(tally) == {"rejected": 1, "new": 1}


def test_a_new_zone_moves_the_end_of_a_hold(community):
    ends = datetime(2027, 5, 1, 22, 0, tzinfo=UTC)
    a_member(community, email="maya@example.org", hold_until=date(2027, 5, 1), hold_ends_at=ends)
    take_in(community, "name,email,timezone\nMaya,maya@example.org,Pacific/Auckland\n")
    assert the(community).hold_ends_at == datetime(2027, 5, 1, 12, 0, tzinfo=UTC)


# --- who is who


def test_a_wrong_row_is_rejected_and_the_others_go_in(community):
    tally = take_in(community, "name,email\nMaya,maya@example.org\nNobody,nope\n\nTomás,tomas@example.org\n")
    assert counts(tally) == {"new": 2, "rejected": 1}
    assert list(errors(tally)) == [3]


def test_the_same_address_twice_in_a_file_is_a_mistake(community):
    tally = take_in(community, "name,email\nAnna,both@example.org\nBob,BOTH@example.org\n")
    assert counts(tally) == {"new": 1, "rejected": 1}
    assert "row 2" in errors(tally)[3]


def test_without_an_address_the_name_and_the_day_of_joining_make_a_person(community):
    text = "name,joined\nJean Martin,2020-01-01\nJean Martin,2021-01-01\nJean Martin,\n"
    assert counts(take_in(community, text)) == {"new": 3}
    assert counts(take_in(community, text)) == {"same": 3}
    assert counts(take_in(community, "name,joined\nJEAN  MARTIN,2021-01-01\n")) == {"same": 1}


def test_two_who_nobody_could_tell_apart_are_not_both_taken_in(community):
    tally = take_in(community, "name,birthday\nJean Martin,--05-31\nJean Martin,--06-01\n")
    assert counts(tally) == {"new": 1, "rejected": 1}
    assert "row 2" in errors(tally)[3]


def test_who_was_given_an_address_since_is_still_the_same(community):
    text = "name,birthday\nJean Martin,--05-31\n"
    take_in(community, text)
    Member.objects.update(
        email="jean@example.org", email_key="jean@example.org", created_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert counts(take_in(community, text)) == {"same": 1}


def test_a_day_of_joining_that_one_of_both_lacks_is_filled_in(community):
    a_member(community, name="Jean Martin", email="", joined_on=None)
    Member.objects.update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert counts(take_in(community, "name,joined\nJean Martin,2020-01-01\n")) == {"updated": 1}
    assert the(community).joined_on == date(2020, 1, 1)


def test_among_several_namesakes_it_asks_for_more(community):
    for year in (2020, 2021):
        a_member(community, name="Jean Martin", joined_on=date(year, 1, 1))
    Member.objects.update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    tally = take_in(community, "name,company\nJean Martin,Bakery\n")
    assert "Several members" in errors(tally)[2]


def test_an_erased_member_is_nobody(community):
    a_member(community, name="Jean Martin", email="", status="erased")
    assert counts(take_in(community, "name\nJean Martin\n")) == {"new": 1}


def test_who_asked_never_to_be_written_to_stays_so(community):
    Suppression.objects.create(community=community, hmac=address_hmac("maya@example.org"), created_at=NOW)
    tally = take_in(community, "name,email,joined\nMaya,Maya@example.org,2027-03-10\n", welcome=True)
    assert (counts(tally), tally.suppressed) == ({"new": 1}, 1)
    assert "never to be written to" in str(tally.warnings[0]["warning"])
    assert (the(community).reachable, the(community).welcome_on) == ("suppressed", None)


def test_who_erases_themselves_while_a_file_comes_in_is_not_reachable_again(community, monkeypatch):
    monkeypatch.setattr(run, "BATCH", 1)
    maya = a_member(community, email="maya@example.org")
    file = a_file("name,email\nTomás,tomas@example.org\nMaya,maya@example.org\n")
    going = run.Run(community, file, options_for(file), now=NOW)
    origin = uploads.at_command_line(community, filename="x", options=going.options, total=2, now=NOW)
    for number, _tally in enumerate(going.write(by=None, origin=origin)):
        if number == 0:
            erase_member(maya, by=None, now=NOW)
    assert the(community, email="maya@example.org").reachable == "suppressed"


# --- who introduced whom


def test_an_introducer_may_come_from_anywhere(community):
    a_member(community, name="Old Hand", email="old@example.org")
    tally = take_in(
        community,
        "name,email,introduced_by\n"
        "Later,later@example.org,Tomás Núñez\nMaya,maya@example.org,OLD@example.org\n"
        "Tomás Núñez,tomas@example.org,maya@example.org\nZoë,zoe@example.org,Nobody Known\n"
        "Self,self@example.org,Self\n",
    )
    assert counts(tally) == {"new": 5}
    introduced = dict(Member.objects.exclude(introduced_by=None).values_list("name", "introduced_by__name"))
    assert introduced == {"Later": "Tomás Núñez", "Maya": "Old Hand", "Tomás Núñez": "Maya"}
    assert sorted(int(told["row"]) for told in tally.warnings) == [5, 6]


def test_an_introducer_of_a_common_name_is_left_out(community):
    a_member(community, name="Jean Martin")
    a_member(community, name="Jean Martin")
    tally = take_in(community, "name,introduced_by\nMaya,Jean Martin\n")
    assert tally.warnings
    assert the(community, name="Maya").introduced_by is None


def test_an_introducer_on_record_stays_unless_ticked(community):
    first, second = a_member(community, email="first@example.org"), a_member(community, email="second@example.org")
    a_member(community, name="Maya", email="maya@example.org", introduced_by=first)
    text = "name,email,introduced_by\nMaya,maya@example.org,second@example.org\n"
    assert counts(take_in(community, text)) == {"same": 1}
    assert counts(take_in(community, text, overwrite=["introduced_by"])) == {"updated": 1}
    assert the(community, name="Maya").introduced_by == second


# --- a dry run says what happens


def test_a_dry_run_writes_nothing_and_says_what_then_happens(community):
    a_member(community, name="Known", email="known@example.org", company="", introduced_by=None)
    a_member(community, name="Waiting", email="waiting@example.org")
    text = (
        "name,email,company,introduced_by\nKnown,known@example.org,Bakery,\nNew,new@example.org,,\nWrong,nope,,\n"
        "Waiting,waiting@example.org,,Forward\nNew again,NEW@example.org,,\nForward,forward@example.org,,Nobody\n"
    )
    with CaptureQueriesContext(connection) as queries:
        told = look(community, text)
    assert all(query["sql"].lstrip().upper().startswith("SELECT") for query in queries)
    assert Member.objects.count() == 2
    done = take_in(community, text)
    assert counts(told) == counts(done) == {"new": 2, "updated": 2, "rejected": 2}
    assert told.errors == done.errors
    assert told.warnings == done.warnings


# --- what it costs, what it leaves behind


def _queries(community, text):
    with CaptureQueriesContext(connection) as queries:
        take_in(community, text)
    return len(queries)


def test_the_number_of_queries_does_not_depend_on_the_rows(community):
    take_in(community, many_rows(1))
    few, many = _queries(community, many_rows(40, start=1000)), _queries(community, many_rows(900, start=2000))
    if connection.vendor == "sqlite":  # whose statements take 999 values at most
        many -= 1 + 900 // 25
    assert many <= few + 3


def test_looking_again_takes_the_same_queries_for_ten_as_for_a_thousand(community):
    take_in(community, many_rows(1000))
    few, many = _queries(community, many_rows(10)), _queries(community, many_rows(1000))
    assert few == many


@pytest.mark.parametrize("text", ["name,company\nAna,Bakery\n", "name,introduced_by\nZoë,Ana\n"])
def test_a_short_name_loads_nobody_whose_name_merely_begins_so(community, monkeypatch, text):
    for name in ("Ana", "Ana Blanco", "Ana Cruz"):
        a_member(community, name=name, email="")
    loaded, load = [], Member.from_db

    def from_db(*args):
        member = load(*args)
        loaded.append(member.name)
        return member

    monkeypatch.setattr(Member, "from_db", from_db)
    take_in(community, text)
    assert set(loaded) == {"Ana"}


def test_two_thousand_rows_are_two_batches_and_two_lines_in_the_audit(community):
    builder = a_builder(community)
    take_in(community, many_rows(2000), by=builder)
    lines = AuditEntry.objects.filter(community=community, verb="members.imported")
    assert [(line.count, line.actor_id) for line in lines] == [(1000, builder.pk), (1000, builder.pk)]
    assert audit.first_broken_line(community) is None
    assert lines[0].fields == ["birthday", "email", "name"]


def test_an_import_that_changes_nothing_leaves_no_line(community):
    take_in(community, "name\nMaya\n")
    take_in(community, "name\nMaya\n")
    assert AuditEntry.objects.filter(verb="members.imported").count() == 1


def test_somebody_added_at_the_same_moment_is_then_found(community, monkeypatch):
    write, tries = writing.write, []

    def while_somebody_is_added(*args, **kwargs):
        if not tries:
            tries.append(1)
            raise IntegrityError("somebody was faster")
        return write(*args, **kwargs)

    monkeypatch.setattr(writing, "write", while_somebody_is_added)
    assert counts(take_in(community, "name,email\nMaya,maya@example.org\n")) == {"new": 1}


def test_five_thousand_rows_take_seconds(community):
    start = perf_counter()
    assert counts(take_in(community, many_rows(5000))) == {"new": 5000}
    assert perf_counter() - start < 30


@pytest.mark.postgresql
def test_postgresql_learns_of_a_community_that_fills_while_it_fills(community):
    """Else it reads all who are in already for each further thousand."""
    take_in(community, many_rows(4000))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT most_common_vals::text FROM pg_stats WHERE tablename = %s AND attname = 'community_id'",
            [Member._meta.db_table],
        )
        assert str(community.pk) in str(cursor.fetchall())


def test_who_left_is_known_to_have_left_by_the_day_of_the_import_and_is_forgotten_in_time(community):
    take_in(community, "name,email,joined,status\nAna,ana@example.org,2020-01-01,left\nBea,bea@example.org,,left\n")
    assert set(Member.objects.values_list("left_on", flat=True)) == {TODAY}
