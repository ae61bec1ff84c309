"""Django's own mail goes through the outbox, and arrives even where no worker and no broker is."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import SMTP
from mailbox import Maildir

import pytest
from celery import current_app
from django.core.mail import EmailMultiAlternatives, send_mail
from django.core.mail.message import EmailMessage
from django.db import transaction
from kombu.exceptions import OperationalError

from care.lib import clock
from outbox.models import Message
from outbox.services import beat, deliver
from outbox.services.heartbeat import WORKER

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _our_backend(settings):
    settings.EMAIL_BACKEND = "outbox.backend.OutboxBackend"  # which the test runner had replaced


@pytest.fixture
def letters(tmp_path):
    """What lies in the mailbox."""

    def read():
        return [message_from_bytes(bytes(one), policy=SMTP) for one in Maildir(tmp_path / "mailbox")]

    return read


@pytest.fixture
def _worker_is_there():
    beat(WORKER, now=clock.now())


def send(subject: str = "Your code", text: str = "Your code is 123456.", to=("maya@example.org",), **fields) -> None:
    EmailMessage(subject, text, to=list(to), **fields).send()


def test_without_a_worker_the_code_leaves_at_once(letters):
    send()
    (letter,) = letters()
    assert str(letter["To"]) == "maya@example.org"
    assert letter.get_content().strip() == "Your code is 123456."
    assert Message.objects.get().state == "sent"


def test_the_code_is_not_kept_once_it_is_sent(letters):
    send()
    message = Message.objects.get()
    assert (message.text, message.html) == ("", "")
    assert letters()


@pytest.mark.usefixtures("_worker_is_there")
def test_where_a_worker_is_there_it_is_left_to_the_worker(letters):
    send()
    assert (Message.objects.get().state, letters()) == ("queued", [])
    assert deliver(clock.now()).sent == 1
    assert letters()


def test_a_worker_not_heard_of_for_minutes_is_not_waited_for(letters):
    beat(WORKER, now=clock.now() - timedelta(minutes=4))
    send()
    assert letters()


def test_nothing_leaves_before_the_commit_and_nothing_after_a_rollback(letters):
    with transaction.atomic():
        send()
        assert not letters()
    assert len(letters()) == 1
    with transaction.atomic():
        send()
        transaction.set_rollback(True)
    assert len(letters()) == 1


def test_a_dead_broker_stops_nobody(letters, monkeypatch):
    def refuse(*_args, **_options):
        raise OperationalError("the broker is gone")

    monkeypatch.undo()  # the tests' own silence of nudges
    monkeypatch.setattr(current_app, "send_task", refuse)
    with transaction.atomic():
        send()
    assert len(letters()) == 1


def test_a_dead_mail_server_is_no_error_for_who_asked(settings):
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    send()
    message = Message.objects.get()
    assert (message.state, message.reason) == ("queued", "temporary")


def test_several_recipients_get_a_letter_each(letters):
    send(to=["maya@example.org", "Jonas <jonas@example.org>"], bcc=["amy@example.org"])
    assert sorted(str(letter["To"]) for letter in letters()) == [
        "Jonas <jonas@example.org>",
        "amy@example.org",
        "maya@example.org",
    ]
    assert all(letter["Bcc"] is None for letter in letters())


def test_both_parts_the_sender_and_the_reply_address_are_kept(letters):
    email = EmailMultiAlternatives("Hello", "plain", "Care of Atelier <x@y.example>", ["maya@example.org"])
    email.attach_alternative("<p>rich</p>", "text/html")
    email.reply_to = ["Amy <amy@example.org>"]
    email.send()
    (letter,) = letters()
    assert str(letter["From"]) == "Care of Atelier <care@care.example>", "its name, our address"
    assert str(letter["Reply-To"]) == "amy@example.org"
    assert letter.get_body(("html",)).get_content().strip() == "<p>rich</p>"


def test_a_subject_over_several_lines_becomes_one():
    send(subject="Your\n code")
    assert Message.objects.get().subject == "Your code"


def test_what_cannot_be_sent_is_refused_loudly():
    with pytest.raises(NotImplementedError):
        EmailMessage("s", "t", to=["a@example.org"], attachments=[("a.txt", "x", "text/plain")]).send()


def test_nobody_to_write_to_is_nothing_to_do():
    assert send_mail("s", "t", None, []) == 0
    assert not Message.objects.exists()
