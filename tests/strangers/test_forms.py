"""Every form that a page shows, filled in by somebody who means harm."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db.models import UUIDField

from members.forms.members import written
from members.models import Member
from tests.doors import World, undone
from tests.strangers.forms import Form, forms_of, is_accepted, send
from tests.strangers.house import House
from tests.strangers.state import checksum, columns

pytestmark = pytest.mark.django_db

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
# What is new with each call, with keys or without: of these, that none became what was asked for.
ALWAYS_NEW = {"id", "message_id", "token_sha256", "created_at", "user"}
# Fields that name a row without its id, and what somebody writes there.
IN_WORDS: dict[str, Callable[[World], str]] = {"introducer": lambda world: written(_one_of(world))}
# Where a row is named, in a body or in an address: that none of these is lost, whatever the pages come to look like.
NAMING = {
    ("attentions.views.acts.hand_over", "to"),
    ("attentions.views.batch.batch", "letter"),
    ("attentions.views.batch.batch", "pick"),
    ("attentions.views.listing.list", "member"),
    ("attentions.views.rituals.audience_count", "audience"),
    ("attentions.views.rituals.outlook", "audience"),
    ("attentions.views.rituals.ritual", "audience"),
    ("attentions.views.rituals.ritual_on", "audience"),
    ("members.views.bulk.bulk", "member"),
    ("members.views.exports.export", "audience"),
    ("members.views.members.add", "introducer"),
    ("members.views.members.edit", "introducer"),
    ("members.views.members.list", "audience"),
}


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


def _one_of(world: World) -> Member:
    return world.community.members.order_by("pk").last()


def _naming(form: Form, house: House) -> Iterator[tuple[str, str, list[str]]]:
    """(field, what it may say, what it may not) for each field of a form that names a row."""
    for name, own in form.ids.items():
        if strangers := counterparts(own, house):
            yield name, own, strangers
    for name, words in IN_WORDS.items():
        if name in form.values and form.method == "post":
            yield name, words(house.here), [words(house.there)]


@pytest.mark.proves(
    "S1b",
    "Another community's rows in every field that names one",
    goal="an own row is accepted; of another community's the form says 404 or shows an error, and no row changes",
)
def test_no_field_takes_a_row_of_another_community(house, line):
    most = line.size("rows for each field, at most", fast=1, long=10)
    forms, found, tried, wrong = forms_of(house), set(), 0, []
    before = checksum()
    for form in forms:
        for name, own, strangers in _naming(form, house):
            found.add((form.route, name))
            with undone(house.clients[form.who]):
                if not is_accepted(answer := send(house, form, {name: own})):
                    wrong.append(f"{form} refuses an own {name}: {answer.status_code}")
            for stranger in strangers[:most]:
                tried += 1
                with undone(house.clients[form.who]):
                    code = send(house, form, {name: stranger}).status_code
                    if code not in {404, 422} or checksum() != before:
                        wrong.append(f"{form} answers {code} to another community's {name}")
    line.figures |= {"forms": len(forms), "fields": len(found), "tried": tried, "taken": len(wrong)}
    assert not wrong, "\n".join(wrong)
    assert NAMING - found == set()


@pytest.mark.once
@pytest.mark.proves(
    "S2",
    "Forbidden keys beside the valid fields of every form",
    goal="every sort of form is accepted, and all that they name stays as it would without them",
)
def test_a_form_sets_only_what_it_asks_for(house, line):
    forms = [form for form in forms_of(house) if form.method == "post"]
    accepted, wrong = set(), []
    for form in forms:
        extra = {name: value for name, value in FORBIDDEN.items() if name not in form.names}
        extra |= {"community": str(house.there.community.pk), "community_id": str(house.there.community.pk)}
        extra |= {"id": str(house.there.community.pk), "user": str(house.there.owner.pk)}
        held, now = [], datetime.now(UTC)
        for more in ({}, extra):
            with undone(house.clients[form.who]), time_machine.travel(now, tick=False):
                answer = send(house, form, more)
                held.append((answer.status_code, _held(extra)))
                if is_accepted(answer):
                    accepted.add(_sort(form))
        if held[0] != held[1] or held[0][0] >= 500:
            wrong.append(f"{form}: {_difference(*held)}")
    refused = {_sort(form) for form in forms} - accepted
    line.figures |= {"forms": len(forms), "sorts": len(refused | accepted), "accepted": len(accepted)}
    line.figures |= {"keys": len(FORBIDDEN) + 4, "changed": len(wrong)}
    assert not wrong, "\n".join(wrong)
    assert refused == set(), "fill them in: POSTED in tests/doors.py"


def _sort(form: Form) -> tuple[str, str]:
    """Forms that go to one route with the same fields are of one sort, whatever row they are about."""
    return form.route, " ".join(name for name in form.names if name != "csrfmiddlewaretoken")


def _held(extra: dict[str, str]) -> dict[str, Any]:
    """What the columns hold that these keys name; of those that are new each time, how often they hold the value."""
    held: dict[str, Any] = dict(columns(extra))
    for column, values in held.items():
        name = column.partition(".")[2]
        name = name if name in extra else name.removesuffix("_id")
        if name in ALWAYS_NEW:
            held[column] = sum(extra[name] in value for value in values)
    return held


def _difference(without: Any, with_them: Any) -> str:
    columns_apart = [name for name in without[1] if without[1][name] != with_them[1][name]]
    return f"{without[0]} and {with_them[0]}, {columns_apart}"
