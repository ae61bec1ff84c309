"""Tags on one member and on many, notes, custom fields."""

from uuid import UUID

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from care.lib.ids import uuid7
from members.models import AuditEntry, Member, MemberTag, Note, Tag, TeamMember
from members.services import custom_fields
from members.services.members import change_member
from members.services.notes import add_note, delete_note
from members.services.tags import add_tag, remove_tag, tag_many, undo_tagging, untag_many
from tests.factories import a_builder, a_community, a_member
from tests.members.story import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def community():
    return a_community()


@pytest.fixture
def builder(community):
    return a_builder(community)


def tags_of(member):
    return sorted(tag.name for tag in member.tags.all())


# --- one


def test_a_tag_is_put_once_whatever_its_capitals(community, builder):
    member = a_member(community)
    assert add_tag(member, name="Speaker", by=builder)
    assert not add_tag(member, name=" SPEAKER ", by=builder)
    assert tags_of(member) == ["Speaker"]
    assert AuditEntry.objects.filter(verb="member.tagged").count() == 1


def test_tags_that_differ_by_an_accent_are_two(community, builder):
    member = a_member(community)
    add_tag(member, name="Resume", by=builder)
    add_tag(member, name="Résumé", by=builder)
    assert len(tags_of(member)) == 2


@pytest.mark.parametrize("name", ["", "  ", "x" * 51, "a;b", "a, b", "a\x07"])
def test_a_tag_that_cannot_be_is_refused(community, builder, name):
    with pytest.raises(ValidationError):
        add_tag(a_member(community), name=name, by=builder)


def test_a_tag_is_taken_off_once(community, builder):
    member = a_member(community)
    add_tag(member, name="Speaker", by=builder)
    tag = Tag.objects.get()
    assert remove_tag(member, tag=tag, by=builder)
    assert not remove_tag(member, tag=tag, by=builder)
    assert tags_of(member) == []


# --- many


def test_tagging_many_counts_only_those_who_lacked_it_and_undoes_only_those(community, builder):
    had, lacks, erased = a_member(community), a_member(community), a_member(community, status="erased")
    stranger = a_member(a_community())
    add_tag(had, name="Speaker", by=builder)
    count, batch = tag_many(Member.objects.all(), community=community, name="speaker", by=builder)
    assert count == 1
    assert tags_of(lacks) == ["Speaker"]
    assert tags_of(stranger) == tags_of(erased) == []
    link = MemberTag.objects.get(member=lacks)
    assert isinstance(link.pk, UUID)
    assert link.batch == batch
    assert undo_tagging(community, batch=batch, by=builder) == 1
    assert undo_tagging(community, batch=batch, by=builder) == 0
    assert tags_of(had) == ["Speaker"]
    assert tags_of(lacks) == []


def test_tagging_the_same_many_twice_changes_nothing(community, builder):
    a_member(community)
    assert tag_many(Member.objects.all(), community=community, name="New", by=builder)[0] == 1
    assert tag_many(Member.objects.all(), community=community, name="New", by=builder)[0] == 0


def test_an_undo_reaches_only_its_own_community(community, builder):
    a_member(community)
    _count, batch = tag_many(Member.objects.all(), community=community, name="New", by=builder)
    assert undo_tagging(a_community(), batch=batch, by=builder) == 0
    assert undo_tagging(community, batch=uuid7(), by=builder) == 0


def test_a_tag_is_taken_off_many(community, builder):
    members = [a_member(community) for _ in range(3)]
    tag_many(Member.objects.all(), community=community, name="New", by=builder)
    chosen = Member.objects.filter(pk__in=[members[0].pk, members[1].pk])
    assert untag_many(chosen, community=community, tag=Tag.objects.get(), by=builder) == 2
    assert [tags_of(member) for member in members] == [[], [], ["New"]]


def test_tagging_costs_the_same_for_ten_and_for_two_hundred(community, builder, django_assert_num_queries):
    for _ in range(10):
        a_member(community)
    with CaptureQueriesContext(connection) as ten:
        tag_many(Member.objects.all(), community=community, name="One", by=builder)
    for _ in range(190):
        a_member(community)
    with django_assert_num_queries(len(ten)):
        assert tag_many(Member.objects.all(), community=community, name="Two", by=builder)[0] == 200


# --- notes


def team(community, role):
    return TeamMember.objects.get(user=a_builder(community, role=role))


def test_a_greeter_does_not_learn_of_restricted_notes(community):
    member, builder, greeter = a_member(community), team(community, "builder"), team(community, "greeter")
    add_note(member, text="Likes tea", by=greeter, now=NOON)
    add_note(member, text="Separated last month", by=builder, now=NOON, is_restricted=True)
    assert Note.objects.visible_to(builder).count() == 2
    assert [note.text for note in Note.objects.visible_to(greeter)] == ["Likes tea"]
    with pytest.raises(PermissionDenied):
        add_note(member, text="x", by=greeter, now=NOON, is_restricted=True)


def test_a_note_of_another_community_is_refused(community):
    with pytest.raises(PermissionDenied):
        add_note(a_member(a_community()), text="x", by=team(community, "owner"), now=NOON)


@pytest.mark.parametrize("text", ["", " \n ", "x" * 10_001, "a\0b", "x" * 1_000_000])
def test_a_note_that_cannot_be_is_refused_with_words(community, text):
    with pytest.raises(ValidationError):
        add_note(a_member(community), text=text, by=team(community, "builder"), now=NOON)


def test_a_note_keeps_its_lines_and_marks_of_direction(community):
    text = "שלום\u200f\r\nsecond line\tend"
    note = add_note(a_member(community), text=text, by=team(community, "builder"), now=NOON)
    assert note.text == "שלום\u200f\nsecond line\tend"


def test_only_who_wrote_a_note_or_an_owner_deletes_it(community):
    writer, other, owner = team(community, "builder"), team(community, "builder"), team(community, "owner")
    member = a_member(community)
    note = add_note(member, text="x", by=writer, now=NOON)
    with pytest.raises(PermissionDenied):
        delete_note(note, by=other)
    delete_note(note, by=writer)
    delete_note(add_note(member, text="y", by=writer, now=NOON), by=owner)
    assert not Note.objects.exists()


# --- custom fields


def a_field(community, builder, **fields):
    return custom_fields.add_field(community, **{"label": "Diet", "sort": "text", "by": builder, **fields})


def test_a_field_gets_a_key_that_stays(community, builder):
    field = a_field(community, builder, label="Diät & more")
    assert field.key == "diat-more"
    custom_fields.change_field(field, label="Food", choices=[], is_shown_to_member=False, by=builder)
    field.refresh_from_db()
    assert (field.key, field.label, field.is_shown_to_member) == ("diat-more", "Food", False)


@pytest.mark.parametrize("label", ["食事", "2nd choice", "contains", "a__b", "–", "🥗"])
def test_any_label_makes_a_key_that_json_cannot_mistake(community, builder, label):
    field = a_field(community, builder, label=label)
    member = a_member(community)
    change_member(member, by=builder, now=NOON, custom={field.key: "x"})
    assert custom_fields.members_with(field).number == 1
    assert field.key[0].isalpha()


def test_two_labels_of_one_key_are_kept_apart(community, builder):
    assert {a_field(community, builder, label=label).key for label in ("食事", "言語", "Field")} == {
        "field",
        "field-2",
        "field-3",
    }
    with pytest.raises(ValidationError):
        a_field(community, builder, label="FIELD")


@pytest.mark.parametrize(
    ("sort", "given", "kept"),
    [
        ("text", "  two  words ", "two words"),
        ("text", "  ", None),
        ("number", "12", 12),
        ("number", "3,5", 3.5),
        ("number", 7, 7),
        ("date", "2026-03-31", "2026-03-31"),
        ("choice", "VEGAN", "Vegan"),
        ("yes_no", "yes", True),
        ("yes_no", "non", False),
        ("yes_no", None, None),
    ],
)
def test_values_are_kept_as_their_sort_says(community, builder, sort, given, kept):
    field = a_field(community, builder, sort=sort, choices=["Vegan", "Fish"] if sort == "choice" else [])
    member = a_member(community, custom={"other": 1})
    change_member(member, by=builder, now=NOON, custom={field.key: given})
    member.refresh_from_db()
    assert member.custom == {"other": 1, **({field.key: kept} if kept is not None else {})}


@pytest.mark.parametrize(
    ("sort", "given"),
    [
        ("text", "x" * 501),
        ("number", "twelve"),
        ("number", "1e9"),
        ("number", "9" * 19),
        ("number", True),
        ("date", "31/03/2026"),
        ("choice", "Meat"),
        ("yes_no", "perhaps"),
    ],
)
def test_a_value_that_cannot_be_names_its_field(community, builder, sort, given):
    field = a_field(community, builder, sort=sort, choices=["Vegan", "Fish"] if sort == "choice" else [])
    with pytest.raises(ValidationError) as refused:
        change_member(a_member(community), by=builder, now=NOON, custom={field.key: given})
    assert refused.value.message_dict["custom"][0].startswith("Diet: ")


def test_a_value_without_a_field_is_refused(community, builder):
    with pytest.raises(ValidationError):
        change_member(a_member(community), by=builder, now=NOON, custom={"nothing": "x"})


@pytest.mark.parametrize(
    "choices", [[], ["One"], ["One", "ONE"], [f"{number}" for number in range(61)], ["x" * 61, "y"]]
)
def test_choices_are_at_least_two_and_not_too_many(community, builder, choices):
    with pytest.raises(ValidationError) as refused:
        a_field(community, builder, sort="choice", choices=choices)
    assert "choices" in refused.value.message_dict


def test_deleting_a_field_takes_its_values_and_no_others(community, builder):
    diet, size = a_field(community, builder), a_field(community, builder, label="Size")
    elsewhere = a_community()
    stranger = a_member(elsewhere, custom={diet.key: "x"})
    for _ in range(3):
        a_member(community, custom={diet.key: "vegan", size.key: "M"})
    a_member(community, custom={size.key: "L"})
    assert custom_fields.members_with(diet).number == 3
    assert custom_fields.delete_field(diet, by=builder) == 3
    assert not Member.objects.filter(community=community, custom__has_key=diet.key).exists()
    assert Member.objects.filter(community=community, custom__has_key=size.key).count() == 4
    stranger.refresh_from_db()
    assert stranger.custom == {diet.key: "x"}
    assert AuditEntry.objects.get(verb="custom_field.deleted").count == 3


def test_fields_are_put_in_order(community, builder):
    one, two, three = (a_field(community, builder, label=label) for label in ("One", "Two", "Three"))
    custom_fields.order_fields(community, ids=[three.pk, one.pk, uuid7()], by=builder)
    assert [field.pk for field in community.custom_fields.all()] == [three.pk, one.pk, two.pk]


def test_forty_fields_are_enough(community, builder):
    for number in range(40):
        a_field(community, builder, label=f"Field {number}")
    with pytest.raises(ValidationError):
        a_field(community, builder, label="One more")
