"""Putting messages into the outbox, each greeting on a day of its own."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from care.lib.days import local_day
from outbox.models import Message
from outbox.services import NoAddress, OriginTaken, cancel, enqueue_many, opt_out
from outbox.services.enqueue import digest
from tests.factories import a_community, a_member
from tests.outbox.drafts import NOON, a_draft, a_message, an_account_mail

pytestmark = pytest.mark.django_db

TODAY = NOON.date()


def a_greeting(member, **fields) -> Message:
    return a_message(member, **{"takes_a_day": True, "priority": 50, **fields})


def test_it_keeps_what_was_approved_and_names_it_for_ever():
    message = a_message(a_member(a_community(name="Atelier")))
    assert message.message_id == f"<d.{message.pk.hex}@care.example>"
    assert message.content_sha256 == digest(message)
    assert (message.state, message.ready_at) == ("queued", NOON)
    assert message.from_name == "Ana Lindqvist (via Atelier)"


def test_a_greeting_takes_its_day():
    message = a_greeting(a_member(a_community()))
    assert (message.local_day, message.due_at) == (TODAY, NOON)


def test_the_second_greeting_of_a_day_goes_out_the_next_day_at_the_same_hour():
    member = a_member(a_community(time_zone="Europe/Paris"))
    a_greeting(member)
    second = a_greeting(member)
    assert second.local_day == TODAY + timedelta(days=1)
    assert second.due_at == NOON + timedelta(days=1)
    assert second.ready_at == second.due_at
    assert second.expires_at == NOON + timedelta(days=4), "it has as long as before"
    assert second.reason == "cap"


def test_the_same_hour_stays_the_same_hour_over_a_change_of_clocks():
    member = a_member(a_community(time_zone="Europe/Paris"))
    saturday = datetime(2027, 3, 27, 8, tzinfo=UTC)  # 9 o'clock; on Sunday the clocks go forward
    a_greeting(member, due_at=saturday)
    assert a_greeting(member, due_at=saturday).due_at == datetime(2027, 3, 28, 7, tzinfo=UTC)


def test_a_birthday_pushes_a_waiting_note_to_the_next_day():
    member = a_member(a_community())
    note = a_greeting(member)
    birthday = a_greeting(member, priority=10)
    note.refresh_from_db()
    assert (birthday.local_day, note.local_day) == (TODAY, TODAY + timedelta(days=1))
    assert note.due_at == NOON + timedelta(days=1)


def test_a_birthday_pushes_a_whole_row_of_notes():
    member = a_member(a_community(weekly_cap=7))
    notes = [a_greeting(member, due_at=NOON + timedelta(days=number)) for number in range(3)]
    a_greeting(member, priority=10)
    assert [Message.objects.get(pk=note.pk).local_day for note in notes] == [
        TODAY + timedelta(days=number) for number in (1, 2, 3)
    ]


def test_nothing_pushes_what_is_being_sent():
    member = a_member(a_community())
    note = a_greeting(member)
    Message.objects.filter(pk=note.pk).update(state="claimed", claim=note.pk, claimed_at=NOON)
    assert a_greeting(member, priority=10).local_day == TODAY + timedelta(days=1)


def test_the_weekly_cap_is_that_of_the_community():
    member = a_member(a_community(weekly_cap=2))
    days = [a_greeting(member).local_day for _ in range(4)]
    assert [(day - TODAY).days for day in days] == [0, 1, 7, 8]


def test_a_day_given_back_is_free_again():
    member = a_member(a_community())
    cancel(a_greeting(member), reason="undone")
    assert a_greeting(member).local_day == TODAY


def test_each_member_has_days_of_their_own():
    community = a_community()
    assert {a_greeting(a_member(community)).local_day for _ in range(3)} == {TODAY}


def test_the_day_is_the_members_own():
    member = a_member(a_community(time_zone="UTC"), time_zone="Pacific/Auckland")
    evening = datetime(2027, 3, 1, 20, tzinfo=UTC)  # Tuesday morning in Auckland
    assert a_greeting(member, due_at=evening).local_day == date(2027, 3, 2)


def test_a_late_greeting_takes_the_day_it_is_told():
    message = a_greeting(a_member(a_community()), due_at=NOON - timedelta(days=1), local_day=TODAY)
    assert (message.local_day, message.due_at) == (TODAY, NOON - timedelta(days=1))


def test_what_asks_twice_is_refused_by_name():
    member = a_member(a_community())
    a_message(member, origin="attention:1")
    with pytest.raises(OriginTaken) as refusal:
        a_message(member, origin="attention:1")
    assert refusal.value.origins == ["attention:1"]
    assert Message.objects.count() == 1


def test_what_was_taken_back_may_ask_again():
    member = a_member(a_community())
    cancel(a_message(member, origin="attention:1"), reason="undone")
    a_message(member, origin="attention:1")
    assert Message.objects.count() == 2


def test_all_or_none():
    member = a_member(a_community())
    with pytest.raises(OriginTaken):
        enqueue_many([a_draft(member, origin="a"), a_draft(member, origin="a")], now=NOON)
    with pytest.raises(NoAddress):
        enqueue_many([a_draft(member), a_draft(member, to_email="")], now=NOON)
    assert not Message.objects.exists()


def test_a_greeting_without_a_member_is_refused_by_the_database():
    with pytest.raises(IntegrityError):
        an_account_mail(message_class="greeting")


def test_it_looks_again_when_another_process_took_the_day(monkeypatch):
    """The plan is made on what was read; the constraint has the last word, and then it is made again."""
    member = a_member(a_community())
    a_greeting(member)
    look, seen = Message.objects.__class__.taking_days, []

    def blind_once(manager, first, *, members):
        seen.append(first)
        rows = look(manager, first, members=members)
        return rows.none() if len(seen) == 1 else rows

    monkeypatch.setattr(Message.objects.__class__, "taking_days", blind_once)
    assert a_greeting(member).local_day == TODAY + timedelta(days=1)
    assert len(seen) == 2


def test_any_number_of_messages_takes_the_same_number_of_queries(django_assert_num_queries):
    community = a_community()
    for members in ([a_member(community) for _ in range(2)], [a_member(community) for _ in range(25)]):
        notes = [a_draft(member, takes_a_day=True, priority=50) for member in members]
        birthdays = [a_draft(member, takes_a_day=True, priority=10) for member in members]
        with django_assert_num_queries(6):  # two savepoints made and released, one query reads, one writes
            enqueue_many(notes, now=NOON)
        with django_assert_num_queries(8):  # and two move what must go
            enqueue_many(birthdays, now=NOON)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    asked=st.lists(
        st.tuples(st.sampled_from([10, 50]), st.integers(0, 10), st.sampled_from(["Europe/Paris", "Pacific/Apia"])),
        min_size=1,
        max_size=8,
    ),
    cap=st.integers(1, 4),
)
def test_however_they_come_none_is_lost_and_no_day_is_shared(asked, cap):
    community = a_community(weekly_cap=cap)
    member = a_member(community, time_zone=asked[0][2])
    for priority, offset, _zone in asked:
        a_greeting(member, priority=priority, due_at=NOON + timedelta(days=offset))
    rows = list(Message.objects.filter(member=member))
    assert len({row.local_day for row in rows}) == len(rows) == len(asked)
    assert all(row.local_day == local_day(row.due_at, member.zone) for row in rows)
    assert all(row.state == "queued" and row.expires_at > row.due_at for row in rows)


def test_taking_back_says_whether_it_did():
    message = a_message(a_member(a_community()))
    assert cancel(message, reason="undone") == 1
    assert cancel(message, reason="undone") == 0
    message.refresh_from_db()
    assert (message.state, message.reason) == ("cancelled", "undone")


def test_an_opt_out_leaves_account_mail_and_other_categories_alone():
    member = a_member(a_community())
    birthday, season = a_message(member), a_message(member, category="season")
    code = an_account_mail(member=member, community=member.community)
    assert opt_out(member, "birthday", source="preferences", now=NOON) == 1
    assert opt_out(member, "birthday", source="preferences", now=NOON) == 0
    assert [Message.objects.get(pk=row.pk).state for row in (birthday, season, code)] == [
        "cancelled",
        "queued",
        "queued",
    ]


@pytest.mark.parametrize("number", [1, 300])
def test_messages_of_an_origin_are_found_by_the_index_on_them_however_many_origins_are_asked_for(number):
    member = a_member(a_community())
    for one in range(5):
        a_message(member, origin=f"attention:{one}")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")  # as in a table worth an index
    found = Message.objects.live_of([f"attention:{one}" for one in range(number)])
    assert found.count() == min(number, 5)
    assert "message_one_live_per_origin" in found.explain()
