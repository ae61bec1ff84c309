"""A change of mind and a delivery at the same moment: whoever is first, both tell the same story."""

import threading
import time

import pytest
from django.db import connection

from members.models import Member
from members.privacy.erasing import erase_member
from members.services.members import set_status
from outbox.models import Message
from outbox.services import deliver, opt_out
from tests.factories import a_community, a_member
from tests.outbox.drafts import NOON, a_message

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 5
CHANGES = {
    "opting out": lambda member: opt_out(member, "birthday", source="one_click", now=NOON),
    "leaving": lambda member: set_status(member, "left", by=None, now=NOON),
    "dying": lambda member: set_status(member, "deceased", by=None, now=NOON),
    "erasing": lambda member: erase_member(member, by=None, now=NOON),
}


def in_a_thread(work) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


class Race:
    """Members who each have a letter ready, a worker that sends, and somebody who takes the members away meanwhile.

    `left_before` are the letters that had arrived when a change began, `late` those that had not even begun to leave
    when it was committed, and so must not.
    """

    def __init__(self, community, change, chance) -> None:
        self.change, self.chance = change, chance
        self.members = [a_member(community) for _ in range(AT_ONCE)]
        self.letters = {member.pk: a_message(member).pk for member in self.members}
        self.addresses = {self.letters[member.pk]: member.email for member in self.members}
        self.left_before: set[str] = set()
        self.late: set[str] = set()

    def run(self, server) -> None:
        start = threading.Barrier(2)

        def take_away() -> None:
            start.wait()
            for member in self.chance.sample(self.members, AT_ONCE):
                time.sleep(self.chance.random() / 100)
                address = member.email
                if address in server.recipients:
                    self.left_before.add(address)
                self.change(Member.objects.get(pk=member.pk))
                row = Message.objects.get(pk=self.letters[member.pk])
                if row.state not in ("sending", "sent"):
                    self.late.add(address)

        def send() -> None:
            start.wait()
            time.sleep(self.chance.random() / 100)
            deliver(NOON)

        for thread in (in_a_thread(take_away), in_a_thread(send)):
            thread.join()
        deliver(NOON)

    @property
    def told(self) -> dict[str, str]:
        """What the row of each letter tells, by the address it was for."""
        rows = Message.objects.filter(pk__in=self.addresses).values_list("pk", "state")
        return {self.addresses[pk]: state for pk, state in rows}


@pytest.mark.timeout(1_200)
@pytest.mark.proves(
    "R12",
    "A member opts out, leaves, dies or is erased while their letter is being sent",
    goal="no letter to anybody whose change was committed first; what had left is sent; the rows tell the same",
)
def test_what_a_change_was_in_time_for_does_not_arrive_and_what_it_missed_does(a_server, line):
    races = line.size("races", fast=40, long=1_000)
    server, community, first_to_act = a_server(), a_community(), 0
    for number in range(races // AT_ONCE):
        race = Race(community, list(CHANGES.values())[number % len(CHANGES)], line.chance)
        race.run(server)
        arrived = set(server.recipients)
        sent = {address for address, state in race.told.items() if state == "sent"}
        assert arrived & race.late == set(), "it had not begun to leave when the change was committed"
        assert race.left_before <= sent
        assert sent == arrived & set(race.told)
        assert set(race.told.values()) <= {"sent", "cancelled"}, race.told
        first_to_act += len(race.told) - len(sent)
    line.figures |= {"change was first": first_to_act, "letter was first": len(server.recipients)}
    assert len(server.recipients) == len(set(server.recipients)) == races - first_to_act
    assert 0 < first_to_act < races, "one of the two was always first: that was no race"
