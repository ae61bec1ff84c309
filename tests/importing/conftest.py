"""What the tests of the import lean on."""

import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def _in_english():
    """A page read in French leaves its language in the thread."""
    with translation.override("en"):
        yield
