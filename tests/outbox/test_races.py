"""A change of mind and a delivery at the same moment: whoever is first, both tell the same story."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from members.models import Member
from members.privacy.erasing import erase_member
from members.services.members import set_status
from outbox.models import Message
from outbox.services import claiming, deliver, delivery, opt_out
from tests.factories import a_community, a_member
from tests.outbox.drafts import NOON, a_message
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE, AHEAD = 5, ("change", "letter", "nobody")
CHANGES = {
    "opting out": lambda member: opt_out(member, "birthday", source="one_click", now=NOON),
    "leaving": lambda member: set_status(member, "left", by=None, now=NOON),
    "dying": lambda member: set_status(member, "deceased", by=None, now=NOON),
    "erasing": lambda member: erase_member(member, by=None, now=NOON),
}


@dataclass
class Moments:
    """When the claim that took a letter began, and the mark that let it go: before that nothing could have been read.

    They, and the moments after the commits of changes, are of one clock, since all happens in one process.
    """

    claimed: dict[UUID, float] = field(default_factory=dict)
    marked: dict[UUID, float] = field(default_factory=dict)


@pytest.fixture
def moments(monkeypatch):
    noted, claim, advance = Moments(), claiming.claim, delivery.advance

    def noting_claim(now, **options):
        began = time.monotonic()
        batch = claim(now, **options)
        noted.claimed |= {message.pk: began for message in batch}
        return batch

    def noting_advance(*, sent, start, now):
        began = time.monotonic()
        is_written, may_start = advance(sent=sent, start=start, now=now)
        if start and may_start:
            noted.marked[start.pk] = began
        return is_written, may_start

    monkeypatch.setattr(claiming, "claim", noting_claim)
    monkeypatch.setattr(delivery, "advance", noting_advance)
    return noted


class Race:
    """Members who each have a letter ready, a worker that sends, and somebody who takes the members away meanwhile.

    `ahead` is who has a start: the change, which is committed for two members before the worker begins; the letter, of
    which one has arrived before the first change begins; or nobody. `left_before` are the letters that had arrived when
    a change began, `committed` the moments at which the changes certainly were.
    """

    def __init__(self, community, change, chance, *, ahead) -> None:
        self.change, self.chance, self.ahead = change, chance, ahead
        self.members = [a_member(community) for _ in range(AT_ONCE)]
        self.letters = {member.pk: a_message(member).pk for member in self.members}
        self.addresses = {self.letters[member.pk]: member.email for member in self.members}
        self.left_before: set[str] = set()
        self.committed: dict[UUID, float] = {}

    def run(self, server) -> None:
        start, arrived_before = threading.Barrier(2, timeout=60), len(server.recipients)
        turns = [(member, self.chance.random() / 100) for member in self.chance.sample(self.members, AT_ONCE)]
        pause = self.chance.random() / 100

        def take_away() -> None:
            for number, (member, seconds) in enumerate(turns):
                if number == (2 if self.ahead == "change" else 0):
                    start.wait()
                while self.ahead == "letter" and len(server.recipients) == arrived_before:
                    time.sleep(0.001)
                time.sleep(seconds)
                if member.email in server.recipients:
                    self.left_before.add(member.email)
                self.change(Member.objects.get(pk=member.pk))
                self.committed[self.letters[member.pk]] = time.monotonic()

        def send() -> None:
            start.wait()
            time.sleep(pause)
            deliver(NOON)

        at_once(take_away, send)
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
def test_what_a_change_was_in_time_for_does_not_arrive_and_what_it_missed_does(a_server, moments, line):
    races = line.size("races", fast=60, long=1_020)
    server, community, first_to_act, not_claimed = a_server(), a_community(), Counter[str](), 0
    for number in range(races // AT_ONCE):
        name, change = list(CHANGES.items())[number % 4]
        race = Race(community, change, line.chance, ahead=AHEAD[number % 3])
        race.run(server)
        arrived = set(server.recipients)
        sent = {address for address, state in race.told.items() if state == "sent"}
        assert len(race.committed) == AT_ONCE
        for letter, committed in race.committed.items():
            assert moments.claimed.get(letter, 0) < committed, "it was claimed after the change"
            assert moments.marked.get(letter, 0) < committed, "it was let go after the change"
            assert letter in moments.marked or race.addresses[letter] not in arrived
            not_claimed += letter not in moments.claimed
        assert race.left_before <= sent
        assert sent == arrived & set(race.told)
        assert set(race.told.values()) <= {"sent", "cancelled"}, race.told
        first_to_act[name] += len(race.told) - len(sent)
    line.figures |= {
        "change was before the claim": not_claimed,
        "change was between claim and sending": first_to_act.total() - not_claimed,
        "letter was first": len(server.recipients),
    }
    assert len(server.recipients) == len(set(server.recipients)) == races - first_to_act.total()
    for name in CHANGES:
        assert 0 < first_to_act[name] < races / 4, f"{name}: one of the two was always first, that was no race"
