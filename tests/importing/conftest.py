"""What the tests of the import lean on."""

import pytest
from django.utils import translation

from tests.factories import a_builder, a_community


@pytest.fixture(autouse=True)
def _in_english():
    """A page read in French leaves its language in the thread."""
    with translation.override("en"):
        yield


@pytest.fixture
def community():
    return a_community()


@pytest.fixture
def builder(community, client):
    user = a_builder(community)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user
