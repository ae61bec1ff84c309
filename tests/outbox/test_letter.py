"""The frame around a letter: signature, why, and the ways out; in text and in HTML, the same."""

import re
import time

import pytest
from bs4 import BeautifulSoup
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outbox import letter, links
from tests.factories import a_community, a_member

pytestmark = pytest.mark.django_db
WORDS = "Dear Maya,\n\nall the best <3 & more.\nSecond line.\n\nWarmly,"
WHY = "You receive this from Atelier because it is your birthday."


@pytest.fixture
def member():
    return a_member(a_community(name="Atelier", sender_name="Ana Lindqvist"))


def framed(member, text: str = WORDS, language: str = "en") -> tuple[str, str]:
    return letter.frame(
        text=text, member=member, community=member.community, why=WHY, category="birthday", language=language
    )


def test_the_text_is_signed_and_says_why_and_how_to_stop(member):
    text, _html = framed(member)
    assert text.startswith(WORDS + "\n\nAna Lindqvist\nAtelier\n\n-- \n" + WHY)
    found = re.findall(r"https://care\.example/([pu])/(\S+)/", text)
    assert [kind for kind, _token in found] == ["p", "u"]
    assert links.read_preferences(found[0][1]) == member.pk
    assert links.read_unsubscribe(found[1][1]) == (member.pk, "birthday")


def test_the_page_says_the_same(member):
    text, html = framed(member)
    page = BeautifulSoup(html, "html.parser")
    shown = page.find("table").get_text("\n")
    for words in ("Dear Maya,", "all the best <3 & more.", "Second line.", "Ana Lindqvist", "Atelier", WHY):
        assert words in shown
    assert [a["href"] for a in page.find_all("a")] == re.findall(r"https://\S+", text)


def test_the_page_loads_nothing_and_runs_nothing(member):
    page = BeautifulSoup(framed(member)[1], "html.parser")
    assert not page.find_all(["script", "img", "link", "iframe", "form"])
    assert page.find("td", class_="paper")["style"], "styles stand in the elements"
    assert "prefers-color-scheme" in page.find("style").get_text()


def test_a_community_without_a_person_signs_by_its_name():
    member = a_member(a_community(name="Atelier"))
    assert "Warmly,\n\nAtelier\n\n-- " in framed(member)[0]


def test_it_speaks_the_language_of_the_letter(member):
    assert "Choose what you get" in framed(member)[0]
    assert "Choose what you get" not in framed(member, language="fr")[0]


@pytest.mark.parametrize(
    ("person", "name", "expected"),
    [("Ana", "Atelier", "Ana (via Atelier)"), ("", "Atelier", "Atelier"), ("Atelier", "Atelier", "Atelier")],
)
def test_it_comes_from_a_person_beside_the_community(person, name, expected):
    assert letter.sender(person, community=a_community(name=name), language="en") == expected
    assert letter.sender("Ana", community=None, language="en") == "Ana"


def test_the_preheader_is_what_follows_the_salutation():
    assert letter.preheader("Dear Maya,\n\nthirty-four suits you very well indeed.") == (
        "thirty-four suits you very well indeed."
    )
    assert letter.preheader("Short.") == "Short."
    long = letter.preheader("Dear Maya,\n\n" + "word " * 60)
    assert long.endswith("word…")
    assert len(long) <= 101


def test_the_team_reads_the_letter_without_the_links_of_the_member(member):
    parts = letter.parts_of(framed(member)[0])
    assert parts.text.endswith("Warmly,\n\nAna Lindqvist\nAtelier")
    assert parts.foot == WHY
    assert letter.parts_of("A text without a frame.") == letter.Parts("A text without a frame.", "")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n<>&\"'"), min_size=1))
def test_no_words_become_markup(member, text):
    plain = BeautifulSoup(framed(member, "Dear Maya,\n\nhello.")[1], "html.parser")
    page = BeautifulSoup(framed(member, text)[1], "html.parser")
    allowed = {tag.name for tag in plain.find_all()} | {"br", "p"}
    assert {tag.name for tag in page.find_all()} <= allowed
    assert not [tag for tag in page.find_all() if any(name.startswith("on") for name in tag.attrs)]


def test_a_long_letter_does_not_take_long(member):
    began = time.perf_counter()
    framed(member, "A word. " * 2_000 + "\n" * 5_000 + "x")
    assert time.perf_counter() - began < 5
