"""Workers as real processes: killed at named points (RELIABILITY R3, R3b, R4), and two at once."""

import json
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from outbox.models import Message
from outbox.services import deliver
from tests.factories import a_community, a_member
from tests.outbox.drafts import NOON, a_message, an_account_mail, states
from tests.outbox.worker import DIED

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def _host():
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.outbox.worker"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    process.stdin.close()
    assert process.wait(timeout=30) == 0


@pytest.fixture
def run_workers(_host, settings):
    """Runs one worker for each crash named (none: it lives) at the same time; their exit codes and counts."""

    def run(*crashes: str) -> list[tuple[int, dict[str, int] | None]]:
        wishes = [
            {
                "database": str(connection.settings_dict["NAME"]),
                "email_url": settings.EMAIL_URL,
                "var": str(settings.VAR),
                "now": NOON.isoformat(),
                "crash": crash,
            }
            for crash in crashes
        ]
        _host.stdin.write(json.dumps(wishes) + "\n")
        _host.stdin.flush()
        return json.loads(_host.stdout.readline())

    return run


# What is found at once, what the next worker makes of it, and how many letters the mail server has by then.
POINTS = {
    "before the claim is committed": ("queued", "sent", 1),
    "after the claim": ("claimed", "sent", 1),
    "before the text": ("sending", "unknown", 0),
    "after the dot": ("sending", "unknown", 1),
    "after the answer": ("sending", "unknown", 1),
    "after the outcome is committed": ("sent", "sent", 1),
}


@pytest.mark.proves(
    "R4",
    "Six named points of a crash",
    goal="each leaves the state that tells the truth: queued, claimed and queued again, unknown (three of them), sent; "
    "no letter accepted twice",
)
def test_each_crash_leaves_the_state_that_tells_the_truth(line, a_server, run_workers):
    """Six points, one message at a time: what is found at once, and what the next worker makes of it."""
    server, times = a_server(), line.size("times each", fast=1, long=50)
    community = a_community()
    for number in range(times):
        for point, (at_once, _later, _letters) in POINTS.items():
            message = a_message(a_member(community, preferred_name=f"{number} {point}"))
            assert run_workers(point) == [[DIED, None]], point
            message.refresh_from_db()
            assert message.state == at_once, point
            if at_once == "queued":
                deliver(NOON)
    time.sleep(0.2)  # the server may still be taking what was handed over
    deliver(NOON + timedelta(minutes=11))
    for point, (_at_once, later, letters) in POINTS.items():
        messages = Message.objects.filter(member__preferred_name__endswith=f" {point}")
        assert len(messages) == times, point
        for message in messages:
            assert message.state == later, point
            assert server.message_ids.count(message.message_id) == letters, point
    told = states()
    assert told == {"sent": 3 * times, "unknown": 3 * times}
    deliver(NOON + timedelta(hours=5))
    assert states() == told, "what is unknown stays so until a person has looked"
    line.figures |= {
        "crashes": sum(told.values()),
        **told,
        "repeats": len(server.message_ids) - len(set(server.message_ids)),
    }
    assert line.figures["repeats"] == 0, "nobody got anything twice"


def test_a_crash_loses_sight_of_one_letter_only(a_server, run_workers):
    """The outcome of a letter is committed with the mark of the next one."""
    server = a_server()
    community = a_community()
    for _ in range(3):
        a_message(a_member(community))
    run_workers("after the second answer")
    assert states() == {"sent": 1, "sending": 1, "claimed": 1}
    deliver(NOON + timedelta(minutes=11))
    assert states() == {"sent": 2, "unknown": 1}
    assert len(set(server.message_ids)) == len(server.message_ids) == 3


def test_account_mail_arrives_whatever_crashes(a_server, run_workers):
    server = a_server()
    message = an_account_mail()
    run_workers("after the answer")
    deliver(NOON + timedelta(minutes=11))
    message.refresh_from_db()
    assert message.state == "sent"
    assert server.message_ids == [message.message_id] * 2, "twice, and known as the same"


def test_two_workers_at_once_send_everything_once(a_server, run_workers):
    server = a_server()
    community = a_community()
    members = [a_member(community) for _ in range(40)]
    for number in range(200):
        a_message(members[number % 40], origin=f"test:{number}")
    counts = [count for _code, count in run_workers("", "")]
    assert sum(count["sent"] for count in counts) == 200
    assert states() == {"sent": 200}
    assert len(server.message_ids) == len(set(server.message_ids)) == 200
    assert all(count["sent"] for count in counts), "both had something to do"
