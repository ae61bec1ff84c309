"""The language of audiences: what is read, how it is said, whom it means; checked against a plain reference."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from attentions.models import Ritual
from care.lib.fold import fold
from members import audiences
from members.audiences import Filter, FilterError, Known, describe, from_query, parse
from members.facts import tag_key
from members.models import Member, Tag
from members.services.audiences import InUse, change_audience, delete_audience, save_audience
from members.services.custom_fields import add_field
from members.services.members import change_member, create_member, hold, set_status
from members.services.tags import add_tag
from tests.factories import a_builder, a_community, a_member
from tests.members.story import NOON, TODAY

# --- reading and saying


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "everybody"),
        ({"tags": ["Speaker"], "joined_after": "2026-03-01"}, "tagged Speaker, joined after 1 March 2026"),
        ({"tags": ["Speaker", "Paris"]}, "tagged Speaker and Paris"),
        ({"any_tags": ["Speaker", "Paris"]}, "tagged Speaker or Paris"),
        ({"no_tags": ["Speaker"]}, "not tagged Speaker"),
        ({"joined_before": "2026-03-01"}, "joined before 1 March 2026"),
        ({"joined_within": 1}, "joined in the last 1 day"),
        ({"joined_within": "30"}, "joined in the last 30 days"),
        ({"status": ["active", "invited"]}, "active or invited"),
        ({"zone": ["Europe/Paris"], "language": ["fr"]}, "in Europe/Paris, speaking French"),
        ({"birthday_month": [3, "4"]}, "birthday in March or April"),
        ({"has_email": True}, "with an e-mail address"),
        ({"has_email": "no"}, "without an e-mail address"),
        ({"on_hold": False}, "not on hold"),
        ({"q": "ana"}, "found by “ana”"),
        ({"company": "Acme"}, "at Acme"),
        ({"field": ["diet=vegan"]}, "diet: vegan"),
    ],
)
def test_it_says_what_it_means(data, sentence):
    assert describe(parse(data)) == sentence


def test_it_speaks_french_dates_and_names_what_it_knows():
    known = Known(tags=frozenset({"speaker"}), fields={"diet": "Régime"})
    told = parse({"tags": ["Speaker", "Gone"], "joined_after": "2026-03-01", "field": ["diet=vegan"]})
    assert describe(told, known).startswith("tagged Speaker and Gone (no such tag), ")
    assert "Régime: vegan" in describe(told, known)
    with translation.override("fr"):
        assert "1 mars 2026" in describe(told)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "tags",
        {"colour": "red"},
        {"tags": [5]},
        {"tags": ["x" * 51]},
        {"tags": ["a\0"]},
        {"tags": [[]]},
        {"tags": ["x"] * 51},
        {"joined_after": "yesterday"},
        {"joined_after": 5},
        {"joined_after": "0001-01-01"},
        {"joined_within": 0},
        {"joined_within": 99999},
        {"joined_within": "9" * 5000},
        {"joined_within": True},
        {"joined_within": 1.5},
        {"status": ["erased"]},
        {"status": ["asleep"]},
        {"status": [{}]},
        {"zone": ["Mars/Olympus"]},
        {"zone": [None, 3]},
        {"language": ["tlh"]},
        {"birthday_month": [13]},
        {"has_email": "maybe"},
        {"has_email": {"is": True}},
        {"on_hold": 1.0001},
        {"q": 5},
        {"company": ["Acme"]},
        {"field": ["diet"]},
        {"field": ["=x"]},
        {"field": ["Diet=x"]},
        {"field": [3]},
        {"field": ["0=x"]},
    ],
)
def test_what_cannot_be_understood_is_refused_with_words(data):
    with pytest.raises(FilterError) as refused:
        parse(data)
    assert str(refused.value)


def test_empty_values_say_nothing():
    assert parse({"tags": [], "q": "", "joined_after": None, "has_email": None}) == Filter()
    assert from_query(QueryDict("q=&tags=&joined_after=&page=7&utm=x")) == Filter()


def test_a_form_may_ask_for_a_field_by_its_own_name():
    assert from_query(QueryDict("field.diet=vegan&field.size=&field=a%3D1")) == parse({"field": ["a=1", "diet=vegan"]})


def test_the_order_of_words_makes_no_difference():
    assert parse({"q": "a", "tags": ["B"]}) == parse({"tags": ["B"], "q": "a"})
    assert not Filter()
    assert "q" in parse({"q": "a"})
    assert parse({"q": "a", "tags": ["B"]}).without("q") == parse({"tags": ["B"]})


names = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)
filters = st.fixed_dictionaries(
    {},
    optional={
        "q": st.text(max_size=30) | st.sampled_from(["ana", "li", "o'n", "acme ana", "a", "example.org"]),
        "status": st.lists(st.sampled_from(["active", "invited", "left", "banned", "deceased"]), max_size=3),
        "tags": st.lists(st.sampled_from(["Speaker", "PARIS", "Gone", "été"]) | names, max_size=3),
        "any_tags": st.lists(st.sampled_from(["Speaker", "paris", "Gone"]), max_size=3),
        "no_tags": st.lists(st.sampled_from(["speaker", "Paris", "Gone"]), max_size=3),
        "joined_after": st.dates(date(2026, 11, 1), date(2027, 3, 20)).map(date.isoformat),
        "joined_before": st.dates(date(2026, 11, 1), date(2027, 3, 20)).map(date.isoformat),
        "joined_within": st.integers(1, 120),
        "zone": st.lists(st.sampled_from(["Europe/Paris", "Asia/Tokyo", "Pacific/Apia"]), max_size=2),
        "language": st.lists(st.sampled_from(["en", "fr"]), max_size=2),
        "birthday_month": st.lists(st.integers(1, 12), max_size=4),
        "has_email": st.booleans(),
        "on_hold": st.booleans(),
        "company": st.sampled_from(["Acme", "ACME", "Nobody", "HP"]),
        "field": st.lists(st.sampled_from(["diet=vegan", "size=3", "board=yes", "board=no", "gone=x"]), max_size=2),
    },
)


@given(filters)
def test_json_and_address_are_the_same_thing(data):
    told = parse(data)
    assert parse(told.to_json()) == told
    assert from_query(QueryDict(told.to_query())) == told
    for language in ("en", "fr"):
        with translation.override(language):
            assert describe(told)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(sorted(audiences.WORDS)), inner),
    )
)
def test_reading_never_fails_but_with_words(data):
    try:
        told = parse(data)
    except FilterError:
        return
    assert parse(told.to_json()) == told


# --- whom it means


def means(data, member, tags):
    """A plain reading of the language, to compare with."""
    told = parse(data)
    zone = member.time_zone or member.community.time_zone
    language = member.language or member.community.language
    keys = {tag_key(tag) for tag in tags}
    custom = {f"{key}={value}" for key, value in member.custom.items()}
    custom |= {f"{key}={'yes' if value else 'no'}" for key, value in member.custom.items() if isinstance(value, bool)}
    joined = member.joined_on

    def found(text):
        words = [(fold(word), word.casefold()) for word in text.split() if fold(word)]
        if not words:
            return not text.strip()
        if all(len(word) < 3 for word, _address in words):
            starts = any(member.name_key.startswith(word) for word, _address in words)
            return starts and all(word in member.name_key for word, _address in words)
        return all(
            word in member.name_key or (len(word) >= 3 and address in (member.email_key or ""))
            for word, address in words
        )

    checks = {
        "q": found,
        "status": lambda wanted: member.status in wanted,
        "tags": lambda wanted: all(tag_key(name) in keys for name in wanted),
        "any_tags": lambda wanted: any(tag_key(name) in keys for name in wanted),
        "no_tags": lambda wanted: all(tag_key(name) not in keys for name in wanted),
        "joined_after": lambda day: joined is not None and joined > day,
        "joined_before": lambda day: joined is not None and joined < day,
        "joined_within": lambda days: joined is not None and TODAY - timedelta(days=days) <= joined <= TODAY,
        "zone": lambda wanted: zone in wanted,
        "language": lambda wanted: language in wanted,
        "birthday_month": lambda wanted: member.birth_month in wanted,
        "has_email": lambda wanted: bool(member.email) == wanted,
        "on_hold": lambda wanted: bool(member.hold_ends_at and member.hold_ends_at > NOON) == wanted,
        "company": lambda wanted: member.company.lower() == wanted.lower(),
        "field": lambda wanted: all("=".join(pair) in custom for pair in wanted),
    }
    return all(checks[word](value) for word, value in told.values)


@pytest.fixture
def crowd(db):
    """Twenty-four people who differ in everything the language can ask for."""
    community = a_community(time_zone="Europe/Paris", language="fr")
    builder = a_builder(community)
    for label, sort in (("Diet", "text"), ("Size", "number"), ("Board", "yes_no")):
        add_field(community, label=label, sort=sort, by=builder)
    people = []
    for number in range(24):
        member = create_member(
            community,
            by=builder,
            now=NOON,
            name=["Ana O'Neil", "Li Wei", "Łukasz Acme", "Zoë"][number % 4] + f" {number}",
            email=f"person{number}@example.org" if number % 3 else "",
            company=["", "Acme", "acme", "HP"][number % 4],
            time_zone=["", "Asia/Tokyo", "Europe/Paris"][number % 3],
            language=["", "en"][number % 2],
            joined_on=None if number % 7 == 0 else TODAY - timedelta(days=5 * number),
            birth_month=number % 12 + 1 if number % 5 else None,
            birth_day=1 if number % 5 else None,
            tags_named=[tag for bit, tag in enumerate(["Speaker", "Paris", "Été"]) if number >> bit & 1],
            custom={"diet": ["vegan", "fish"][number % 2], "size": number % 4, "board": bool(number % 3)},
        )
        if number % 6 == 1:
            hold(member, until=TODAY, reason="x", by=builder, now=NOON)
        if number % 6 == 2:
            hold(member, until=TODAY, reason="x", by=builder, now=NOON - timedelta(days=2))
            Member.objects.filter(pk=member.pk).update(hold_ends_at=NOON)
        if number % 8 == 3:
            set_status(member, ["left", "banned", "deceased"][number // 8], by=builder, now=NOON)
    a_member(a_community(), name="Ana Stranger")
    people = list(Member.objects.filter(community=community).select_related("community").order_by("name_key"))
    return community, [(member, [tag.name for tag in member.tags.all()]) for member in people]


def test_it_means_whom_a_plain_reading_means(crowd):
    community, people = crowd

    @settings(max_examples=250, deadline=None)
    @given(filters)
    def check(data):
        members = Member.objects.filter(community=community)
        chosen = set(audiences.apply(parse(data), members, community=community, today=TODAY, now=NOON))
        assert chosen == {member for member, tags in people if means(data, member, tags)}

    check()


def test_an_empty_filter_means_everybody(crowd):
    community, people = crowd
    assert audiences.apply(
        Filter(), community.members.all(), community=community, today=TODAY, now=NOON
    ).count() == len(people)


@pytest.mark.parametrize("text", ["2.5", "2,5"])
def test_a_number_may_be_written_with_a_comma(text):
    community = a_community()
    member = a_member(community, custom={"hours": 2.5})
    told = parse({"field": [f"hours={text}"]})
    chosen = audiences.apply(told, community.members.all(), community=community, today=TODAY, now=NOON)
    assert list(chosen) == [member]


def test_it_means_nobody_twice(crowd):
    community, _people = crowd
    told = parse({"any_tags": ["Speaker", "Paris", "Été"], "field": ["diet=fish"]})
    chosen = list(audiences.apply(told, community.members.all(), community=community, today=TODAY, now=NOON))
    assert len(chosen) == len({member.pk for member in chosen})


# --- saved ones

pytestmark = pytest.mark.django_db


def test_an_audience_is_kept_and_is_the_same_filter_again():
    community = a_community()
    builder = a_builder(community)
    told = parse({"tags": ["Speaker"], "joined_after": "2026-03-01"})
    audience = save_audience(community, name="  Our  speakers ", filter=told, by=builder)
    audience.refresh_from_db()
    assert audience.name == "Our speakers"
    assert parse(audience.filter) == told
    change_audience(audience, by=builder, filter=parse({"tags": ["Host"]}))
    audience.refresh_from_db()
    assert describe(parse(audience.filter)) == "tagged Host"


def test_two_audiences_of_one_name_are_refused():
    community = a_community()
    builder = a_builder(community)
    save_audience(community, name="Speakers", filter=Filter(), by=builder)
    for name in ("Speakers", "", "x" * 61):
        with pytest.raises(ValidationError) as refused:
            save_audience(community, name=name, filter=Filter(), by=builder)
        assert "name" in refused.value.message_dict
    assert save_audience(a_community(), name="Speakers", filter=Filter(), by=builder)


def test_an_audience_that_a_ritual_works_with_is_not_deleted():
    community = a_community()
    builder = a_builder(community)
    audience = save_audience(community, name="Speakers", filter=Filter(), by=builder)
    ritual = Ritual.objects.create(community=community, kind="birthday", audience=audience)
    with pytest.raises(InUse, match="birthday"):
        delete_audience(audience, by=builder)
    ritual.delete()
    delete_audience(audience, by=builder)
    assert not community.audiences.exists()


def test_an_unknown_tag_is_kept_and_shown_as_such():
    community = a_community()
    add_tag(a_member(community), name="Speaker", by=a_builder(community))
    assert describe(parse({"tags": ["Speaker", "Host"]}), audiences.known_of(community)) == (
        "tagged Speaker and Host (no such tag)"
    )
    assert Tag.objects.count() == 1


def test_those_who_may_not_see_addresses_do_not_search_them():
    community = a_community()
    a_member(community, name="Ana", email="secret@example.net")
    told = parse({"q": "secret"})
    assert audiences.apply(told, community.members.all(), community=community, today=TODAY, now=NOON).exists()
    assert not audiences.apply(
        told, community.members.all(), community=community, today=TODAY, now=NOON, by_email=False
    ).exists()


def test_a_changed_member_moves_between_audiences():
    community = a_community()
    member = a_member(community, company="Acme")
    told = parse({"company": "Globex"})
    change_member(member, by=None, now=NOON, company="Globex")
    assert audiences.apply(told, community.members.all(), community=community, today=TODAY, now=NOON).get() == member
