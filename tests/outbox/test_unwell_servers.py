"""A mail server that is unwell in each way we know, and the state it leaves every letter in, over real connections."""

import socket
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from outbox.models import Attempt, Message
from outbox.services import beat, deliver, resume_channel
from outbox.services.heartbeat import PLANNER, WORKER
from tests.factories import a_builder, a_community, a_member
from tests.outbox.drafts import NOON, a_message, states
from tests.outbox.mailserver import WrongPassword, a_certificate_nobody_trusts

pytestmark = pytest.mark.django_db

LATER = ("queued", "temporary")
# Each letter of these waits until the server's time is over: several workers at once have them done sooner.
WAITS = pytest.mark.django_db(transaction=True)
AT_ONCE, FEW = 5, 4


@pytest.mark.timeout(600)
@pytest.mark.proves(
    "R8", "A mail server that is unwell", goal="every letter is in the state that the table of the test says"
)
@pytest.mark.parametrize(
    ("mode", "expected", "phase"),
    [
        ("accept", ("sent", ""), "done"),
        ("DOT slow 0.4", ("sent", ""), "done"),
        pytest.param("DOT slow 19", ("sent", ""), "done", marks=pytest.mark.long),
        pytest.param("BANNER hang", LATER, "greeting", marks=WAITS),
        ("BANNER 421 busy", LATER, "greeting"),
        ("BANNER 554 go away", LATER, "greeting"),
        pytest.param("MAIL hang", LATER, "mail", marks=WAITS),
        pytest.param("RCPT hang", LATER, "rcpt", marks=WAITS),
        pytest.param("DATA hang", LATER, "data", marks=WAITS),
        ("DATA cut off", LATER, "data"),
        pytest.param("DOT hang", ("unknown", "no_answer"), "dot", marks=WAITS),
        ("lost answer", ("unknown", "no_answer"), "dot"),
        ("DOT 354 what", ("unknown", "no_answer"), "dot"),
        ("MAIL 421 too many", LATER, "mail"),
        ("RCPT 421 too many", LATER, "rcpt"),
        ("RCPT 450 4.2.1 busy", LATER, "rcpt"),
        ("RCPT 451 4.7.1 greylisted", LATER, "rcpt"),
        ("RCPT 452 4.2.2 full", LATER, "rcpt"),
        ("DATA 451 4.3.0 trouble", LATER, "data"),
        ("DOT 451 4.3.0 trouble", LATER, "dot"),
        ("RCPT 550 5.1.1 no such user", ("failed", "no_mailbox"), "rcpt"),
        ("RCPT 550 5.7.1 spam", ("failed", "refused"), "rcpt"),
        ("RCPT 554 5.7.1 Client host [185.5.1.2] blocked", ("failed", "refused"), "rcpt"),
        ("DOT 552 5.3.4 too big", ("failed", "refused"), "dot"),
        ("DOT 554 5.7.1 spam", ("failed", "refused"), "dot"),
        ("DATA 554 5.5.1 no", ("failed", "refused"), "data"),
        ("MAIL 550 5.7.1 no", ("failed", "refused"), "mail"),
        ("MAIL 530 5.7.0 sign in first", ("queued", "configuration"), "mail"),
    ],
)
def test_each_illness_of_a_server_leaves_its_own_state(request, settings, a_server, mode, expected, phase, line):
    line.title = f"{line.title}: {mode}"
    # What is about the set-up holds all letters after the third; that has its own test.
    is_one = expected[1] == "configuration" or mode == "DOT slow 19"
    letters = line.size("letters", fast=1, long=1 if is_one else 100)
    if mode == "DOT slow 19":
        settings.EMAIL_TIMEOUT = 20  # as an install has it
    server, community = a_server(mode), a_community()
    # So long that the server hangs up before the last of it: a short one may be out of our hands by then.
    text = "And many more words.\n" * (200_000 if mode == "DATA cut off" else 1)
    messages = [a_message(a_member(community), text=text) for _ in range(letters)]
    is_slow = letters > 1 and WAITS.mark in request.node.iter_markers("django_db")
    counts = try_all(letters, workers=AT_ONCE if is_slow else 1)
    for message in messages:
        message.refresh_from_db()
        assert (message.state, message.reason) == expected
        assert Attempt.objects.get(message=message).phase == phase
        if expected == LATER:
            assert message.ready_at == NOON + timedelta(minutes=5)
    assert +counts == ({} if expected[0] == "queued" else {expected[0]: letters})
    assert len(server.letters) == (letters if mode == "lost answer" or expected[0] == "sent" else 0)
    line.figures[" ".join(expected).strip()] = letters


def try_all(letters, *, workers):
    """Deliver until each letter has been tried, by so many workers at once; the sum of what their runs did."""

    def work():
        counts = Counter()
        for _ in range(letters):  # where nobody can get in, a run stops after its first letter
            if not Message.objects.ready(NOON).exists():
                break
            counts.update(deliver(NOON, limit=None if workers == 1 else FEW).as_dict())
        return counts

    def work_and_leave(_number):
        try:
            return work()
        finally:
            connection.close()

    if workers == 1:
        return work()
    with ThreadPoolExecutor(workers) as pool:
        return sum(pool.map(work_and_leave, range(workers)), Counter())


@pytest.mark.proves(
    "R8",
    "A mail server that refuses connections",
    goal="each letter is tried again later; once it answers, all are sent, each once",
)
def test_letters_outlast_a_server_that_refuses_connections(settings, a_server, line):
    letters, community = line.size("letters", fast=4, long=100), a_community()
    for _ in range(letters):
        a_message(a_member(community))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings.EMAIL_URL = f"smtp://127.0.0.1:{taken.getsockname()[1]}"
        assert not +try_all(letters, workers=1)
    later = NOON + timedelta(minutes=5)
    assert set(Message.objects.values_list("state", "reason", "ready_at")) == {(*LATER, later)}
    assert set(Attempt.objects.values_list("phase", "outcome")) == {("connect", "later")}
    server = a_server()
    line.figures |= {"tries that were refused": Attempt.objects.count(), "sent once it answers": deliver(later).sent}
    assert states() == {"sent": letters}
    assert len(set(server.message_ids)) == len(server.letters) == letters


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
@pytest.mark.proves(
    "R8",
    "A mail server that does not let us in",
    goal="after the third try all letters are held and nobody knocks any more; the owner is told on Today and what it "
    "said on the page Sending; mended, all are sent, each once",
)
@pytest.mark.parametrize("why", ["wrong password", "a certificate nobody trusts", "no TLS", "no password"])
def test_a_server_that_does_not_let_us_in_pauses_all_after_three_and_the_owner_is_told(
    settings, tmp_path, a_server, line, why
):
    line.title = f"{line.title}: {why}"
    letters, community = line.size("letters", fast=4, long=100), a_community()
    owner = a_builder(community, role="owner")
    for _ in range(letters):
        a_message(a_member(community))
    server, said, phase = a_server_that_does_not_let_us_in(why, a_server, settings, tmp_path)
    for tried in (1, 2):
        deliver(NOON)
        assert (states(), told(owner, community)) == ({"queued": letters}, ""), f"tried {tried} times"
    assert deliver(NOON).held == letters
    assert set(Message.objects.values_list("state", "reason")) == {("held", "configuration")}
    knocks = list(Attempt.objects.values_list("phase", "outcome"))
    assert knocks == [(phase, "setup")] * 3
    is_told = said in told(owner, community)
    assert is_told
    at_the_door = server.commands.total()
    a_message(a_member(community))
    deliver(NOON + timedelta(minutes=1))
    assert server.commands.total() == at_the_door
    assert not server.letters
    line.figures |= {"knocks": len(knocks), "held": states()["held"], "the owner is told": is_told}

    server = a_server()
    assert resume_channel(by=owner) == letters + 1
    line.figures["sent once it is mended"] = deliver(NOON + timedelta(minutes=2)).sent
    assert states() == {"sent": letters + 1}
    assert len(set(server.message_ids)) == len(server.letters) == letters + 1
    assert told(owner, community) == ""


def a_server_that_does_not_let_us_in(why, a_server, settings, folder):
    """It, a word of what it says or what is said of it, and how far we come."""
    if why == "wrong password":
        server = a_server(authenticator=WrongPassword(), auth_required=True, auth_require_tls=False)
        settings.EMAIL_URL = server.url.replace("smtp://", "smtp://ana:wrong@")
        return server, "535", "login"
    if why == "no password":
        return a_server("MAIL 530 5.7.0 sign in first"), "sign in first", "mail"
    server = a_server(**({} if why == "no TLS" else {"tls_context": a_certificate_nobody_trusts(folder)}))
    settings.EMAIL_URL = server.url.replace("smtp://", "smtp+tls://ana:secret@")
    return server, "STARTTLS" if why == "no TLS" else "certificate", "tls"


def told(owner, community):
    """The page Sending when it says that the mail server does not let us in, and Today too; empty when neither does."""
    browser, sending = Client(), reverse("outbox:sending", args=[community.slug])
    with time_machine.travel(NOON, tick=False):
        for name in (WORKER, PLANNER):
            beat(name, now=NOON)
        browser.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
        today = browser.get(f"/c/{community.slug}/").content.decode()
        page = browser.get(sending).content.decode()
    words = "The mail server does not let us in"
    assert (words in today) == (words in page)
    assert words not in today or sending in today
    return page if words in page else ""


@pytest.mark.proves("R8", "One address that is refused among many", goal="every other letter is sent, each once")
@pytest.mark.parametrize(
    "mode",
    ["RCPT 450 4.2.1 busy", "RCPT 550 5.1.1 no", "DATA 554 no", "DOT 552 no", "DOT hang", "RCPT 421 x", "DATA hang"],
)
def test_one_bad_recipient_does_not_touch_the_others(a_server, line, mode):
    line.title = f"{line.title}: {mode}"
    letters, community = line.size("letters", fast=5, long=100), a_community()
    members = [a_member(community) for _ in range(letters)]
    bad = line.chance.choice(members[1:-1])
    server = a_server(mode, only=bad.email)
    for member in members:
        a_message(member)
    line.figures["sent"] = deliver(NOON).sent
    assert line.figures["sent"] == letters - 1
    assert sorted([*server.recipients, bad.email]) == sorted(member.email for member in members)
    assert Message.objects.get(member=bad).state != "sent"
