"""Worker and Beat stand still for more than a day: it is told, nothing is skipped, nothing goes out in one heap."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from attentions import tasks as planning
from attentions.models import Attention
from attentions.services import approval, rituals
from care.lib import clock
from outbox import tasks as sending
from outbox.models import Message
from outbox.services import resume_sending
from tests.factories import a_builder, a_community, a_member
from tests.faults.ticking import let_go, practise, tick

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]

STOPPED = datetime(2027, 3, 1, 6, 0, tzinfo=UTC)
IN_SIGHT_LATER = date(2027, 3, 16)


@pytest.mark.proves(
    "R7",
    "Worker and Beat stand still for 26 hours",
    goal="told within 5 minutes after hour 26; after the restart no birthday is skipped, and what is late asks again "
    "instead of leaving",
)
def test_a_silence_of_26_hours_is_told_and_made_up_for(line):
    members = line.size("birthdays", fast=8, long=300)
    community = a_community(minutes_per_day=500, sender_name="Ana", reply_to="ana@example.org")
    ana = a_builder(community, role="owner")
    ritual = rituals.ritual_for(community, "birthday")
    rituals.switch_on(ritual, by=None, now=STOPPED, effective_from=date(2027, 1, 1))
    for number in range(members):  # on the days of the silence, and on one that comes into sight during it
        a_member(community, birth_month=3, birth_day=(1, 2, 3, IN_SIGHT_LATER.day)[number % 4])
    browser = Client()
    with time_machine.travel(STOPPED, tick=False) as traveller:
        browser.force_login(ana, backend="django.contrib.auth.backends.ModelBackend")
        run_all()
        rows = list(Attention.objects.proposed().filter(due_on=date(2027, 3, 1)))
        approval.approve(rows, community=community, by=ana, now=STOPPED, undo=timedelta(0))
        approved = Message.objects.count()
        assert not Attention.objects.filter(due_on=IN_SIGHT_LATER).exists()
        traveller.move_to(STOPPED + timedelta(hours=25, minutes=59))
        assert "planner" not in browser.get("/healthz").json()["failing"]
        traveller.move_to(STOPPED + timedelta(hours=26, minutes=5))
        answer = browser.get("/healthz")
        assert (answer.status_code, answer.json()["failing"]) == (503, ["worker", "planner"])
        page = browser.get(f"/c/{community.slug}/").content.decode()
        assert "Sending stands still." in page
        assert "Planning stands still." in page

        run_all()
        assert browser.get("/healthz").json()["quarantine"] == "gap"
        assert Message.objects.filter(state="sent").count() == 0
        traveller.move_to(STOPPED + timedelta(hours=26, minutes=6))
        resume_sending(by=ana, now=STOPPED + timedelta(hours=26, minutes=6))
        run_all()
        assert browser.get("/healthz").status_code == 200
        left = Message.objects.filter(state="sent").count()
    assert left == 0, "what was late is read again first"
    assert 0 < approved == Attention.objects.filter(state="proposed", asks_again="late").count()
    assert Attention.objects.values("member").distinct().count() == Attention.objects.count() == members
    line.figures |= {"letters that were late": approved, "of them left by themselves": left, "planned": members}


@pytest.mark.proves(
    "R7",
    "A ritual that sends by itself, after a silence of 26 hours",
    goal="what was queued is held as late; all that came due meanwhile asks a person and none of it leaves by itself; "
    "approved, each leaves once; what comes due later leaves on its day",
)
@pytest.mark.parametrize("stopped", ["06:00", "07:45", "20:00"])  # before, between and after the approval and the hour
def test_a_ritual_that_sends_by_itself_asks_about_what_a_silence_made_late(line, stopped):
    line.title += f" from {stopped}"
    members = line.size("birthdays", fast=8, long=300)
    began = datetime.fromisoformat(f"2027-03-01T{stopped}+00:00")
    community = a_community(minutes_per_day=500, sender_name="Ana", reply_to="ana@example.org")
    ana = a_builder(community, role="owner")
    practise(community, "birthday", now=began - timedelta(days=5), starts=date(2027, 1, 1))
    for number in range(members):
        a_member(community, birth_month=3, birth_day=(1, 2, 3, IN_SIGHT_LATER.day)[number % 4])
    with time_machine.travel(began - timedelta(hours=12), tick=False) as traveller:
        for hours in (12, 11.5, 4, 0):
            traveller.move_to(began - timedelta(hours=hours))
            run_all()
            let_go(clock.now())
        left, queued = gone(), Message.objects.filter(state="queued").count()
        again = began + timedelta(hours=26, minutes=5)
        traveller.move_to(again)
        sending.drain()
        held = Message.objects.filter(state="held", reason="late").count()
        assert held == queued
        run_all()
        assert resume_sending(by=ana, now=again)
        for minutes in (6, 7, 60):
            traveller.move_to(began + timedelta(hours=26, minutes=minutes))
            run_all()
        missed = Attention.objects.filter(due_at__gt=began, due_at__lt=again)
        asking = list(missed.proposed())
        assert len(asking) == missed.count() > 0
        too_early = gone() - left
        assert too_early == 0
        now = clock.now()
        assert len(approval.approve(asking, community=community, by=ana, now=now, undo=timedelta(0)).approved) == len(
            asking
        )
        run_all()
        assert gone() == left + len(asking)
        traveller.move_to(datetime(2027, 3, 3, 8, 1, tzinfo=UTC))
        run_all()
        let_go(clock.now())
        on_their_day = gone() - left - len(asking)
    assert on_their_day == Attention.objects.filter(due_on=date(2027, 3, 3), state="approved").count() == members // 4
    origins = Message.objects.filter(state="sent").values_list("origin", flat=True)
    assert len(set(origins)) == len(origins)
    assert Attention.objects.values("member").distinct().count() == Attention.objects.count() == members
    line.figures |= {"queued and held": held, "ask a person": len(asking), "of them left by themselves": too_early}
    line.figures["left on their own day later"] = on_their_day


def test_what_a_clock_that_was_ahead_took_for_missed_leaves_by_itself_on_its_day():
    community = a_community(time_zone="UTC", sender_name="Ana", reply_to="ana@example.org")
    owner = a_builder(community, role="owner")
    practise(community, "birthday", now=STOPPED - timedelta(days=5), starts=date(2027, 1, 1))
    a_member(community, birth_month=3, birth_day=3)
    tick(STOPPED)
    tick(datetime(2027, 3, 3, 12, 0, tzinfo=UTC))
    assert Attention.objects.get().asks_again == "late"
    tick(STOPPED + timedelta(hours=1))
    assert Attention.objects.get().asks_again == ""
    assert resume_sending(by=owner, now=STOPPED + timedelta(hours=1))
    for hours in range(2, 60):
        tick(STOPPED + timedelta(hours=hours))
    assert Attention.objects.get().state == "done"


def gone() -> int:
    return Message.objects.filter(state="sent").count()


def run_all() -> None:
    """What Beat nudges, in any order that it may."""
    sending.drain()
    planning.plan()
    sending.drain()
