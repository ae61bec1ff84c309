"""Who reads what in which language, and that a page in French is French from end to end."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from bs4 import BeautifulSoup
from bs4.element import PreformattedString
from django.test import Client
from django.utils import translation

from attentions import letters, phrases
from attentions.kinds import kinds
from attentions.models import Attention
from attentions.services import approval
from care.lib.places import place
from members.models import Member, User
from members.services.accounts import change_account
from outbox import links
from outbox.models import Message
from tests.attentions.pages.conftest import NOW, on, planned
from tests.doors import THROUGH, Route, World, our_routes, people, undone
from tests.factories import a_builder, a_community, a_member

pytestmark = pytest.mark.django_db

# Words that no French sentence holds.
ENGLISH = re.compile(
    r"\b(the|and|your|you|is|are|was|with|for|this|that|not|from|has|have|been|when|will|their|they|nothing|everybody"
    r"|nobody|save|send|edit|delete|add|settings|today|birthday|welcome|sign|none|yet)\b",
    re.IGNORECASE,
)
# What a person typed, code, and what is said in another language on purpose is not ours to translate.
# (Names and subjects of the objects in tests/doors.py are taken out too.)
TYPED = ("Happy birthday", "Everybody")
NOT_OURS = "script, style, code, bdi, textarea, input[type=hidden], [lang=en], .who strong, datalist, .letter-text"


def visible(html: str) -> str:
    """What a reader sees or hears of a page, without what people typed."""
    page = BeautifulSoup(html, "html.parser")
    for element in page.select(NOT_OURS):
        element.decompose()
    words = [str(text) for text in page.find_all(string=True) if not isinstance(text, PreformattedString)]
    for element in page.find_all(True):
        words += [str(element[name]) for name in ("aria-label", "title", "alt", "placeholder") if element.get(name)]
    said = " ".join(" ".join(words).split())
    return re.sub("|".join(TYPED), "", said)


def left_over(html: str) -> list[str]:
    """English words on a page, each with those around it."""
    words = visible(html)
    return [words[max(0, found.start() - 30) : found.end() + 30] for found in ENGLISH.finditer(words)]


def french_world() -> World:
    world = World(a_community(name="Atelier Sel", language="fr", sender_name="Ana"))
    a_member(world.community, name="Maya", language="fr", birth_month=3, birth_day=1, birth_year=1993)
    return world


# --- every page in French

PAGES = {
    "care.views.today.today": "Les 14 prochains jours",
    "members.views.members.list": "Ajouter un membre",
    "members.views.members.detail": "Prévoir un geste",
    "members.views.members.edit": "Nom d’usage",
    "members.views.audiences.audiences": "Publics",
    "members.views.imports.imports": "Importer des membres",
    "members.views.settings.settings": "Fuseau horaire",
    "members.views.team.team": "Animation",
    "members.views.me.own": "Les jours qui comptent pour vous",
    "attentions.views.rituals.rituals": "Anniversaire d’arrivée",
    "attentions.views.rituals.ritual": "Qui donne son accord",
    "attentions.views.listing.list": "Toutes les attentions",
    "outbox.views.messages.messages": "Chaque lettre, ce qu’elle est devenue",
    "outbox.views.preferences.preferences": "Ce que vous recevez",
}
# These show English because they are about it, or are made for programs.
ELSEWHERE = {"attentions.views.wordings.wording", "care.views.health.metrics", "care.views.health.healthz"}
SIGNING_IN = [
    "/accounts/login/",
    "/accounts/login/code/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/change/",
    "/accounts/email/",
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/webauthn/",
    "/accounts/2fa/recovery-codes/generate/",
    "/accounts/sessions/",
    "/accounts/logout/",
    "/nowhere/",
]


@dataclass
class House:
    world: World
    clients: dict[str, Client]

    def get(self, route: Route) -> Any:
        """The page as somebody who may see it gets it, in French."""
        who = {"public": "anonymous", "team": "owner", "own": "member"}.get(route.policy.who, "outsider")
        url = route.url(self.world)
        with undone(self.clients[who]):
            for begin, path in THROUGH.items():
                if route.name.startswith(begin):
                    self.clients[who].get(path(self.world))
            return self.clients[who].get(url)


@pytest.fixture
def house(settings):
    settings.REQUIRE_TWO_FACTOR = False
    world = french_world()
    clients = people(world, World())
    User.objects.update(language="fr", name="Ana")
    clients["anonymous"].cookies[settings.LANGUAGE_COOKIE_NAME] = "fr"
    return House(world, clients)


@pytest.mark.once  # words are the same whatever the database
def test_every_page_speaks_french_from_end_to_end(house):
    wrong: list[str] = []
    seen: dict[str, str] = {}
    for route in our_routes():
        if route.name in ELSEWHERE or route.name.endswith("_count"):
            continue
        answer = house.get(route)
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            assert answer["Content-Language"] == "fr", route.name
            page = answer.content.decode()
            seen[route.name] = visible(page)
            wrong += [f"{route.name}: {words}" for words in left_over(page)]
    assert not wrong, "\n".join(wrong)
    assert len(seen) > 30
    assert not {name: words for name, words in PAGES.items() if words not in seen.get(name, "")}


@pytest.mark.parametrize("url", SIGNING_IN)
def test_signing_in_speaks_french_from_end_to_end(house, url):
    for who in ("anonymous", "owner"):
        answer = house.clients[who].get(url)
        if answer.status_code != 302:
            assert left_over(answer.content.decode()) == []


# --- letters


def test_a_french_member_of_an_english_community_is_written_to_in_french(db):
    with time_machine.travel(NOW, tick=False):
        community = a_community(name="Atelier Sel", language="en", sender_name="Ana")
        builder = a_builder(community)
        maya = a_member(community, name="Maya", language="fr", birth_month=3, birth_day=1, birth_year=1993)
        ben = a_member(community, name="Ben", birth_month=3, birth_day=1)
        on(community)
        rows = {row.member_id: row for row in planned(community) if row.due_on == NOW.date()}
        with translation.override("en"):
            approve_all(list(rows.values()), community=community, by=builder)
        french, english = (Message.objects.get(member=member) for member in (maya, ben))
    assert french.subject == "Bon anniversaire, Maya"
    assert "parce que vous nous avez confié votre date d’anniversaire" in french.text
    assert "Choisir ce que vous recevez" in french.text
    assert '<html lang="fr"' in french.html
    assert left_over(french.html) == []
    assert english.subject == "Happy birthday, Ben"
    assert '<html lang="en"' in english.html


def approve_all(rows: list[Attention], *, community: Any, by: User) -> None:
    approval.approve(rows, community=community, by=by, now=NOW)


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.key)
def test_the_words_a_ritual_begins_with_are_french(kind):
    words = kind.words("fr")
    assert not ENGLISH.search(re.sub(r"\{.*?\}", "", f"{words.subject} {words.body} {words.belated}"))
    assert words != kind.words("en")


def test_the_first_of_a_month_is_le_premier():
    community = a_community(language="fr")
    member = a_member(community)
    for day, words in ((date(2027, 3, 1), "1er mars"), (date(2027, 3, 2), "2 mars")):
        row = Attention(community=community, member=member, kind="by_hand", due_on=day)
        with translation.override("fr"):
            assert letters.values_of(row)["day"] == words


# --- which language


@pytest.fixture
def maya():
    """A French member of an English community."""
    return a_member(a_community(language="en"), name="Maya", language="fr")


def opened(client: Client, member: Member, **headers: str) -> str:
    """The language of the preferences page, opened by the link of a letter."""
    client.get(urlsplit(links.preferences_url(member.pk)).path)
    return str(client.get("/p/", headers=headers)["Content-Language"])


def test_the_pages_behind_a_letter_speak_as_the_letter_did(maya):
    assert opened(Client(headers={"Accept-Language": "en"}), maya) == "fr"


def test_a_choice_made_here_is_kept_there(maya):
    client = Client()
    client.post("/language/", {"language": "en"})
    assert opened(client, maya) == "en"


def test_the_account_beats_the_cookie_and_the_cookie_beats_the_browser(client):
    community = a_community()
    ana = a_builder(community)
    url, french = f"/c/{community.slug}/members/", {"Accept-Language": "fr"}
    client.force_login(ana, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(url)["Content-Language"] == "en"
    assert client.get(url, headers=french)["Content-Language"] == "fr"
    client.cookies["django_language"] = "en"
    assert client.get(url, headers=french)["Content-Language"] == "en"
    change_account(ana, language="fr")
    assert client.get(url, headers={"Accept-Language": "en"})["Content-Language"] == "fr"


def test_a_language_we_do_not_speak_is_answered_in_english(client):
    client.cookies["django_language"] = "xx"
    assert client.get("/", headers={"Accept-Language": "tlh"})["Content-Language"] == "en"


# --- days and places


def test_days_and_places_read_as_the_french_write_them():
    with translation.override("fr"):
        assert phrases.day_word(NOW.date() + timedelta(days=2), today=NOW.date()) == "le mercredi 3 mars"
        assert phrases.moment(NOW, now=NOW, zone="Europe/London") == "aujourd’hui à 09:30"
        assert [place(zone) for zone in ("Europe/London", "Asia/Tokyo", "America/Mexico_City", "Indian/Reunion")] == [
            "Londres",
            "Tokyo",
            "Mexico",
            "La Réunion",
        ]
    assert place("Indian/Reunion") == "Reunion"


def test_pages_shorten_months_as_the_language_does():
    """ "Jui" could be June or July: SHORT_DATE_FORMAT and DAY_TIME_FORMAT (care/formats) write "juin" and "juil."."""
    pages = Path(__file__).parent.parent.joinpath("templates").rglob("*.html")
    assert not [page.name for page in pages if re.search(r'\|date:"(?![A-Z_]+")[^"]*M', page.read_text())]
