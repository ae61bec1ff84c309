"""What opens something for whoever knows it does not stand in the log."""

import logging

import pytest

from care.lib.logs import HideSecrets


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/invitation/s3cr3t/", "/invitation/…/"),
        ("/p/s3cr3t:x/", "/p/…/"),
        ("/u/s3cr3t/?a=1", "/u/…/?a=1"),
        ("/accounts/password/reset/key/01-s3cr3t/", "/accounts/password/reset/key/…/"),
        ("/c/potters/members/", "/c/potters/members/"),
        ("/p/", "/p/"),
    ],
)
def test_the_addresses_of_refused_requests_are_named_without_their_tokens(path, shown):
    record = logging.LogRecord("django.request", 30, "", 0, "%s: %s", ("Unprocessable Entity", path), None)
    assert HideSecrets().filter(record)
    assert record.getMessage() == f"Unprocessable Entity: {shown}"


@pytest.mark.django_db
def test_a_refused_invitation_says_nothing_of_its_token(client, caplog):
    caplog.handler.addFilter(HideSecrets())
    client.post("/invitation/a-token-that-nobody-has/", {"password": "x"})
    assert "a-token-that-nobody-has" not in caplog.text
