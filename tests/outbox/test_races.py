"""An opt-out and a delivery at the same moment: whoever is first, both tell the same story (RELIABILITY R12)."""

import random
import threading
import time

import pytest
from django.db import connection

from outbox.models import Message
from outbox.services import deliver, opt_out
from tests.factories import a_community, a_member
from tests.outbox.drafts import NOON, a_message

pytestmark = pytest.mark.django_db(transaction=True)


def in_a_thread(work) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.parametrize("seed", range(12))
def test_what_the_opt_out_took_back_does_not_arrive_and_what_it_missed_does(a_server, seed):
    server, chance = a_server(), random.Random(seed)
    community = a_community()
    members = [a_member(community) for _ in range(6)]
    for member in members:
        a_message(member)
    taken_back: dict[str, int] = {}
    start = threading.Barrier(2)

    def leave() -> None:
        start.wait()
        for member in chance.sample(members, len(members)):
            time.sleep(chance.random() / 200)
            taken_back[member.email] = opt_out(member, "birthday", source="one_click", now=NOON)

    def send() -> None:
        start.wait()
        time.sleep(chance.random() / 100)
        deliver(NOON)

    for thread in (in_a_thread(leave), in_a_thread(send)):
        thread.join()
    deliver(NOON)
    arrived = set(server.recipients)
    assert arrived == {email for email, number in taken_back.items() if number == 0}
    assert {row.to_email for row in Message.objects.filter(state="sent")} == arrived
    assert Message.objects.filter(state__in=["sent", "cancelled"]).count() == len(members)
