"""What must be true of the data: each way to break it is found, by name."""

import json
from contextlib import contextmanager
from datetime import date, timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection

from attentions.models import Attention, Ritual
from attentions.services import approval, rituals
from attentions.services.work import plan_everybody
from care.invariants import check_all
from care.lib import clock
from care.lib.ids import uuid7
from members import audit
from members.models import Member
from outbox.models import Message
from outbox.services import beat
from outbox.services.heartbeat import PLANNER
from tests.factories import a_builder, a_community, a_member
from tests.outbox.drafts import a_message

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return clock.now()


@pytest.fixture
def member():
    return a_member(a_community())


@pytest.fixture
def greeting(member, now):
    return a_message(member, now=now, due_at=now, expires_at=now + timedelta(days=1))


@pytest.fixture
def ritual(member):
    return Ritual.objects.create(community=member.community, kind="birthday")


def an_attention(subject: Member, now, **fields) -> Attention:
    return Attention.objects.create(
        **{
            "community": subject.community,
            "member": subject,
            "kind": "birthday",
            "cycle": "birthday:2027",
            "due_on": now.date(),
            "due_at": now,
            "expires_at": now + timedelta(days=3),
            "created_at": now,
            "proposed_at": now,
            **fields,
        }
    )


def broken(now) -> dict[str, list[str]]:
    return {one.name: one.ids for one in check_all(now)}


@contextmanager
def without_constraint(table: str, name: str):
    """The database as it would be if a constraint were missing; the end of the test takes it back."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS {name}')
            yield
        else:
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            yield
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


def test_nothing_is_broken_in_an_empty_install(now):
    assert broken(now) == {}


def test_nothing_is_broken_after_a_note_was_approved(now):
    community = a_community(sender_name="Ana", reply_to="ana@example.org")
    a_member(community, birth_month=now.month, birth_day=now.day, joined_on=date(2020, 5, 4))
    ritual = rituals.ritual_for(community, "birthday")
    rituals.switch_on(ritual, by=None, now=now, effective_from=now.date() - timedelta(days=2))
    plan_everybody(now=now)
    attentions = list(Attention.objects.all())
    assert attentions
    approval.approve(attentions, community=community, by=a_builder(community), now=now)
    assert Message.objects.exists()
    assert broken(now) == {}
    assert broken(now + timedelta(minutes=6)) == {}


def test_i1_two_live_messages_for_one_attention(greeting, now):
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX message_one_live_per_origin")
    Message.objects.filter(pk=greeting.pk).update(origin="rehearsal:1")
    twin = a_message(greeting.member, now=now, due_at=now + timedelta(days=1), expires_at=now + timedelta(days=2))
    Message.objects.filter(pk=twin.pk).update(origin="rehearsal:1")
    assert broken(now) == {"I1": [str(twin.pk)]}
    Message.objects.filter(pk=twin.pk).update(state="cancelled")
    assert broken(now) == {}


def test_i2_one_turn_taken_twice(member, ritual, now):
    for_all = {"ritual": ritual, "member": None, "cycle": "month:2027-03"}
    an_attention(member, now, **for_all)
    an_attention(member, now, **{**for_all, "cycle": "month:2027-04"})
    assert broken(now) == {}
    second = an_attention(member, now, **for_all)  # the database allows this one: in SQL two NULLs differ
    assert broken(now) == {"I2": [str(second.pk)]}


def test_i3_sent_without_a_date(greeting, now):
    with without_constraint("outbox_message", "message_sent_at_iff_sent"):
        Message.objects.filter(pk=greeting.pk).update(state="sent")
    assert broken(now) == {"I3": [str(greeting.pk)]}


def test_i4_on_its_way_for_too_long(greeting, now):
    claimed = {"state": "claimed", "claim": uuid4()}
    Message.objects.filter(pk=greeting.pk).update(claimed_at=now - timedelta(minutes=9), **claimed)
    assert broken(now) == {}
    Message.objects.filter(pk=greeting.pk).update(claimed_at=now - timedelta(minutes=16))
    assert broken(now) == {"I4": [str(greeting.pk)]}


def test_i5_waiting_in_vain(greeting, now):
    Message.objects.filter(pk=greeting.pk).update(expires_at=now - timedelta(minutes=6))
    assert broken(now) == {"I5": [str(greeting.pk)]}


def test_i6_reaching_into_another_community(greeting, now):
    elsewhere = a_community()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SELECT conname FROM pg_constraint WHERE conname LIKE 'same_community_%%'")
            for (name,) in cursor.fetchall():
                for table in ("outbox_message", "members_member"):
                    cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS {name}')
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'same_community_%%'")
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
    Message.objects.filter(pk=greeting.pk).update(community=elsewhere)
    assert broken(now) == {"I6": [str(greeting.pk)]}


@pytest.mark.parametrize("change", [{"status": "left"}, {"status": "deceased"}, {"reachable": "bounced"}])
def test_i7_open_for_somebody_who_cannot_be_written_to(greeting, now, change):
    later = now + timedelta(minutes=6)
    Member.objects.filter(pk=greeting.member_id).update(**change)
    assert broken(later) == {"I7": [str(greeting.pk)]}
    Message.objects.filter(pk=greeting.pk).update(state="cancelled", reason="member_left")
    assert broken(later) == {}


def test_i8_an_approved_note_without_a_message(member, ritual, now):
    attention = an_attention(member, now, ritual=ritual, state="approved", approved_at=now)
    assert broken(now) == {"I8": [str(attention.pk)]}
    message = a_message(member, now=now, origin=f"attention:{attention.pk}", due_at=now)
    assert message.community_id == attention.community_id
    later = now + timedelta(minutes=6)
    Message.objects.filter(pk=message.pk).update(expires_at=later + timedelta(days=1))
    assert broken(later) == {}
    Message.objects.filter(pk=message.pk).update(state="cancelled")
    assert broken(later) == {}  # the next planning withdraws it; nothing has vanished


def test_i8_a_message_whose_attention_is_not_approved(member, ritual, now):
    attention = an_attention(member, now, ritual=ritual, state="declined")
    expires_at = now + timedelta(days=1)
    message = a_message(member, now=now, origin=f"attention:{attention.pk}", due_at=now, expires_at=expires_at)
    assert broken(now + timedelta(minutes=6)) == {"I8": [str(message.pk)]}


def test_i9_a_silent_planner(now):
    beat(PLANNER, now=now - timedelta(hours=27))
    assert broken(now) == {"I9": ["planner"]}


def test_i10_a_forged_audit(member, now):
    line = audit.record(member.community, actor=None, verb="member.changed")
    assert broken(now) == {}
    line.pk, line.seq, line.hash = uuid7(), 2, "0" * 64
    line.save(force_insert=True)
    assert broken(now) == {"I10": [str(member.community_id)]}


def test_the_command_names_what_is_broken_and_fails(greeting, now):
    Message.objects.filter(pk=greeting.pk).update(expires_at=now - timedelta(minutes=6))
    out = StringIO()
    with pytest.raises(SystemExit) as exit:
        call_command("check_invariants", stdout=out)
    assert exit.value.code == 1
    assert out.getvalue().startswith("I5 is broken by 1: No message waits")
    assert str(greeting.pk) in out.getvalue()


def test_the_command_answers_in_json(greeting, now):
    out = StringIO()
    call_command("check_invariants", "--json", stdout=out)
    assert json.loads(out.getvalue().splitlines()[-1]) == {"checked": 10, "broken": []}
    Message.objects.filter(pk=greeting.pk).update(expires_at=now - timedelta(minutes=6))
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("check_invariants", "--json", stdout=out)
    (one,) = json.loads(out.getvalue().splitlines()[-1])["broken"]
    assert (one["name"], one["count"], one["ids"]) == ("I5", 1, [str(greeting.pk)])


def test_it_shows_a_few_ids_and_counts_them_all(member, now):
    for day in range(7):
        due_at = now - timedelta(days=day + 1)
        a_message(member, now=due_at, due_at=due_at, expires_at=due_at + timedelta(hours=1))
    (one,) = check_all(now)
    assert (one.name, one.count, len(one.ids)) == ("I5", 7, 5)


def test_all_of_it_is_a_fixed_number_of_questions(member, now, django_assert_max_num_queries):
    for _number in range(20):
        a_message(a_member(member.community), now=now, due_at=now, expires_at=now + timedelta(days=1))
    with django_assert_max_num_queries(25):
        check_all(now)
