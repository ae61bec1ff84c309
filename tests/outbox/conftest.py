"""Fixtures of the outbox: a mail server, and a folder of one's own for what lies outside the database."""

import logging

import pytest

from tests.outbox.mailserver import MailServer


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.VAR = tmp_path
    settings.EMAIL_URL = f"maildir://{tmp_path / 'mailbox'}"
    settings.EMAIL_TIMEOUT = 0.6
    settings.DEFAULT_FROM_EMAIL = "care@care.example"
    settings.BASE_URL = "https://care.example"


@pytest.fixture(autouse=True, scope="session")
def _quiet_server():
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)


@pytest.fixture
def a_server(settings):
    """Starts mail servers and points the product at the last one."""
    running = []

    def start(mode: str = "accept", **options) -> MailServer:
        server = MailServer(mode, **options)
        server.start()
        running.append(server)
        settings.EMAIL_URL = server.url
        return server

    yield start
    for server in running:
        server.stop()
