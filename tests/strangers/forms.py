"""The forms that the pages of the house show, read as a browser reads them: what a click on each button would send."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

from bs4 import BeautifulSoup
from django.contrib.messages import WARNING
from django.urls import resolve

from tests.doors import posted
from tests.strangers.house import House, pages, verdict

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Form:
    """A form with one of its buttons: who sees it, where it goes and how, what it holds, what else may be chosen.

    A link whose address names a row, and a part of a page that htmx asks for, are forms as well.
    """

    who: str
    way: str
    method: str
    path: str
    query: Pairs
    fields: Pairs
    choices: Pairs = ()

    @property
    def route(self) -> str:
        """The name of the route it goes to."""
        match = resolve(self.path)
        return f"{match.func.__module__}.{match.url_name}"

    @property
    def names(self) -> tuple[str, ...]:
        """Which form it is, among those that go to one address."""
        return tuple(sorted({name for name, _value in (*self.query, *self.fields, *self.choices)}))

    @property
    def values(self) -> dict[str, list[str]]:
        values: dict[str, list[str]] = {}
        for name, value in self.fields:
            values.setdefault(name, []).append(value)
        return values

    @property
    def ids(self) -> dict[str, str]:
        """What names a row, in the body or in the address, each with a row that is offered."""
        return {name: value for name, value in (*self.query, *self.fields, *self.choices) if _is_id(value)}

    def __str__(self) -> str:
        return f"{self.who}: {self.method} {self.path}"


def send(house: House, form: Form, changes: dict[str, Any]) -> Any:
    """The answer to the form, filled in as the rightful person would but for these changes; with its consequences."""
    client, is_post = house.clients[form.who], form.method == "post"
    if form.way:
        client.get(form.way, secure=True)
    query = urlencode([(name, changes.get(name, value)) for name, value in form.query])
    data = {**form.values, **(posted(form.route) if is_post else {})}
    data |= {name: value for name, value in changes.items() if name not in dict(form.query)}
    url = f"{form.path}?{query}" if query else form.path
    return client.post(url, data, secure=True) if is_post else client.get(url, data, secure=True)


def is_accepted(answer: Any) -> bool:
    """Whether it did what it was asked to: an answer that only says why not is none, wherever it leads."""
    kept = getattr(answer.wsgi_request, "_messages", None)
    is_refused = any(message.level >= WARNING for message in (kept._queued_messages if kept else ()))
    return answer.status_code in {200, 204, 302, 303} and verdict(answer) == "in" and not is_refused


def forms_of(house: House) -> list[Form]:
    """Every form of every page, as its rightful reader and an owner see it; each once."""
    found: dict[tuple[str, str, tuple[str, ...]], Form] = {}
    for who, url, way in pages(house):
        answer = house.ask(who, "GET", url, through=way)
        if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
            for method, action, fields, choices in _sendings(answer.content, url):
                form = _form(who, way, method, action, fields, choices)
                found.setdefault((form.method, form.path, form.names), form)
    return [*found.values(), *_on_no_page(house, list(found.values()))]


def _on_no_page(house: House, forms: list[Form]) -> Iterator[Form]:
    """A button that htmx brings along with a part of a page, and an address that only somebody's bookmark holds."""
    settings = next(form for form in forms if form.route == "attentions.views.rituals.ritual" and form.method == "post")
    yield replace(settings, path=f"{settings.path}on/")
    member = (("member", str(house.here.own_member.pk)),)
    yield Form("greeter", "", "get", f"/c/{house.here.community.slug}/attentions/", (), member)


def _form(who: str, way: str, method: str, action: str, fields: list[Any], choices: list[Any]) -> Form:
    """A form that is sent with GET loses the query of its action, as in a browser."""
    to = urlsplit(action)
    query = tuple(parse_qsl(to.query)) if method == "post" else ()
    return Form(who, way, method, to.path, query, tuple(fields), tuple(choices))


def _sendings(content: bytes, page: str) -> Iterator[tuple[str, str, list[Any], list[Any]]]:
    """(method, action, fields, choices) of whatever a click or a change on a page would send; not to allauth."""
    soup = BeautifulSoup(content, "html.parser")
    for form in soup.select("form"):
        parts = _parts(soup, form)
        fields, choices = _filled(parts)
        for button in [part for part in parts if _submits(part)] or [{}]:
            action = button.get("formaction") or form.get("action") or page
            method = button.get("formmethod") or form.get("method") or "get"
            pressed = [(button["name"], button.get("value", ""))] if button.get("name") else []
            yield from _ours(method.lower(), action, fields + pressed, choices)
    for part in soup.select("[hx-include^='#']"):
        for method in ("get", "post"):
            if action := part.get(f"hx-{method}"):
                included = soup.select_one(part["hx-include"])
                parts = _parts(soup, included) if included.name == "form" else [included]
                yield from _ours(method, action, *_filled(parts))
    for link in soup.select("a[href*='?'], [hx-get*='?']"):
        action = link.get("hx-get") or link["href"]
        fields = parse_qsl(urlsplit(action).query)
        if any(_is_id(value) for _name, value in fields):
            yield from _ours("get", action, fields, [])


def _ours(method: str, action: str, fields: list[Any], choices: list[Any]) -> Iterator[tuple[str, str, Any, Any]]:
    if action.startswith("/") and not action.startswith("/accounts/"):
        yield method, action, fields, choices


def _parts(soup: BeautifulSoup, form: Any) -> list[Any]:
    """What belongs to a form: also what stands elsewhere and names it."""
    elsewhere = soup.select(f'[form="{form["id"]}"]') if form.get("id") else []
    return [*form.select("input, select, textarea, button"), *elsewhere]


def _submits(part: Any) -> bool:
    return part.get("type", "submit") == "submit" if part.name == "button" else part.get("type") == "submit"


def _filled(parts: list[Any]) -> tuple[list[Any], list[Any]]:
    """(fields, choices): of radio buttons of which none is chosen, the first is."""
    fields, choices = [], []
    for part in parts:
        if part.get("name") and part.name != "button" and part.get("type") not in {"submit", "file"}:
            for name, value, is_chosen in _values(part):
                (fields if is_chosen else choices).append((name, value))
    chosen = {name for name, _value in fields}
    for part in parts:
        if part.get("type") == "radio" and part["name"] not in chosen:
            chosen.add(part["name"])
            fields.append((part["name"], part["value"]))
    return fields, choices


def _values(part: Any) -> Iterator[tuple[str, str, bool]]:
    name = part["name"]
    if part.name == "select":
        options = part.select("option")
        chosen = [option for option in options if option.has_attr("selected")] or options[:1]
        for option in options:
            yield name, option.get("value", ""), option in chosen
    elif part.get("type") in {"checkbox", "radio"}:
        yield name, part.get("value", "on"), part.has_attr("checked")
    else:
        yield name, part.get_text() if part.name == "textarea" else part.get("value", ""), True


def _is_id(value: str) -> bool:
    try:
        return str(UUID(value)) == value
    except ValueError:
        return False
