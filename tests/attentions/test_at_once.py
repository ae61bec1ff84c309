"""Planners, approvers and workers at the same time: nothing twice, nothing lost."""

import re
import threading
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from html import unescape

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from attentions import presenting
from attentions.models import Attention
from attentions.services import approval, rituals
from attentions.services.work import plan_everybody
from outbox.models import Message
from outbox.services import deliver
from tests.factories import a_builder, a_community, a_member
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

MORNING = datetime(2027, 3, 1, 6, 0, tzinfo=UTC)
NINE = datetime(2027, 3, 1, 8, 5, tzinfo=UTC)
MEMBERS = 60
MANY = 50
# SQLite is not fair to those who wait for it. There the web server (`up`) lets in eight at a time, and so does this.
AT_A_TIME = MANY if connection.vendor == "postgresql" else 8
DOOR = threading.BoundedSemaphore(AT_A_TIME)


@pytest.fixture
def community(settings, tmp_path):
    settings.EMAIL_URL = f"maildir://{tmp_path / 'mailbox'}"
    community = a_community(time_zone="Europe/Paris", minutes_per_day=500)
    rituals.switch_on(rituals.ritual_for(community, "birthday"), by=None, now=MORNING, effective_from=date(2027, 1, 1))
    for _number in range(MEMBERS):
        a_member(community, birth_month=3, birth_day=1)
    return community


class Turns:
    """Who comes to which attention when. A third is left to those who approve first, a third to those who skip.

    The rest is a race, and the only thing where all want the same. In a race some hesitate for up to 20 ms: those of
    one verb at one attention, those of the other at the next.
    """

    def __init__(self, rows, *, verbs, chance):
        self.pauses = {row.pk: (chance.choice(sorted(verbs)), chance.random() / 50) for row in rows}
        ahead = (*sorted(verbs), "") if len(verbs) > 1 else ("",)
        self.ahead = {row.pk: ahead[number % len(ahead)] for number, row in enumerate(rows)}
        self.settled = {row.pk: threading.Event() for row in rows}

    def of(self, verb, rows):
        """These rows for one person: those left to their like, the race, and what the others have settled by then."""
        order = (verb, "", *sorted(set(self.ahead.values()) - {verb, ""}))
        for row in sorted(rows, key=lambda row: order.index(self.ahead[row.pk])):
            if self.ahead[row.pk] not in (verb, ""):
                assert self.settled[row.pk].wait(timeout=300)
            hesitant, seconds = self.pauses[row.pk]
            if self.ahead[row.pk] == "" and hesitant == verb:
                time.sleep(seconds)
            yield row
            self.settled[row.pk].set()

    def raced(self, pks):
        """How many of these nobody was let to first."""
        return sum(self.ahead[pk] == "" for pk in pks)


def waiting(community, number):
    """So many attentions that a person could decide on."""
    plan_everybody(now=MORNING, community=community)
    return list(Attention.objects.proposed().select_related("member", "community", "ritual")[:number])


def test_two_planners_make_each_turn_once(community):
    at_once(*[lambda: plan_everybody(now=MORNING, community=community)] * 4)
    assert Attention.objects.count() == MEMBERS
    assert Attention.objects.values("member").distinct().count() == MEMBERS


@pytest.mark.timeout(600)
@pytest.mark.proves(
    "R13",
    "Many approve the same at once",
    goal="each attention has one winner and one message; every loser is told who was first",
)
def test_of_many_who_approve_the_same_at_once_one_wins_and_the_others_learn_who(community, line):
    approvers, items = line.size("approvers", fast=6, long=MANY), line.size("attentions", fast=40, long=40)
    line.sizes["let in at a time"] = AT_A_TIME
    rows = waiting(community, items)
    builders = {f"Builder {number}": a_builder(community, name=f"Builder {number}") for number in range(approvers)}
    won, told = {}, Counter()

    def approving(builder, turns):
        def job():
            for handful in turns:
                with DOOR:
                    result = approve(handful, community=community, by=builder)
                for pk in result.approved:
                    won.setdefault(pk, []).append(builder.name)
                for pk, words in result.refused.items():
                    told[pk, words] += 1

        return job

    at_once(*[approving(one, in_handfuls(line.chance.sample(rows, items), line.chance)) for one in builders.values()])
    assert sorted(won) == sorted(row.pk for row in rows)
    assert {len(winners) for winners in won.values()} == {1}
    assert told == {(pk, f"{names[0]} has approved this already."): approvers - 1 for pk, names in won.items()}
    assert dict(Attention.objects.filter(state="approved").values_list("pk", "approved_by__name")) == {
        pk: winners[0] for pk, winners in won.items()
    }
    assert sorted(Message.objects.values_list("origin", flat=True)) == sorted(f"attention:{row.pk}" for row in rows)
    line.figures |= {"won": len(won), "told who was first": sum(told.values())}


@pytest.mark.timeout(600)
@pytest.mark.proves(
    "R13",
    "One approves what another declines at the same moment",
    goal="each attention has one winner; a message where it was the approver, none where it was the other",
)
def test_of_a_yes_and_a_no_at_once_one_wins(community, line):
    items = line.size("attentions", fast=20, long=40)
    pairs = line.size("pairs of people", fast=1, long=MANY // 2)
    line.sizes["let in at a time"] = AT_A_TIME
    rows = waiting(community, items)
    approved, declined, told = [], [], []  # appended to, since adding up is not safe among threads

    def approving(builder, turns):
        def job():
            for row in turns:
                with DOOR:
                    result = approve([row], community=community, by=builder)
                approved.extend(result.approved)
                told.extend(result.refused.values())

        return job

    def declining(builder, turns):
        def job():
            for row in turns:
                with DOOR:
                    if approval.skip(Attention.objects.get(pk=row.pk), by=builder, reason=""):
                        declined.append(row.pk)

        return job

    jobs, turns = [], Turns(rows, verbs={"approve", "skip"}, chance=line.chance)
    for _pair in range(pairs):
        order = line.chance.sample(rows, len(rows))
        jobs.append(approving(a_builder(community), turns.of("approve", order)))
        jobs.append(declining(a_builder(community), turns.of("skip", order)))
    at_once(*jobs)
    assert Counter(approved + declined) == {row.pk: 1 for row in rows}
    assert set(Message.objects.values_list("origin", flat=True)) == {f"attention:{pk}" for pk in approved}
    for row in Attention.objects.filter(pk__in=[row.pk for row in rows]):
        assert row.state == ("approved" if row.pk in approved else "declined")
    assert len(told) == items * pairs - len(approved)
    assert all(
        re.fullmatch(r"Person \d+ has approved this already\.|This is settled already: .+\.", one) for one in told
    )
    line.figures |= {
        "approved": len(approved),
        "approved in the race": turns.raced(approved),
        "declined": len(declined),
        "declined in the race": turns.raced(declined),
    }
    assert approved
    assert declined


@dataclass(frozen=True)
class Answer:
    """What the page said to one person about one attention. `text` is all of it, without the markup."""

    verb: str
    who: str
    row: Attention
    is_fragment: bool
    status: int
    text: str

    def says(self, words: str) -> bool:
        before = " · " if self.is_fragment else f"{self.row.member.name}: "
        return f"{before}{words}" in self.text

    @property
    def is_done(self) -> bool:
        return self.says({"approve": "approved. It leaves ", "skip": "skipped."}[self.verb])

    def expected(self, winner: "Answer") -> str:
        """What somebody who was slower than the winner is to be told."""
        if winner.verb == "approve":
            return f"{winner.who} has approved this already."
        return "This is settled already: Skipped." if self.verb == "approve" else "this is settled already: Skipped."


def at_the_pages(people, rows, chance, turns):
    """All of these (name, verb) with a browser of their own, each going through all rows: the answers they got.

    Most have scripts, and get a fragment; the others are sent back to Today.
    """
    seen = {row.pk: presenting.item(row, team_member=row.community.team.first(), now=MORNING).digest for row in rows}
    answers, jobs = [], []

    def going_through(browser, who, verb, order, fragments):
        def job():
            for row in turns.of(verb, order):
                is_fragment = row.pk in fragments
                url = reverse(f"attentions:{verb}", args=[row.community.slug, row.pk])
                headers = {"HX-Request": "true"} if is_fragment else {}
                with DOOR:
                    response = browser.post(url, {"seen": seen[row.pk]}, headers=headers, follow=not is_fragment)
                text = " ".join(unescape(strip_tags(response.content.decode())).split())
                answers.append(Answer(verb, who, row, is_fragment, response.status_code, text))

        return job

    with time_machine.travel(MORNING, tick=False):
        for who, verb in people:
            browser, builder = Client(raise_request_exception=False), a_builder(rows[0].community, name=who)
            browser.force_login(builder, backend="django.contrib.auth.backends.ModelBackend")
            order = chance.sample(rows, len(rows))
            fragments = {row.pk for row in order if chance.random() < 0.9}
            jobs.append(going_through(browser, who, verb, order, fragments))
        at_once(*jobs)
    return answers


def errors_of(answers):
    """How many found a page that broke, which must be none, instead of an answer."""
    errors = [answer for answer in answers if answer.status not in (200, 409)]
    assert errors == []
    return len(errors)


def winners_of(answers, rows):
    """Who was first at each attention; every other answer must tell the slower one so."""
    winners = {answer.row.pk: answer for answer in answers if answer.is_done}
    assert len(winners) == sum(answer.is_done for answer in answers) == len(rows)
    for answer in answers:
        winner = winners[answer.row.pk]
        assert answer.status == (409 if answer.is_fragment and answer is not winner else 200)
        assert answer is winner or answer.says(answer.expected(winner)), answer
    return winners


@pytest.mark.timeout(1_200)
@pytest.mark.proves(
    "R13",
    "Many press Approve on the same at once, each in a browser",
    goal="each attention has one winner and one message; the page tells every loser who was first; no error",
)
def test_of_many_who_press_approve_at_once_one_wins_and_the_page_tells_the_others_who(community, line):
    approvers, items = line.size("approvers", fast=4, long=MANY), line.size("attentions", fast=3, long=40)
    line.sizes["let in at a time"] = AT_A_TIME
    a_builder(community)
    rows = waiting(community, items)
    turns = Turns(rows, verbs={"approve"}, chance=line.chance)
    answers = at_the_pages([(f"Builder {n}", "approve") for n in range(approvers)], rows, line.chance, turns)
    line.figures["errors"] = errors_of(answers)
    winners = winners_of(answers, rows)
    assert dict(Attention.objects.filter(state="approved").values_list("pk", "approved_by__name")) == {
        pk: answer.who for pk, answer in winners.items()
    }
    assert sorted(Message.objects.values_list("origin", flat=True)) == sorted(f"attention:{row.pk}" for row in rows)
    line.figures |= {"won": len(winners), "told who was first": len(answers) - len(winners)}


@pytest.mark.timeout(1_200)
@pytest.mark.proves(
    "R13",
    "Some press Approve and others Skip on the same at once, each in a browser",
    goal="each attention has one winner; a message where it was an approver, none where it was another; the page tells "
    "every loser what it has become; no error",
)
def test_of_those_who_press_approve_and_skip_at_once_one_wins_and_the_page_tells_the_others(community, line):
    pairs, items = line.size("pairs of people", fast=2, long=MANY // 2), line.size("attentions", fast=3, long=40)
    line.sizes["let in at a time"] = AT_A_TIME
    a_builder(community)
    rows = waiting(community, items)
    people = [(f"Builder {n} who would {verb}", verb) for n in range(pairs) for verb in ("approve", "skip")]
    turns = Turns(rows, verbs={"approve", "skip"}, chance=line.chance)
    answers = at_the_pages(people, rows, line.chance, turns)
    line.figures["errors"] = errors_of(answers)
    winners = winners_of(answers, rows)
    approved = {pk for pk, answer in winners.items() if answer.verb == "approve"}
    assert set(Message.objects.values_list("origin", flat=True)) == {f"attention:{pk}" for pk in approved}
    for row in Attention.objects.filter(pk__in=winners):
        assert row.state == ("approved" if row.pk in approved else "declined")
    line.figures |= {
        "approved": len(approved),
        "approved in the race": turns.raced(approved),
        "declined": len(winners) - len(approved),
        "declined in the race": turns.raced(set(winners) - approved),
    }
    assert 0 < len(approved) < len(winners)


def in_handfuls(rows, chance):
    """One after the other, as on Today, or several at once, as on the page that reads a batch."""
    handfuls = []
    while rows:
        number = chance.choice([1, 1, 1, 5, 15])
        handfuls.append(rows[:number])
        rows = rows[number:]
    return handfuls


def approve(rows, *, community, by):
    return approval.approve(rows, community=community, by=by, now=MORNING, undo=timedelta(0))


def test_planners_and_workers_at_once_lose_nothing_and_double_nothing(community, tmp_path):
    plan_everybody(now=MORNING, community=community)
    builder = a_builder(community)
    rows = list(Attention.objects.proposed())
    approval.approve(rows, community=community, by=builder, now=MORNING, undo=timedelta(0))
    plan, work = lambda: plan_everybody(now=NINE, community=community), lambda: deliver(NINE)
    at_once(plan, work, plan, work)
    plan_everybody(now=NINE, community=community)
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}
    assert set(Attention.objects.values_list("state", flat=True)) == {"done"}
    letters = [path.read_bytes() for path in (tmp_path / "mailbox").rglob("*") if path.is_file()]
    ids = [line for letter in letters for line in letter.splitlines() if line.lower().startswith(b"message-id")]
    assert len(ids) == len(set(ids)) == MEMBERS


def test_two_who_delete_the_last_two_wordings_at_once_leave_one(community):
    ritual = rituals.ritual_for(community, "birthday")
    words = {"language": "en", "subject": "Happy birthday", "body": "Have a lovely day, {first_name}."}
    second = rituals.save_wording(ritual, by=None, variant=2, **words)
    first = ritual.wordings.get(language="en", variant=1)
    refused = []

    def delete(row):
        try:
            rituals.delete_wording(row.pk, ritual=ritual, by=None)
        except ValidationError:
            refused.append(row)

    at_once(partial(delete, first), partial(delete, second))
    assert len(refused) == ritual.wordings.filter(language="en").count() == 1
