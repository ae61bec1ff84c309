"""What the tests of the set-up need beside the common fixtures."""

import pytest

from care.lib import nudge

_real_send = nudge._send


@pytest.fixture
def real_send():
    """The function that talks to the broker, which tests/conftest.py replaces."""
    return _real_send
