"""What opens something for whoever knows it, and whose it is, does not stand in the log."""

import logging

import pytest
import structlog
from django.db import IntegrityError, transaction

from care.lib.logs import HideSecrets, hide_details
from members.models import Member
from tests.factories import a_community, a_member


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


@pytest.mark.django_db
def test_what_the_database_quotes_of_a_row_is_not_in_a_traceback():
    maya = a_member(a_community(), name="Maya Okafor", email="maya@example.org")
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        Member.objects.filter(pk=maya.pk).update(birth_month=2, birth_day=31)
    try:
        raise ExceptionGroup("Some of it failed", [caught.value])
    except ExceptionGroup as error:
        event = {"event": f"Task attentions.plan raised unexpected: {error.exceptions!r}", "exc_info": True}
        event = structlog.processors.format_exc_info(None, "", event)
    event = hide_details(None, "", event)
    for shown in (event["event"], event["exception"]):
        assert "IntegrityError" in shown
        assert "member_birthday_exists" in shown
        assert "Maya" not in shown
        assert "maya@example.org" not in shown
