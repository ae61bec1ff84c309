"""A community on a Monday morning in March, its people, and who looks at the pages."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from attentions.models import Attention, Ritual
from attentions.services import rituals
from attentions.services.work import plan_everybody
from members.models import Community, User
from tests.factories import a_builder, a_community, a_member

NOW = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)
HTMX = {"HX-Request": "true"}
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def clock(db):
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def community() -> Community:
    return a_community(slug="potters", name="The Potters", sender_name="Ana Costa", reply_to="ana@example.org")


@pytest.fixture
def ana(community) -> User:
    return a_builder(community, name="Ana Costa")


@pytest.fixture
def ben(community) -> User:
    return a_builder(community, name="Ben Okri", role="owner")


@pytest.fixture
def greeter(community) -> User:
    return a_builder(community, name="Gil", role="greeter")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def client(ana) -> Client:
    """Ana's browser."""
    return signed_in(ana)


def on(community: Community, kind: str = "birthday", **changes) -> Ritual:
    """A ritual that has been on since New Year."""
    ritual = rituals.ritual_for(community, kind)
    if changes:
        rituals.change_ritual(ritual, by=None, now=NOW, is_on_trial=False, **changes)
    rituals.switch_on(ritual, by=None, now=NOW - timedelta(days=40), effective_from=date(2027, 1, 1))
    return ritual


def planned(community: Community) -> list[Attention]:
    plan_everybody(now=NOW, community=community)
    return list(Attention.objects.of(community).order_by("due_at", "pk"))


@pytest.fixture
def maya(community):
    return a_member(community, name="Maya Okafor", birth_month=3, birth_day=1, birth_year=1993)


@pytest.fixture
def attention(community, maya) -> Attention:
    """Maya's birthday note of today, waiting."""
    on(community)
    return planned(community)[0]


def page(name: str, community: Community, *args) -> str:
    return reverse(f"attentions:{name}", args=[community.slug, *args])


def act(name: str, attention: Attention) -> str:
    return page(name, attention.community, attention.pk)
