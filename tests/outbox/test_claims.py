"""Whoever should not be written to is not, from whatever moment on that is known: RELIABILITY R12 and P7."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from members.models import Community, Member
from members.privacy.erasing import erase_member
from members.services.reach import mark_bounced
from outbox import mime
from outbox.models import Attempt, Install, Message, OptOut
from outbox.services import cancel, claiming, deliver, opt_out
from tests.factories import a_community, a_member
from tests.outbox.drafts import NOON, a_message, an_account_mail, states

pytestmark = pytest.mark.django_db
Change = Callable[[Member], object]


def to(**fields) -> Change:
    return lambda member: Member.objects.filter(pk=member.pk).update(**fields)


CHANGES: dict[str, tuple[Change, tuple[str, str]]] = {
    "left": (to(status="left"), ("cancelled", "member_left")),
    "banned": (to(status="banned"), ("cancelled", "member_banned")),
    "deceased": (to(status="deceased"), ("cancelled", "member_deceased")),
    "not joined": (to(status="invited"), ("cancelled", "member_invited")),
    "erased": (lambda member: erase_member(member, by=None, now=NOON), ("cancelled", "erased")),
    "bounced": (
        lambda member: mark_bounced(member.pk, address=member.email, now=NOON),
        ("cancelled", "member_bounced"),
    ),
    "suppressed": (to(reachable="suppressed"), ("cancelled", "member_suppressed")),
    "opted out": (
        lambda member: opt_out(member, "birthday", source="one_click", now=NOON),
        ("cancelled", "opted_out"),
    ),
    "opted out of all": (
        lambda member: opt_out(member, "*", source="preferences", now=NOON),
        ("cancelled", "opted_out"),
    ),
    "paused": (
        lambda member: opt_out(member, "*", until=NOON + timedelta(days=1), source="preferences", now=NOON),
        ("cancelled", "opted_out"),
    ),
    "taken back": (lambda member: cancel(Message.objects.all(), reason="undone"), ("cancelled", "undone")),
    "on hold": (to(hold_until="2027-03-20", hold_ends_at=NOON + timedelta(days=19)), ("queued", "")),
    "community paused": (
        lambda member: Community.objects.filter(pk=member.community_id).update(paused_at=NOON),
        ("queued", ""),
    ),
}


@pytest.mark.parametrize(("change", "expected"), CHANGES.values(), ids=CHANGES)
def test_nothing_leaves_after_a_change(a_server, change, expected):
    server = a_server()
    member = a_member(a_community())
    message = a_message(member)
    change(member)
    deliver(NOON)
    deliver(NOON)
    message.refresh_from_db()
    assert (message.state, message.reason) == expected
    assert not server.letters


@pytest.mark.parametrize(("change", "expected"), CHANGES.values(), ids=CHANGES)
def test_nothing_leaves_after_a_change_between_the_claim_and_the_text(a_server, monkeypatch, change, expected):
    server = a_server()
    member = a_member(a_community())
    message = a_message(member)
    build = mime.build

    def change_and_build(row, **options):
        change(member)
        return build(row, **options)

    monkeypatch.setattr(mime, "build", change_and_build)
    deliver(NOON)
    monkeypatch.undo()
    deliver(NOON)
    message.refresh_from_db()
    assert (message.state, message.reason) == expected
    assert not server.letters


@pytest.mark.parametrize("change", [change for change, _expected in CHANGES.values()], ids=CHANGES)
def test_account_mail_always_leaves(a_server, change):
    server = a_server()
    member = a_member(a_community())
    change(member)
    an_account_mail(member=member, community=member.community)
    deliver(NOON)
    assert states() == {"sent": 1}
    assert len(server.letters) == 1


def test_an_invitation_reaches_who_is_only_invited(a_server):
    a_server()
    a_message(a_member(a_community(), status="invited"), message_class="invitation", category="welcome")
    assert deliver(NOON).sent == 1


def test_quarantine_stops_everything_but_account_mail(a_server):
    a_server()
    member = a_member(a_community())
    a_message(member)
    an_account_mail()
    deliver(NOON - timedelta(days=1))
    Install.objects.update(quarantined_at=NOON, quarantine_reason="gap")
    assert deliver(NOON).sent == 1
    assert states() == {"sent": 1, "queued": 1}


def test_a_pause_that_is_over_stops_nothing(a_server):
    a_server()
    member = a_member(a_community())
    opt_out(member, OptOut.ALL, until=NOON - timedelta(hours=1), source="preferences", now=NOON - timedelta(days=9))
    a_message(member)
    assert deliver(NOON).sent == 1


def test_a_pause_takes_back_only_what_falls_into_it():
    member = a_member(a_community())
    inside, outside = a_message(member), a_message(member, due_at=NOON + timedelta(days=9))
    opt_out(member, OptOut.ALL, until=NOON + timedelta(days=2), source="preferences", now=NOON)
    deliver(NOON)
    assert [Message.objects.get(pk=row.pk).state for row in (inside, outside)] == ["cancelled", "queued"]


def test_a_hold_that_ended_this_instant_is_over(a_server):
    a_server()
    a_message(a_member(a_community(), hold_until="2027-02-28", hold_ends_at=NOON))
    assert deliver(NOON).sent == 1


def test_nothing_leaves_before_its_time(a_server):
    a_server()
    member = a_member(a_community())
    a_message(member, due_at=NOON, ready_at=NOON + timedelta(seconds=60))
    assert deliver(NOON + timedelta(seconds=59)).sent == 0
    assert deliver(NOON + timedelta(seconds=60)).sent == 1


def test_account_mail_goes_before_everything_else():
    member = a_member(a_community())
    for _ in range(5):
        a_message(member, due_at=NOON - timedelta(hours=2))
    code = an_account_mail()
    assert [row.pk for row in claiming.claim(NOON)] == [code.pk]


def test_what_is_claimed_is_claimed_once():
    member = a_member(a_community())
    for _ in range(30):
        a_message(member)
    first, second = claiming.claim(NOON), claiming.claim(NOON)
    assert (len(first), len(second), claiming.claim(NOON)) == (20, 10, [])
    assert len({row.claim for row in first}) == 1
    claiming.give_back(first)
    assert states() == {"queued": 20, "claimed": 10}
    assert set(Message.objects.filter(state="queued").values_list("attempts", flat=True)) == {0}


@pytest.mark.postgresql
@pytest.mark.parametrize("last_seen", ["queued", "failed"])
def test_a_claim_reads_what_it_takes_and_not_all_that_waits(last_seen):
    """Whatever the database took the table for: it may have looked when nothing was queued."""
    member = a_member(a_community())
    for _ in range(100):
        a_message(member)
    Message.objects.update(state=last_seen, ready_at=NOON + timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE outbox_message")
        cursor.execute("SET LOCAL enable_seqscan = off")  # as in a table worth an index
    for _ in range(200):
        a_message(member)
    before = rows_read()
    assert len(claiming.claim(NOON, size=5)) == 5
    assert rows_read() - before < 40


def rows_read() -> int:
    """Rows of messages read in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'outbox_message'"
        )
        return cursor.fetchone()[0]


def test_a_limit_is_a_limit(a_server):
    a_server()
    member = a_member(a_community())
    for _ in range(5):
        a_message(member)
    assert deliver(NOON, limit=3).sent == 3
    assert Attempt.objects.count() == 3


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"text": "Dear {{ name }},"}, "content"),
        ({"subject": "Hello *|FNAME|*"}, "content"),
        ({"text": "Dear {% if %}"}, "content"),
        ({"text": "  \n"}, "empty"),
        ({"subject": " "}, "empty"),
        ({"subject": "Hello\r\nBcc: evil@example.org"}, "content"),
        ({"to_name": "Eve\nX: y"}, "content"),
        ({"to_email": "a@example.org, b@example.org"}, "content"),
        ({"to_email": "nobody"}, "content"),
    ],
)
def test_what_is_not_fit_to_be_read_does_not_leave_and_stops_no_other(a_server, fields, reason):
    server = a_server()
    community = a_community()
    good = [a_message(a_member(community)) for _ in range(2)]
    bad = a_message(a_member(community), **fields)
    assert deliver(NOON).as_dict() == {"sent": 2, "failed": 1, "unknown": 0, "held": 0, "expired": 0, "cancelled": 0}
    bad.refresh_from_db()
    assert (bad.state, bad.reason) == ("failed", reason)
    assert sorted(server.message_ids) == sorted(row.message_id for row in good)


def test_what_was_changed_after_approval_does_not_leave(a_server):
    a_server()
    message = a_message(a_member(a_community()))
    Message.objects.filter(pk=message.pk).update(text="Something else.")
    assert deliver(NOON).failed == 1
    message.refresh_from_db()
    assert message.reason == "changed"
