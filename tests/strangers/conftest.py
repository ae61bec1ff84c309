"""Two communities with everything in them, built once for each module: every call is undone after it."""

from typing import Any
from unittest.mock import patch

import pytest
from django.db import transaction
from django.template.base import Template
from django.test.utils import _TestState, override_settings

from tests.doors import World, people
from tests.strangers.house import ROUTES, UNDER_HTTPS, House


@pytest.fixture(scope="module")
def house(django_db_setup: Any, django_db_blocker: Any) -> Any:
    # Pages are served and render as in production: the test client would copy every context, and nobody looks at one.
    as_is = patch.object(Template, "_render", _TestState.saved_data.template_render)
    with django_db_blocker.unblock(), transaction.atomic(), as_is, override_settings(**UNDER_HTTPS):
        here, there = World(), World()
        clients = people(here, there)
        for world in (here, there):
            world.furnish(ROUTES)
        for client in clients.values():
            client.get("/account/", secure=True)  # a session notes that it was used; now no later call has to
        yield House(here, there, clients)
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _one_factor_is_enough(settings: Any) -> None:
    settings.REQUIRE_TWO_FACTOR = False
