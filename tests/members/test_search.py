"""Finding members while somebody types, on both databases."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection

from members import audiences
from members.models import Member
from members.search import search
from members.services.members import change_member
from tests.factories import a_community, a_member
from tests.members.story import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def community():
    return a_community()


def found(community, text, **options):
    return sorted(row.name for row in search(community.members.all(), text, **options))


def test_accents_and_capitals_make_no_difference(community):
    a_member(community, name="Tomás Łukasiewicz")
    for text in ("tomas", "TOMÁS", "lukasi", "tomás lukas", "wicz tom"):
        assert found(community, text) == ["Tomás Łukasiewicz"]


def test_it_finds_the_preferred_name_the_company_and_the_address(community):
    a_member(
        community, name="Margaret Hale", preferred_name="Peggy", company="Société Générale", email="mh@example.net"
    )
    for text in ("peggy", "societe gen", "example.net", "hale example", "MH@Example"):
        assert found(community, text) == ["Margaret Hale"]


def test_every_word_must_be_found(community):
    a_member(community, name="Ana Lima")
    a_member(community, name="Ana Souza")
    assert found(community, "ana lima") == ["Ana Lima"]
    assert found(community, "ana nobody") == []


def test_who_may_not_see_addresses_cannot_find_by_them_either(community):
    a_member(community, name="Ana Lima", email="secret@example.net")
    assert found(community, "secret", by_email=False) == []
    assert found(community, "example.net", by_email=False) == []
    assert found(community, "lima", by_email=False) == ["Ana Lima"]


@pytest.mark.parametrize(("text", "names"), [("l", ["Li Wei", "Lu Xun"]), ("li", ["Li Wei"]), ("田中", ["田中 太郎"])])
def test_less_than_three_characters_is_the_beginning_of_a_name(community, text, names):
    for name in ("Li Wei", "Lu Xun", "Ali Baba", "田中 太郎"):
        a_member(community, name=name)
    assert found(community, text) == sorted(names)


def test_several_short_words_are_looked_for_together(community):
    a_member(community, name="Li Yu")
    a_member(community, name="Li An")
    assert found(community, "li yu") == ["Li Yu"]
    assert found(community, "yu li") == ["Li Yu"]


@pytest.mark.parametrize(
    "text",
    [
        "%",
        "___",
        "100%",
        'a"b"c',
        "'; drop table",
        "name_key : x",
        "NOT AND OR",
        "*",
        "(((",
        "\\\\\\",
        "-" * 5,
        "a\0bcd",
    ],
)
def test_signs_with_a_meaning_to_a_database_are_only_signs(community, text):
    a_member(community, name="Ana Lima")
    assert found(community, text) == []


def test_signs_are_found_where_they_stand(community):
    a_member(community, name='Ana "Annie" O\'Neil_100%')
    for text in ('"annie"', "o'neil", "_100%", "100%"):
        assert found(community, text) == ['Ana "Annie" O\'Neil_100%']


def test_an_empty_search_finds_everybody(community):
    a_member(community)
    assert len(found(community, "   ")) == 1


def test_a_search_of_nothing_but_accents_finds_nobody(community):
    a_member(community)
    assert found(community, "\u0301\u0301\u0301") == []


def test_a_very_long_search_is_cut(community):
    a_member(community, name="Ana Lima")
    assert found(community, "ana " * 500) == ["Ana Lima"]


def test_it_stays_inside_the_community(community):
    a_member(a_community(), name="Tomás Other")
    assert found(community, "tomas") == []


def test_a_changed_name_is_found_under_the_new_one_only(community):
    member = a_member(community, name="Maria Rossi")
    change_member(member, by=None, now=NOON, name="Maria Bianchi")
    assert found(community, "rossi") == []
    assert found(community, "bianchi") == ["Maria Bianchi"]


def test_one_who_is_gone_is_not_found(community):
    a_member(community, name="Maria Rossi").delete()
    a_member(community, name="Ana Lima")
    assert found(community, "rossi") == []


def test_rows_written_many_at_once_are_found(community):
    rows = [a_member(community, name=f"Person Number{number}") for number in range(3)]
    for row in rows:
        row.name_key = f"renamed quokka{row.pk.hex[-4:]}"
    Member.objects.bulk_update(rows, ["name_key"])
    assert len(found(community, "quokka")) == 3
    Member.objects.filter(community=community).update(name_key="all the same")
    assert len(found(community, "the same")) == 3


def test_the_index_is_used(community):
    a_member(community, name="Tomás")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_indexscan = off")
        plan = search(Member.objects.all(), "tomas").explain()
        assert "member_search_name" in plan
        assert "member_search_email" in plan
    else:
        assert "member_search VIRTUAL TABLE INDEX" in search(Member.objects.all(), "tomas").explain()


def test_a_word_that_very_many_have_is_found_just_the_same(community, monkeypatch):
    monkeypatch.setattr("members.search._COMMON", 2)
    for name in ("Ana Lima", "Ana Souza", "Ben Lima"):
        a_member(community, name=name, email=f"{name[:3]}.{name[4:]}@acme.example")
    assert found(community, "ana") == ["Ana Lima", "Ana Souza"]
    assert found(community, "acme.example lima") == ["Ana Lima", "Ben Lima"]
    assert found(community, "acme.example", by_email=False) == []


def test_a_word_that_very_many_have_elsewhere_is_found_here(community, monkeypatch):
    monkeypatch.setattr("members.search._COMMON", 2)
    for there in (community, a_community()):
        for name in ("Ana Lima", "Ana Souza", "Ben Lima")[: 1 if there is community else 3]:
            a_member(there, name=name, company="Acme")
    moment = audiences.Moment(community, date(2027, 3, 1), datetime(2027, 3, 1, 12, tzinfo=UTC))
    for told in ({"q": "lima"}, {"company": "acme"}):
        condition = audiences.condition(audiences.parse(told), moment)
        assert [row.name for row in Member.objects.of(community).filter(condition)] == ["Ana Lima"]


def test_what_is_beside_the_members_follows_them(community):
    """Rows that come, change and go by any statement are in the index, come no more, or changed; no other is."""
    kept, gone = a_member(community, name="Kept Quokka"), a_member(community, name="Gone Quokka")
    Member.objects.filter(pk=kept.pk).update(name_key="renamed numbat", hold_reason="x")
    Member.objects.filter(pk=gone.pk).delete()
    stale = Member.objects.get(pk=kept.pk)
    stale.email_key = "numbat@example.org"
    Member.objects.bulk_create([stale], update_conflicts=True, unique_fields=["id"], update_fields=["email_key"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT name_key, email_key FROM member_search")
        assert cursor.fetchall() == [("renamed numbat", "numbat@example.org")]


def test_the_beginning_of_a_name_is_a_range_of_the_index(community):
    plan = search(Member.objects.filter(community=community), "to").explain()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        plan = search(Member.objects.filter(community=community), "to").explain()
        assert "Index Cond" in plan
        assert "name_key" in plan.split("Index Cond")[1]
    else:
        assert "name_key>? AND name_key<?" in plan
