"""`tick` and housekeeping: what Beat's nudges do, without Beat."""

from datetime import date, timedelta
from io import StringIO

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.core.management import CommandError, call_command
from django.db import connection

from attentions.models import Attention, PlannerCursor
from attentions.planning.run import Counts
from attentions.services.rituals import ritual_for, switch_on
from attentions.services.work import plan_everybody
from care import housekeeping, tasks
from care.lib import clock, nudge, sizes
from care.tasks import keep_house, members_changed
from members.models import Member, MemberImport
from members.privacy import retention
from members.privacy.erasing import erase_member
from members.services.members import create_member, set_status
from outbox.models import Heartbeat, Message
from outbox.services.heartbeat import PLANNER, WORKER
from tests.factories import a_builder, a_community, a_member
from tests.outbox.drafts import a_message

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.VAR = tmp_path
    settings.EMAIL_URL = f"maildir://{tmp_path / 'mailbox'}"


@pytest.fixture
def now():
    return clock.now()


def tick(*words) -> str:
    out = StringIO()
    call_command("tick", *words, stdout=out)
    return out.getvalue()


def test_it_sends_what_is_due_and_shows_signs_of_life(now):
    community = a_community(sender_name="Ana", reply_to="ana@example.org")
    a_message(a_member(community), now=now - timedelta(hours=1), due_at=now, expires_at=now + timedelta(days=1))
    assert "sent 1" in tick()
    assert Message.objects.get().state == "sent"
    assert set(Heartbeat.objects.values_list("name", flat=True)) == {WORKER, PLANNER}


def test_it_prints_one_line(now):
    assert tick().count("\n") == 1


def test_a_planning_that_fails_does_not_keep_letters(now, monkeypatch):
    def plan(**_kwargs):
        raise RuntimeError

    monkeypatch.setattr("care.management.commands.tick.plan_everybody", plan)
    a_message(a_member(a_community()), now=now - timedelta(hours=1), due_at=now, expires_at=now + timedelta(days=1))
    with pytest.raises(ExceptionGroup):
        tick()
    assert Message.objects.get().state == "sent"
    assert [beat.name for beat in Heartbeat.objects.all()] == [WORKER]


def test_it_keeps_house_once_an_hour(now):
    assert "housekeeping" in tick()
    assert "housekeeping" not in tick()
    with time_machine.travel(now + timedelta(minutes=61)):
        assert "housekeeping" in tick()


def test_a_second_one_does_nothing_again(now):
    a_message(a_member(a_community()), now=now - timedelta(hours=1), due_at=now, expires_at=now + timedelta(days=1))
    tick()
    assert "sent 0" in tick()


def test_it_travels_in_time_only_where_that_is_allowed(now, settings):
    settings.TIME_TRAVEL = False
    with pytest.raises(CommandError):
        tick("--now", "2027-03-01T08:00Z")
    settings.TIME_TRAVEL = True
    tick("--now", "2027-03-01T08:00Z")
    assert Heartbeat.objects.get(name=PLANNER).at.isoformat() == "2027-03-01T08:00:00+00:00"


def test_travelling_does_not_stop_sending(settings):
    settings.TIME_TRAVEL = True
    for instant in ("2027-03-01T08:00Z", "2027-03-09T08:00Z", "2027-03-02T08:00Z"):
        tick("--now", instant)
    call_command("tick", "--now", "2027-03-02T08:00Z", stderr=(said := StringIO()), stdout=StringIO())
    assert said.getvalue() == ""


def test_housekeeping_twice_changes_nothing_more(now):
    first = housekeeping.run(now)
    assert housekeeping.run(now) == {**first, "cache.expired": 0}


def test_it_throws_away_what_has_run_out(now):
    community = a_community()
    Session.objects.create(session_key="old", session_data="", expire_date=now - timedelta(hours=1))
    Session.objects.create(session_key="new", session_data="", expire_date=now + timedelta(hours=1))
    MemberImport.objects.create(
        community=community,
        by=a_builder(community),
        filename="members.csv",
        content=b"name\nMaya\n",
        created_at=now - timedelta(hours=25),
    )
    housekeeping.run(now)
    assert list(Session.objects.values_list("session_key", flat=True)) == ["new"]
    assert MemberImport.objects.get().content is None


def test_it_clears_the_shared_cache(now, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}
    cache = caches["default"]
    cache.clear()  # no flush between tests empties this table
    cache.set("old", 1, timeout=5)
    cache.set("new", 2, timeout=3600)
    assert housekeeping.clear_cache(now + timedelta(minutes=1)) == 1
    assert (cache.get("old"), cache.get("new")) == (None, 2)
    assert housekeeping.clear_cache(now + timedelta(minutes=1)) == 0


def test_it_logs_what_is_broken(now, caplog):
    message = a_message(a_member(a_community()), now=now, due_at=now, expires_at=now + timedelta(days=1))
    Message.objects.filter(pk=message.pk).update(expires_at=now - timedelta(hours=1))
    assert housekeeping.run(now)["invariants.broken"] == 1
    (record,) = [record for record in caplog.records if "invariant.broken" in str(record.msg)]
    assert record.levelname == "ERROR"
    assert str(message.pk) in str(record.msg)


def test_what_fails_leaves_the_rest_its_turn(now, monkeypatch, caplog):
    gone = {"status": "left", "left_on": (now - timedelta(days=900)).date(), "known_from": date(2020, 1, 1)}
    members = [a_member(a_community(), **gone) for _member in range(3)]
    Member.objects.update(updated_at=now - timedelta(days=60))

    def erase_all_but_one(member, **how):
        if member == members[0]:
            raise RuntimeError("It holds on to something.")
        return erase_member(member, **how)

    monkeypatch.setattr(retention, "erase_member", erase_all_but_one)
    with pytest.raises(ExceptionGroup, match="Some of the housekeeping failed"):
        housekeeping.run(now)
    assert sorted(Member.objects.values_list("status", flat=True)) == ["erased", "erased", "left"]
    assert caches["default"].get(housekeeping.BROKEN_INVARIANTS) == 0  # the last of all, and looked at
    assert [record.msg["event"] for record in caplog.records if record.levelname == "ERROR"] == [
        "erasing.failed", "forgetting.failed", "housekeeping.failed",
    ]  # fmt: skip


def test_the_nudge_does_the_same(now):
    keep_house()
    assert caches["default"].get(housekeeping.BROKEN_INVARIANTS) == 0


@pytest.mark.parametrize("job", [housekeeping.run, lambda now: plan_everybody(now=now)])
def test_sqlite_looks_again_at_a_table_that_has_doubled(job, now, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(sizes, "FEW", 0)
    community = a_community()
    if connection.vendor != "sqlite":
        with django_assert_num_queries(0):  # it does so by itself
            sizes.learn_sizes()
        return
    known = []
    for new in (3, 2, 2):
        for _number in range(new):
            a_member(community)
        job(now)
        with connection.cursor() as cursor:
            cursor.execute("SELECT max(CAST(stat AS integer)) FROM sqlite_stat1 WHERE tbl = 'members_member'")
            known += cursor.fetchone()
    assert known == [3, 3, 7]


def test_who_was_added_is_on_today_within_moments(now, monkeypatch, django_capture_on_commit_callbacks):
    nudges = []
    monkeypatch.setattr("care.lib.nudge._send", lambda task, *where: nudges.append((task, *where)))
    community = a_community()
    switch_on(ritual_for(community, "welcome"), by=None, now=now - timedelta(days=30))
    with django_capture_on_commit_callbacks(execute=True):
        maya = create_member(community, by=None, now=now, name="Maya Okafor", joined_on=now.date())
    assert nudges == [(members_changed.name, str(community.pk))]
    for _twice in range(2):
        members_changed(str(community.pk))
    assert Attention.objects.get().member == maya
    with django_capture_on_commit_callbacks(execute=True):
        set_status(maya, "left", by=None, now=now)
    with time_machine.travel(clock.now() + 2 * nudge.GATHERING):
        members_changed(nudges[-1][1])
    assert Attention.objects.get().state == "withdrawn"
    members_changed(str(maya.pk))  # a community that is no more


def test_one_planning_serves_all_changes_that_came_before_it(now, monkeypatch):
    community, planned = a_community(), []
    switch_on(ritual_for(community, "welcome"), by=None, now=now - timedelta(days=30))
    monkeypatch.setattr(
        tasks, "plan_everybody", lambda **given: planned.append(given["now"]) or plan_everybody(**given)
    )
    with time_machine.travel(now, tick=False) as traveller:
        for _second in range(10):
            for _nudge in range(5):
                members_changed(str(community.pk))
            traveller.shift(timedelta(seconds=1))
    assert [(at - now).total_seconds() for at in planned] == [0, 3, 6, 9]  # more than GATHERING apart


def test_a_nudge_that_comes_late_knows_of_a_planning_since_it_was_sent(now, monkeypatch):
    community, planned = a_community(), []
    for kind in ("welcome", "birthday"):
        switch_on(ritual_for(community, kind), by=None, now=now - timedelta(days=30))

    def plan(**given):
        planned.append(given["now"])
        return Counts(), 0.0

    monkeypatch.setattr(tasks, "plan_everybody", plan)
    plan_everybody(now=now + timedelta(seconds=1), community=community)

    def arrive(sent):
        members_changed.push_request(eta=(sent + nudge.GATHERING).isoformat())
        members_changed(str(community.pk))
        members_changed.pop_request()

    with time_machine.travel(now + timedelta(minutes=1), tick=False):
        arrive(now)
        assert planned == []
        arrive(now + timedelta(seconds=2))
        assert len(planned) == 1
        PlannerCursor.objects.filter(ritual__kind="birthday").update(at=now - timedelta(days=1))  # it failed there
        arrive(now)
        assert len(planned) == 2
        PlannerCursor.objects.update(at=now + timedelta(days=1))  # a clock that had jumped
        arrive(now)
        assert len(planned) == 3


def test_a_nudge_about_members_waits_until_others_have_gathered(real_send, monkeypatch):
    sent = []
    monkeypatch.setattr(nudge.current_app, "send_task", lambda task, **how: sent.append((task, how["countdown"])))
    real_send(nudge.MEMBERS_CHANGED, "a community")
    real_send("outbox.drain")
    assert sent == [(nudge.MEMBERS_CHANGED, nudge.GATHERING.total_seconds()), ("outbox.drain", None)]
