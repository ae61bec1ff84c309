"""What the tests of accounts lean on."""

import pytest


@pytest.fixture(autouse=True)
def _without_own_mail_backend(mailoutbox):
    """Mail is read from `mailoutbox`."""
