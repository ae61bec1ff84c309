"""What settles itself before each delivery."""

from datetime import timedelta
from uuid import uuid4

import pytest

from outbox.channels.smtp import SmtpConnection
from outbox.models import Attempt, Message
from outbox.services import claiming, deliver
from outbox.services.sweeping import sweep
from tests.factories import a_community, a_member
from tests.outbox.drafts import NOON, a_message, an_account_mail, states

pytestmark = pytest.mark.django_db

LEASE = timedelta(minutes=10)


def left_in(state: str, message: Message, *, since=NOON) -> None:
    """As a worker leaves it that dies."""
    Message.objects.filter(pk=message.pk).update(state=state, claim=uuid4(), claimed_at=since, attempts=1)


def after(minutes: float):
    return NOON + timedelta(minutes=minutes)


def swept(message: Message, *, now) -> tuple[str, str]:
    list(sweep(now))
    message.refresh_from_db()
    return message.state, message.reason


def test_what_was_claimed_by_a_worker_that_died_waits_again_when_the_lease_is_over():
    message = a_message(a_member(a_community()))
    left_in("claimed", message)
    assert swept(message, now=NOON + LEASE)[0] == "claimed"
    assert swept(message, now=after(10.1)) == ("queued", "")
    assert (message.claim, message.claimed_at) == (None, None)
    assert Attempt.objects.get().outcome == "crashed"


def test_what_was_being_sent_is_unknown_and_stays_so():
    message = a_message(a_member(a_community()))
    left_in("sending", message)
    assert swept(message, now=after(11)) == ("unknown", "crash")
    deliver(after(60))
    message.refresh_from_db()
    assert message.state == "unknown"


def test_account_mail_that_was_being_sent_is_sent_again():
    message = an_account_mail()
    left_in("sending", message)
    assert swept(message, now=after(11)) == ("queued", "temporary")


def test_what_kills_its_worker_three_times_is_held():
    message = a_message(a_member(a_community()), expires_at=NOON + timedelta(days=30))
    for crash in (1, 2):
        left_in("claimed", message, since=after(20 * crash))
        assert swept(message, now=after(20 * crash + 11)) == ("queued", "")
    left_in("claimed", message, since=after(60))
    assert swept(message, now=after(71)) == ("held", "poison")


def test_what_has_no_use_any_more_expires_wherever_it_waits():
    member = a_member(a_community())
    waiting, held = a_message(member), a_message(member)
    Message.objects.filter(pk=held.pk).update(state="held", reason="brake")
    assert swept(waiting, now=NOON + timedelta(days=3)) == ("expired", "late")
    held.refresh_from_db()
    assert held.state == "expired"


def test_a_greeting_that_could_have_left_a_day_ago_waits_for_a_person():
    member = a_member(a_community())
    automatic, _approved = a_message(member, is_automatic=True), a_message(member)
    list(sweep(NOON + timedelta(hours=24)))
    assert states() == {"queued": 2}
    assert swept(automatic, now=NOON + timedelta(hours=24, minutes=1)) == ("held", "late")
    assert states() == {"held": 2}


def test_a_greeting_approved_late_still_leaves():
    late = a_message(a_member(a_community()), ready_at=after(60 * 47), expires_at=after(60 * 72))
    assert swept(late, now=after(60 * 48)) == ("queued", "")


def test_an_automatic_account_mail_is_never_held_for_being_late():
    message = an_account_mail(is_automatic=True, expires_at=NOON + timedelta(days=9))
    assert swept(message, now=NOON + timedelta(days=2))[0] == "queued"


def test_sweeping_twice_changes_nothing_more():
    member = a_member(a_community())
    for state in ("claimed", "sending"):
        left_in(state, a_message(member))
    a_message(member, expires_at=NOON)
    list(sweep(after(11)))
    once = list(Message.objects.order_by("pk").values_list("state", "reason"))
    tries = Attempt.objects.count()
    assert sum(number for _state, number in sweep(after(11))) == 0
    assert list(Message.objects.order_by("pk").values_list("state", "reason")) == once
    assert Attempt.objects.count() == tries


def test_the_number_of_queries_does_not_grow_with_the_messages(django_assert_num_queries):
    community = a_community()
    for number in (1, 15):
        for _ in range(number):
            left_in("claimed", a_message(a_member(community)))
            left_in("sending", a_message(a_member(community)))
            a_message(a_member(community), is_automatic=True, due_at=NOON - timedelta(days=2))
        with django_assert_num_queries(18):
            list(sweep(after(11)))


def test_a_worker_that_slept_through_its_lease_still_says_that_it_was_sent(a_server, monkeypatch):
    """It took the mail server's yes; meanwhile another one had written the message off as unknown."""
    server = a_server()
    message = a_message(a_member(a_community()))
    hand_over = SmtpConnection.hand_over

    def oversleep(connection, letter):
        result = hand_over(connection, letter)
        list(sweep(after(11)))
        assert states() == {"unknown": 1}
        return result

    monkeypatch.setattr(SmtpConnection, "hand_over", oversleep)
    assert deliver(NOON).sent == 1
    message.refresh_from_db()
    assert (message.state, message.reason) == ("sent", "")
    assert len(server.letters) == 1


def test_two_sweeps_of_the_same_claim_tell_of_one_crash():
    message = a_message(a_member(a_community()))
    claiming.claim(NOON)
    list(sweep(after(11)))
    list(sweep(after(11)))
    assert message.tries.count() == 1
