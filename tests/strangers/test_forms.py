"""Every form that a page shows, filled in by somebody who means harm."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.apps import apps
from django.db.models import UUIDField

from tests.doors import POSTED, undone
from tests.strangers.house import ROUTES, House, rightful, through
from tests.strangers.state import checksum, columns

pytestmark = pytest.mark.django_db

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# What nobody may set by a form that does not ask for it.
FORBIDDEN = {
    "role": "owner",
    "is_staff": "on",
    "is_superuser": "on",
    "is_active": "",
    "status": "deceased",
    "state": "sent",
    "email_key": "eve@example.org",
    "name_key": "eve",
    "known_from": "1999-01-01",
    "is_imported": "on",
    "approved_by": "1",
    "approved_at": "1999-01-01",
    "sent_at": "1999-01-01",
    "created_at": "1999-01-01",
    "accepted_at": "1999-01-01",
    "message_id": "<eve@example.org>",
    "token_sha256": "0" * 64,
}


@dataclass(frozen=True)
class Form:
    """A form as a page shows it: who sees it, where it goes, what it holds."""

    who: str
    page: str
    way: str
    action: str
    fields: tuple[tuple[str, str], ...]
    choices: tuple[tuple[str, str], ...]

    @property
    def values(self) -> dict[str, list[str]]:
        values: dict[str, list[str]] = {}
        for name, value in self.fields:
            values.setdefault(name, []).append(value)
        return values

    @property
    def ids(self) -> dict[str, str]:
        """The fields that name a row, each with one that they offer."""
        return {name: value for name, value in (*self.fields, *self.choices) if UUID.fullmatch(value)}


def forms_of(house: House) -> list[Form]:
    """Every form that posts, of every page, as its rightful reader and an owner see it; each once."""
    found: dict[tuple[str, tuple[str, ...]], Form] = {}
    for route in ROUTES:
        for who in dict.fromkeys((rightful(route), "owner")):
            if who == "owner" and route.policy.who != "team":
                continue
            url, way = route.url(house.here), through(route, house.here)
            answer = house.ask(who, "GET", url, through=way)
            if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
                for form in _forms_in(answer.content, who, url, way):
                    names = tuple(sorted({name for name, _value in (*form.fields, *form.choices)}))
                    found.setdefault((form.action, names), form)
    return list(found.values())


def _forms_in(content: bytes, who: str, page: str, way: str) -> Iterator[Form]:
    soup = BeautifulSoup(content, "html.parser")
    for form in soup.select("form[method=post]"):
        action = form.get("action") or page
        if urlsplit(action).path.startswith("/accounts/"):
            continue  # allauth's
        parts = [*form.select("[name]"), *(soup.select(f'[form="{form["id"]}"][name]') if form.get("id") else [])]
        fields, choices = [], []
        for part in parts:
            for name, value, is_chosen in _values(part):
                (fields if is_chosen else choices).append((name, value))
        yield Form(who, page, way, action, tuple(fields), tuple(choices))


def _values(part: Any) -> Iterator[tuple[str, str, bool]]:
    name = part["name"]
    if part.name == "select":
        options = part.select("option")
        chosen = [option for option in options if option.has_attr("selected")] or options[:1]
        for option in options:
            yield name, option.get("value", ""), option in chosen
    elif part.get("type") in {"checkbox", "radio"}:
        yield name, part.get("value", "on"), part.has_attr("checked")
    elif part.name == "button" or part.get("type") == "submit":
        yield name, part.get("value", ""), False
    elif part.get("type") != "file":
        yield name, part.get_text() if part.name == "textarea" else part.get("value", ""), True


def send(house: House, form: Form, data: dict[str, Any]) -> int:
    client = house.clients[form.who]
    if form.way:
        client.get(form.way)
    return int(client.post(form.action, data).status_code)


def counterparts(value: str, house: House) -> list[str]:
    """The rows of the same sort in the other community."""
    for model in apps.get_models():
        rows = model._base_manager
        if "community" not in {field.name for field in model._meta.concrete_fields} or model._meta.pk.name != "id":
            continue
        if isinstance(model._meta.pk, UUIDField) and rows.filter(pk=value, community=house.here.community).exists():
            strangers = rows.filter(community=house.there.community).order_by("pk")
            return [str(pk) for pk in strangers.values_list("pk", flat=True)]
    return []


@pytest.mark.proves(
    "S1b",
    "Another community's rows in every field that names one",
    goal="no row of either community changes, and nothing answers with an error of ours",
)
def test_no_field_takes_a_row_of_another_community(house, line):
    most = line.size("rows for each field, at most", fast=1, long=10)
    forms, fields, tried, wrong = forms_of(house), 0, 0, []
    before = checksum()
    for form in forms:
        foreign = {name: counterparts(value, house)[:most] for name, value in form.ids.items()}
        fields += sum(map(bool, foreign.values()))
        for name, stranger in ((name, stranger) for name, strangers in foreign.items() for stranger in strangers):
            tried += 1
            with undone(house.clients[form.who]):
                code = send(house, form, {**form.values, name: [stranger]})
                if code >= 500 or checksum() != before:
                    wrong.append(f"{form.who}: {form.action} {name}: {code}")
    line.figures |= {"forms": len(forms), "fields": fields, "tried": tried, "taken": len(wrong)}
    assert not wrong, "\n".join(wrong)
    assert fields > 0


@pytest.mark.once
@pytest.mark.proves(
    "S2",
    "Forbidden keys beside the valid fields of every form",
    goal="all that they name stays as it would without them",
)
def test_a_form_sets_only_what_it_asks_for(house, line):
    posted = {route.url(house.here): POSTED[route.name] for route in ROUTES if route.name in POSTED}
    forms, accepted, wrong = forms_of(house), 0, []
    for form in forms:
        asked = {name for name, _value in (*form.fields, *form.choices)}
        extra = {name: value for name, value in FORBIDDEN.items() if name not in asked}
        extra |= {"community": str(house.there.community.pk), "community_id": str(house.there.community.pk)}
        extra |= {"id": str(house.there.community.pk), "user": str(house.there.owner.pk)}
        held, now = [], datetime.now(UTC)
        for more in ({}, extra):
            with undone(house.clients[form.who]), time_machine.travel(now, tick=False):
                code = send(house, form, {**form.values, **posted.get(form.action, {}), **more})
                held.append((code, columns(_compared(extra))))
        accepted += held[0][0] in {200, 204, 302, 303}
        if held[0] != held[1] or held[0][0] >= 500:
            wrong.append(f"{form.who}: {form.action}: {_difference(*held)}")
    line.figures |= {"forms": len(forms), "accepted": accepted, "keys": len(FORBIDDEN) + 4, "changed": len(wrong)}
    assert not wrong, "\n".join(wrong)


# What is new with each call, with keys or without.
_ALWAYS_NEW = {"id", "message_id", "token_sha256", "created_at"}


def _compared(extra: dict[str, str]) -> set[str]:
    return set(extra) - _ALWAYS_NEW


def _difference(without: Any, with_them: Any) -> str:
    columns_apart = [name for name in without[1] if without[1][name] != with_them[1][name]]
    return f"{without[0]} and {with_them[0]}, {columns_apart}"
