"""Every form of every page, filled with words in every field that takes them, and what is shown of them at once.

That is a search, and above all a form that was refused: it shows again what was typed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bs4 import BeautifulSoup

from tests.doors import undone
from tests.strangers.house import OTHER_PAGES, House, pages
from tests.strangers.planting import Words

AT_ONCE = 10  # strings in each field
_ROOM = 60
_TOO_LONG = "x" * 12_000  # for every field that takes words
_NOT_TYPED = {"checkbox", "radio", "submit", "button", "file", "hidden", "password", "range", "color"}
# Marks that mean something to a browser, and letters that look like them and mean nothing.
_HARMLESS = {ord(char): chr(ord(char) + 0xFEE0) for char in "<>\"'&:=()/\\`"}


@dataclass(frozen=True)
class Asked:
    """A form as a page shows it: `given` are its values, `typed` and `hidden` the names of fields for words."""

    who: str
    way: str
    method: str
    action: str
    given: tuple[tuple[str, str], ...]
    typed: tuple[str, ...]
    hidden: tuple[str, ...]

    def send(self, house: House, words: Words, *, hidden: bool, htmx: bool) -> "Shown":
        """What is shown when all fields hold words, more of them than any takes unless it is a search."""
        sent: dict[str, list[str]] = {}
        for name, value in self.given:
            sent.setdefault(name, []).append(value)
        marks: dict[str, set[str]] = {}
        for name in (*self.typed, *(self.hidden if hidden else ())):
            before = words.number
            text = " ".join(words(_ROOM) for _number in range(AT_ONCE))
            sent[name] = [text if self.method == "get" else text + _TOO_LONG]
            marks[name] = {f"~{number:03x}" for number in range(before + 1, words.number + 1)}
        client = house.clients[self.who]
        with undone(client):
            if self.way:
                client.get(self.way, secure=True)
            headers = {"HX-Request": "true"} if htmx else {}
            answer = getattr(client, self.method)(self.action, sent, headers=headers, secure=True)
        is_page = not answer.streaming and answer.headers.get("Content-Type", "").startswith("text/html")
        page = answer.content.decode() if is_page else ""
        return Shown(answer.status_code, page, {name for name, each in marks.items() if any(m in page for m in each)})


@dataclass(frozen=True)
class Shown:
    """An answer: its number, its page if it is one, and the names of the fields whose words are on it."""

    code: int
    page: str
    fields: set[str]


def harmless(corpus: tuple[str, ...]) -> tuple[str, ...]:
    """The same strings, which no browser could take for markup."""
    return tuple(words.translate(_HARMLESS) for words in corpus)


def forms_for_words(house: House) -> list[Asked]:
    """Each form that takes words, once, as its rightful reader or an owner sees it."""
    found: dict[tuple[str, str, tuple[str, ...]], Asked] = {}
    for who, url, way in [*pages(house), *(("anonymous", page, "") for page in OTHER_PAGES)]:
        answer = house.ask(who, "GET", url, through=way)
        if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
            for form in _forms_in(answer.content, who, url, way):
                found.setdefault((form.method, form.action, form.typed), form)
    return list(found.values())


def _forms_in(content: bytes, who: str, page: str, way: str) -> Iterator[Asked]:
    soup = BeautifulSoup(content, "html.parser")
    for form in soup.select("form"):
        parts = [*form.select("[name]"), *(soup.select(f'[form="{form["id"]}"][name]') if form.get("id") else [])]
        method = str(form.get("method", "get")).lower()
        if method != "dialog" and (typed := tuple(dict.fromkeys(part["name"] for part in parts if _is_typed(part)))):
            given = tuple(value for part in parts for value in _given(part))
            hidden = tuple(part["name"] for part in parts if part.get("type") == "hidden")
            hidden = tuple(name for name in hidden if name != "csrfmiddlewaretoken")
            yield Asked(who, way, method, str(form.get("action") or page), given, typed, hidden)


def _is_typed(part: Any) -> bool:
    return part.name == "textarea" or (part.name == "input" and part.get("type", "text") not in _NOT_TYPED)


def _given(part: Any) -> Iterator[tuple[str, str]]:
    """What a browser would send of a field without being asked to."""
    if part.name == "select":
        options = part.select("option")
        for option in [each for each in options if each.has_attr("selected")] or options[:1]:
            yield part["name"], option.get("value", "")
    elif part.get("type") in {"checkbox", "radio"}:
        if part.has_attr("checked"):
            yield part["name"], part.get("value", "on")
    elif part.name != "button" and part.get("type") not in {"submit", "file"}:
        yield part["name"], part.get_text() if part.name == "textarea" else part.get("value", "")
