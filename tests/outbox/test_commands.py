"""The commands and the tasks: thin, and a contract."""

import json
from datetime import timedelta
from io import StringIO
from unittest.mock import Mock

import pytest
import time_machine
from billiard.exceptions import SoftTimeLimitExceeded
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import CommandError, SystemCheckError

from outbox import tasks
from outbox.channels.urls import channel, mailbox_folder
from outbox.models import Heartbeat, Install, Message
from outbox.services import quarantine
from tests.factories import a_builder, a_community, a_member, a_user
from tests.outbox.drafts import NOON, a_message, a_sign_of_life

pytestmark = pytest.mark.django_db


def run(name: str, *args: str) -> str:
    out = StringIO()
    call_command(name, *args, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_deliver_prints_one_object_on_its_last_line(settings):
    settings.TIME_TRAVEL = True
    a_message(a_member(a_community()))
    said = json.loads(run("deliver", "--now", NOON.isoformat(), "--json").splitlines()[-1])
    assert said == {"sent": 1, "failed": 0, "unknown": 0, "held": 0, "expired": 0, "cancelled": 0}
    assert Message.objects.get().sent_at == NOON


def test_travelling_in_time_is_not_taken_for_a_jump_of_the_clock(settings):
    settings.TIME_TRAVEL = True
    a_sign_of_life(NOON)
    for days in (10, 400, -3):
        run("deliver", "--now", (NOON + timedelta(days=days)).isoformat())
    assert not quarantine.is_quarantined()


def test_travelling_in_time_needs_to_be_allowed(settings):
    settings.TIME_TRAVEL = False
    with pytest.raises(CommandError, match="CARE_TIME_TRAVEL"):
        run("deliver", "--now", NOON.isoformat())


def test_deliver_without_a_time_notices_a_long_silence():
    with time_machine.travel(NOON, tick=False):
        a_sign_of_life(NOON - timedelta(days=2))
        a_message(a_member(a_community()))
        run("deliver")
    assert Install.objects.get().quarantine_reason == "gap"
    assert Message.objects.get().state == "queued"


def test_somebody_says_that_this_machine_may_send():
    quarantine.check_machine(NOON)
    Install.objects.update(quarantined_at=NOON, quarantine_reason="gap")
    user = a_builder(a_community(), role="owner", email="Amy@example.org")
    assert "goes on" in run("resume_sending", "--by", "amy@example.org")
    assert "had not been stopped" in run("resume_sending", "--by", user.email)
    with pytest.raises(CommandError, match="Nobody"):
        run("resume_sending", "--by", "x@example.org")


def test_each_task_may_run_twice():
    with time_machine.travel(NOON, tick=False):
        for task in (tasks.drain, tasks.drain):
            a_message(a_member(a_community()))
            task()
    assert Heartbeat.objects.get().at == NOON
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}


def test_a_worker_that_starts_after_a_long_silence_sends_nothing_whichever_task_comes_first():
    with time_machine.travel(NOON, tick=False):
        a_sign_of_life(NOON - timedelta(days=3))
        a_message(a_member(a_community()))
        tasks.drain()
    assert Message.objects.get().state == "queued"


def test_a_drain_ends_when_its_time_is_up_and_gives_back_what_it_did_not_try(monkeypatch):
    ticks = iter(range(0, 1000, 15))
    monkeypatch.setattr("outbox.services.delivery.monotonic", lambda: next(ticks))
    community = a_community()
    for _ in range(10):
        a_message(a_member(community))
    with time_machine.travel(NOON, tick=False):
        tasks.drain()
    left = Message.objects.filter(state="queued")
    assert 0 < left.count() < 10
    assert set(left.values_list("attempts", flat=True)) == {0}
    assert not Message.objects.filter(state="claimed").exists()


@pytest.mark.parametrize(
    "url", ["", "http://x", "smtp://", "maildir://relative/path", "sendmail:///x", "smtp://u:pa/ss@mail.example:587"]
)
def test_an_address_of_the_mail_server_that_cannot_be_is_told_before_anything_starts(settings, url):
    settings.EMAIL_URL = url
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL") as told:
        channel()
    assert "pa" not in str(told.value).replace("path", "").replace("password", "")
    with pytest.raises(SystemCheckError, match=r"care\.E004"):
        run("check")


def test_a_worker_that_cannot_deliver_shows_no_sign_of_life(settings):
    settings.EMAIL_URL = "smpt://mail.example"
    with pytest.raises(ImproperlyConfigured):
        tasks.drain()
    assert not Heartbeat.objects.exists()


def test_a_worker_that_a_mail_server_keeps_waiting_is_alive(monkeypatch):
    monkeypatch.setattr(tasks.delivery, "drain", Mock(side_effect=SoftTimeLimitExceeded))
    with time_machine.travel(NOON, tick=False):
        tasks.drain()
    assert Heartbeat.objects.get().at == NOON


@pytest.mark.parametrize(
    ("url", "host", "port", "user", "password"),
    [
        ("smtp://mail.example", "mail.example", 25, "", ""),
        ("smtp+tls://ana%40a.example:p%40ss@mail.example", "mail.example", 587, "ana@a.example", "p@ss"),
        ("smtps://mail.example:2465", "mail.example", 2465, "", ""),
    ],
)
def test_the_address_of_the_mail_server_says_all_there_is_to_know(settings, url, host, port, user, password):
    settings.EMAIL_URL = url
    found = channel()
    assert (found.host, found.port, found.user, found.password) == (host, port, user, password)
    assert mailbox_folder() is None


def test_nobody_who_only_knows_an_address_is_a_user():
    assert a_user().pk
