"""A mail server that is unwell in each way we know, and the state it leaves every letter in, over real connections."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from outbox.models import Attempt, Message
from outbox.services import deliver
from tests.factories import a_community, a_member
from tests.outbox.drafts import NOON, a_message

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
