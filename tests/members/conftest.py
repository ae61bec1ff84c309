"""Who is there: a community in Paris, its owner, a builder, a greeter, and Charlie, who looks after another one."""

import pytest
import time_machine
from django.test import Client

from tests.factories import a_builder, a_community
from tests.members.story import NOON


@pytest.fixture
def bakers(db):
    return a_community(slug="bakers", name="The Bakers", time_zone="Europe/Paris")


@pytest.fixture
def elsewhere(db):
    return a_community(slug="elsewhere", name="Elsewhere", time_zone="UTC")


def _at(user):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.user = user
    return client


@pytest.fixture
def owner(bakers):
    return _at(a_builder(bakers, role="owner", name="Olga Owner"))


@pytest.fixture
def builder(bakers):
    return _at(a_builder(bakers, role="builder", name="Bea Builder"))


@pytest.fixture
def greeter(bakers):
    return _at(a_builder(bakers, role="greeter", name="Gil Greeter"))


@pytest.fixture
def charlie(elsewhere):
    return _at(a_builder(elsewhere, role="owner", name="Charlie"))


@pytest.fixture
def at_noon():
    with time_machine.travel(NOON, tick=False):
        yield
