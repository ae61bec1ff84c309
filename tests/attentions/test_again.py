"""What failed, came too late, was taken back or has moved gets another chance: asked for, once, and never stuck."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attentions import letters, tasks
from attentions.models import Attention, Ritual
from attentions.services import approval, by_hand, following, rituals, work
from attentions.services.work import plan_everybody
from members.models import Member
from members.services.members import set_dates
from members.services.reach import mark_bounced
from outbox.models import Heartbeat, Message
from outbox.services import deliver, opt_in, opt_out, retry_failed, send_again
from tests.attentions.test_pipeline import MORNING, TODAY, approved, planned, switched_on
from tests.factories import a_builder, a_community, a_member

pytestmark = pytest.mark.django_db
NINE = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)


@pytest.fixture
def community(settings, tmp_path):
    settings.EMAIL_URL = f"maildir://{tmp_path / 'mailbox'}"
    return a_community(time_zone="Europe/Paris", sender_name="Ana")


@pytest.fixture
def builder(community):
    return a_builder(community)


@pytest.fixture
def attention(community, builder):
    """A birthday note of today, approved."""
    switched_on(community)
    a_member(community, birth_month=3, birth_day=1)
    (attention,) = planned(community)
    approved(attention, builder)
    return Attention.objects.get()


def fail(reason="no_mailbox"):
    Message.objects.filter(state="queued").update(state="failed", reason=reason)


# --- moved


def test_a_snooze_never_outlives_the_gesture_whose_day_has_moved(community, builder):
    switched_on(community)
    a_member(community, birth_month=3, birth_day=4)
    (attention,) = planned(community)
    assert approval.snooze(attention, by=builder, until=attention.expires_at)
    Member.objects.update(birth_day=1)
    (attention,) = planned(community)
    assert (attention.due_on, attention.snoozed_until) == (TODAY, None)


def test_what_moves_in_no_way_that_matters_to_it_stays_snoozed(community, builder):
    ritual = switched_on(community)
    a_member(community, birth_month=3, birth_day=1)
    (attention,) = planned(community)
    until = MORNING + timedelta(days=1)
    assert approval.snooze(attention, by=builder, until=until)
    rituals.change_ritual(ritual, by=builder, now=MORNING, hour=12)
    (attention,) = planned(community)
    assert (attention.due_at.hour, attention.snoozed_until) == (11, until)


# --- taken back


def test_a_gesture_that_was_not_done_after_all_has_reached_nobody(community, builder):
    member = a_member(community)
    rows = [
        by_hand.plan_by_hand(member, by=builder, now=MORNING, detail=detail, due_on=TODAY)
        for detail in ("Call", "Card")
    ]
    times = [NINE, NINE + timedelta(hours=1)]
    for row, at in zip(rows, times, strict=True):
        assert by_hand.done(row, by=builder, now=at)
    for row, reached_at in ((rows[1], NINE), (rows[0], None)):
        assert by_hand.undo_done(row, by=builder)
        assert Member.objects.get().reached_at == reached_at


@pytest.mark.parametrize("changes", [{"approval": "auto"}, {"approval": "veto", "veto_hours": 1}])
def test_what_a_person_took_back_does_not_go_by_itself_again(community, builder, changes):
    switched_on(community, **changes)
    a_member(community, birth_month=3, birth_day=1)
    planned(community)
    (attention,) = planned(community, now=NINE)
    assert attention.state == "approved"
    assert approval.undo(attention, by=builder, now=NINE)
    (attention,) = planned(community, now=NINE + timedelta(minutes=15))
    assert (attention.state, attention.asks_again) == ("proposed", "undone")
    assert approved(attention, builder, now=NINE).approved


@pytest.mark.parametrize(("before", "meanwhile"), [("proposed", "approved"), ("approved", "proposed")])
def test_handing_over_never_writes_back_a_state_that_has_changed(attention, builder, before, meanwhile):
    if before == "proposed":
        approval.undo(Attention.objects.get(), by=builder, now=MORNING)
    seen = Attention.objects.get()
    if meanwhile == "approved":
        approved(Attention.objects.get(), builder)
    else:
        approval.undo(Attention.objects.get(), by=builder, now=MORNING)
    assert not approval.hand_over(seen, by=builder, to=builder)
    assert Attention.objects.get().state == meanwhile
    Attention.objects.update(channel="by_hand")  # an approved mail has nothing to hand over
    assert approval.hand_over(Attention.objects.get(), by=builder, to=builder)


# --- failed


def test_who_bounced_is_reached_another_way(community, attention):
    fail()
    mark_bounced(attention.member_id, address=attention.member.email, now=NINE)
    (row,) = planned(community, now=NINE)
    assert (row.state, row.channel, row.asks_again) == ("proposed", "by_hand", "moved")


def test_a_corrected_address_asks_again_and_the_letter_goes_there(community, attention, builder):
    fail()
    Member.objects.update(email="new@example.org", email_key="new@example.org", reachable="ok")
    (row,) = planned(community, now=NINE)
    assert (row.state, row.asks_again) == ("proposed", "changed")
    approved(row, builder, now=NINE)
    assert deliver(NINE + timedelta(minutes=1)).sent == 1
    assert Message.objects.get(state="sent").to_email == "new@example.org"


def test_a_letter_to_an_old_address_is_not_tried_again_and_says_nothing_of_the_new_one(attention, builder):
    old = attention.member.email
    Member.objects.update(email="new@example.org", email_key="new@example.org")
    Message.objects.update(state="failed")
    assert retry_failed(Message.objects.all(), by=builder, now=NINE) == 0
    Message.objects.update(state="unknown")
    assert not send_again(Message.objects.get(), by=builder, now=NINE)
    assert not mark_bounced(attention.member_id, address=old, now=NINE)
    assert Member.objects.get().reachable == "ok"


def test_a_failed_one_can_be_taken_back_and_written_anew(attention, builder):
    fail("content")
    assert approval.undo(attention, by=builder, now=NINE)
    assert approved(Attention.objects.get(), builder, now=NINE).approved
    assert sorted(Message.objects.values_list("state", flat=True)) == ["cancelled", "queued"]


def test_a_failed_one_that_nobody_settled_is_over_in_the_end(attention):
    fail()
    following.settle(now=attention.expires_at - timedelta(minutes=1))
    assert Attention.objects.get().state == "approved"
    following.settle(now=attention.expires_at)
    assert Attention.objects.get().state == "expired"


# --- came too late


def test_what_came_too_late_can_be_rescued_by_a_longer_welcome(community, attention, builder):
    Message.objects.update(state="expired", reason="late")
    later = attention.expires_at + timedelta(hours=1)
    following.settle(now=later)
    Ritual.objects.update(late_days=14)
    (row,) = planned(community, now=later)
    assert row.state == "proposed"
    assert approved(row, builder, now=later).approved == [row.pk]
    assert Message.objects.get(state="queued").origin == f"attention:{row.pk}"


def test_one_whose_letter_is_in_the_outbox_already_does_not_stop_the_others(community, attention, builder):
    a_member(community, birth_month=3, birth_day=2)
    planned(community)
    Attention.objects.filter(pk=attention.pk).update(state="proposed")  # as no service would leave it
    rows = list(Attention.objects.all())
    result = approval.approve(rows, community=community, by=builder, now=MORNING)
    assert len(result.approved) == 1
    assert "in the outbox" in result.refused[attention.pk]


def test_what_opened_again_and_was_never_approved_anew_is_not_said_to_have_been(community, attention, builder):
    Message.objects.update(state="expired", reason="late")
    later = attention.expires_at + timedelta(hours=1)
    following.settle(now=later)
    assert Attention.objects.get().approved_at is not None
    Ritual.objects.update(late_days=14)
    planned(community, now=later)
    (row,) = planned(community, now=later + timedelta(days=30))
    assert (row.state, row.approved_at, row.approved_by) == ("expired", None, None)


# --- a mail of one's own


def own_mail(member, builder, *, due_on=TODAY, personal_line="Hi"):
    return by_hand.plan_by_hand(
        member,
        by=builder,
        now=MORNING,
        detail="Hello",
        due_on=due_on,
        channel="email",
        personal_line=personal_line,
    )


@pytest.mark.parametrize("detail", ["Congrats on the job :}", "Thanks >> all", "A {small} gift", "{first_name}"])
def test_a_persons_own_words_are_no_wording(community, builder, detail):
    line = "See {you} *|soon|*"
    row = by_hand.plan_by_hand(
        a_member(community), by=builder, now=MORNING, detail=detail, due_on=TODAY, channel="email", personal_line=line
    )
    letter = letters.write(row, now=MORNING, wordings={})
    assert (letter.subject, letter.text) == (detail, line)
    assert approved(row, builder).approved


def test_without_an_address_it_is_refused_and_the_others_go(community, builder):
    rows = [
        by_hand.plan_by_hand(
            a_member(community),
            by=builder,
            now=MORNING,
            detail="Hello",
            due_on=TODAY,
            channel="email",
            personal_line="Hi",
        )
        for _number in range(2)
    ]
    Member.objects.filter(pk=rows[0].member_id).update(email="", email_key=None)
    result = approval.approve(rows, community=community, by=builder, now=MORNING)
    assert result.approved == [rows[1].pk]
    assert "no e-mail address" in result.refused[rows[0].pk]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"status": "deceased"}, "Their status is “deceased”: no mail leaves to them."),
        ({"status": "left"}, "Their status is “left”"),
        ({"reachable": "suppressed"}, "They asked never to be written to."),
        ({"reachable": "bounced"}, "Their mail came back"),
    ],
)
def test_to_whom_no_mail_would_leave_it_is_refused_with_the_reason(community, builder, fields, words):
    rows = [own_mail(a_member(community), builder) for _number in range(2)]
    Member.objects.filter(pk=rows[0].member_id).update(**fields)
    result = approval.approve(rows, community=community, by=builder, now=MORNING)
    assert result.approved == [rows[1].pk]
    assert words in result.refused[rows[0].pk]


@pytest.mark.parametrize("category", ["*", "by_hand"])
def test_who_refuses_such_notes_gets_none_unless_the_pause_ends_before(community, builder, category):
    refusing, pausing, other = members = [a_member(community) for _number in range(3)]
    rows = [own_mail(member, builder, due_on=TODAY + timedelta(days=3)) for member in members]
    opt_out(refusing, category, source="team", now=MORNING)
    opt_out(pausing, category, source="team", now=MORNING, until=MORNING + timedelta(days=2))
    opt_out(other, "birthday", source="team", now=MORNING)
    result = approval.approve(rows, community=community, by=builder, now=MORNING)
    assert set(result.approved) == {rows[1].pk, rows[2].pk}
    assert result.refused == {rows[0].pk: "They asked not to get notes of this kind."}
    deliver(MORNING)
    assert Message.objects.filter(state="queued").count() == 2


@pytest.mark.parametrize("count", [2, 40])
def test_however_many_are_approved_their_wishes_are_one_question(community, builder, count):
    rows = [own_mail(a_member(community), builder) for _number in range(count)]
    with CaptureQueriesContext(connection) as asked:
        assert len(approval.approve(rows, community=community, by=builder, now=MORNING).approved) == count
    assert sum("outbox_optout" in one["sql"] for one in asked) == 1


def test_a_mail_of_ones_own_never_leaves_empty(community, builder):
    empty, kept, emptied = [
        own_mail(a_member(community), builder, personal_line=line) for line in ("", "Hello!", "Hello!")
    ]
    result = approval.approve(
        [empty, kept, emptied], community=community, by=builder, now=MORNING, lines={emptied.pk: " \u200b\n"}
    )
    assert result.approved == [kept.pk]
    assert set(result.refused.values()) == {"An e-mail needs a text. Write what you want to say to them."}
    assert not approval.set_personal_line(emptied, by=builder, line=" ")
    emptied.refresh_from_db()
    assert (emptied.state, emptied.personal_line) == ("proposed", "Hello!")


def test_those_that_cannot_leave_by_themselves_do_not_hold_up_the_others(community, monkeypatch):
    monkeypatch.setattr(approval, "_AT_ONCE", 2)
    switched_on(community, approval="auto")
    for _number in range(6):
        a_member(community, birth_month=3, birth_day=1)
    rows = planned(community, now=NINE - timedelta(hours=2))
    lost = [row.member_id for row in sorted(rows, key=lambda row: row.pk)[:3]]
    Member.objects.filter(pk__in=lost).update(email="", email_key=None)
    assert approval.approve_by_themselves(community, now=NINE) == 3
    assert approval.approve_by_themselves(community, now=NINE) == 0


def test_what_a_person_planned_asks_again_when_its_letter_was_taken_back(community, builder):
    member = a_member(community)
    row = by_hand.plan_by_hand(
        member, by=builder, now=MORNING, detail="Hello", due_on=TODAY, channel="email", personal_line="Hi"
    )
    approved(row, builder)
    opt_out(member, "*", source="page", now=MORNING, until=NINE + timedelta(days=1))
    deliver(NINE)
    assert following.settle(now=NINE) == 1
    row = Attention.objects.get()
    assert (row.state, row.asks_again) == ("proposed", "withdrawn")
    opt_in(member, "*")
    assert approved(row, builder, now=NINE).approved


# --- moved


def test_the_hours_to_object_begin_anew_when_the_day_moves(community):
    switched_on(community, approval="veto", veto_hours=24)
    member = a_member(community, birth_month=3, birth_day=12)
    planned(community, now=MORNING - timedelta(days=2))
    Member.objects.filter(pk=member.pk).update(birth_day=1)
    (row,) = planned(community, now=NINE - timedelta(minutes=10))
    assert (row.due_on, row.state) == (date(2027, 3, 1), "proposed")
    (row,) = planned(community, now=NINE + timedelta(hours=23, minutes=50))
    assert row.state == "approved"


def test_a_corrected_own_date_is_no_second_one(community, builder):
    switched_on(community, "own_date")
    member = a_member(community)
    day = {"label": "Frist day of the bakery", "month": 3, "day": 1, "year": None, "is_yearly": True}
    set_dates(member, [day], by=builder, now=MORNING - timedelta(days=30))
    (row,) = planned(community)
    approval.skip(row, by=builder, reason="not_now")
    set_dates(member, [{**day, "label": "First day of the bakery"}], by=builder, now=MORNING)
    assert [row.state for row in planned(community)] == ["declined"]
    set_dates(member, [{**day, "label": "First day of the bakery", "day": 5}], by=builder, now=MORNING)
    assert [row.state for row in planned(community)] == ["declined"]
    set_dates(member, [], by=builder, now=MORNING)
    assert not member.dates.exists()


def test_a_note_whose_day_another_one_has_says_that_it_is_late(community, builder):
    for kind in ("birthday", "welcome"):
        switched_on(community, kind)
    a_member(community, birth_month=3, birth_day=1, welcome_on=TODAY, known_from=date(2026, 1, 1))
    rows = {row.kind: row for row in planned(community)}
    approved(rows["welcome"], builder)
    assert deliver(NINE + timedelta(minutes=1)).sent == 1
    approved(rows["birthday"], builder, now=NINE + timedelta(hours=1))
    message = Message.objects.get(category="birthday")
    assert message.local_day == date(2027, 3, 2)
    assert "a little late" in message.text
    assert "a little late" in message.html
    assert deliver(NINE + timedelta(days=1, hours=1)).sent == 1


# --- trouble


def test_the_trouble_of_one_community_does_not_stop_the_others_and_is_not_kept_quiet(community, monkeypatch):
    other = a_community(time_zone="Europe/Paris")
    for one in (community, other):
        switched_on(one)
        a_member(one, birth_month=3, birth_day=1)
    plan = work.plan_community

    def troubled(one, *, now):
        if one == community:
            raise ValueError("no such wording")
        return plan(one, now=now)

    monkeypatch.setattr(work, "plan_community", troubled)
    with pytest.raises(ExceptionGroup, match="Some of the planning failed"):
        plan_everybody(now=MORNING)
    assert Attention.objects.get().community == other
    with pytest.raises(ExceptionGroup):
        tasks.plan()
    assert not Heartbeat.objects.exists()
