"""From a member to a queued message and back, over the services and the database."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attentions.models import Attention, Ritual
from attentions.planning.run import Counts
from attentions.services import approval, by_hand, rituals, work
from attentions.services.work import plan_everybody
from members.models import Member
from outbox.models import Message
from outbox.services.enqueue import digest
from tests.factories import a_builder, a_community, a_member

pytestmark = pytest.mark.django_db

TODAY = date(2027, 3, 1)
MORNING = datetime(2027, 3, 1, 6, 0, tzinfo=UTC)


@pytest.fixture
def community():
    return a_community(time_zone="Europe/Paris", sender_name="Ana", reply_to="ana@example.org")


@pytest.fixture
def builder(community):
    return a_builder(community)


def switched_on(community, kind="birthday", **changes) -> Ritual:
    ritual = rituals.ritual_for(community, kind)
    if changes:
        rituals.change_ritual(ritual, by=None, now=MORNING, is_on_trial=False, **changes)
    rituals.switch_on(ritual, by=None, now=MORNING - timedelta(days=40), effective_from=date(2027, 1, 1))
    return ritual


def planned(community, now=MORNING) -> list[Attention]:
    plan_everybody(now=now, community=community)
    return list(Attention.objects.of(community).order_by("due_at"))


def approved(attention, builder, now=MORNING):
    return approval.approve([attention], community=attention.community, by=builder, now=now, undo=timedelta(0))


def test_a_birthday_today_is_proposed_for_nine_oclock_their_time(community):
    switched_on(community)
    member = a_member(community, birth_month=3, birth_day=1, time_zone="Asia/Tokyo")
    (attention,) = planned(community)
    assert (attention.member, attention.cycle, attention.state) == (member, "birthday:2027", "proposed")
    assert attention.due_at == datetime(2027, 3, 1, 0, 0, tzinfo=UTC)


def test_planning_again_changes_nothing(community):
    switched_on(community)
    a_member(community, birth_month=3, birth_day=5)
    first, _seconds = plan_everybody(now=MORNING, community=community)
    second, _seconds = plan_everybody(now=MORNING, community=community)
    assert (first.created, second.created, second.moved, second.unchanged) == (1, 0, 0, 1)


def test_whoever_waits_longest_is_planned_first_so_that_a_run_without_enough_time_starves_nobody(monkeypatch):
    communities = [a_community() for _ in range(3)]
    for at, community in zip((2, 0, 1), communities, strict=True):
        switched_on(community)
        plan_everybody(now=MORNING + timedelta(minutes=at), community=community)
    new, order = a_community(), []
    monkeypatch.setattr(work, "plan_community", lambda one, now: order.append(one) or Counts())
    plan_everybody(now=MORNING + timedelta(hours=1))
    assert order == [new, communities[1], communities[2], communities[0]]


def test_only_active_members_who_want_it_are_planned_for(community):
    switched_on(community)
    for status in ("invited", "left", "banned", "deceased", "erased"):
        a_member(community, birth_month=3, birth_day=2, status=status)
    a_member(community, birth_month=3, birth_day=2, reachable="suppressed")
    assert planned(community) == []


def test_without_an_address_it_is_a_gesture_by_hand(community):
    switched_on(community)
    a_member(community, birth_month=3, birth_day=2, email="")
    a_member(community, birth_month=3, birth_day=3, reachable="bounced")
    assert [row.channel for row in planned(community)] == ["by_hand", "by_hand"]


def test_nothing_before_the_ritual_began_is_planned(community):
    ritual = rituals.ritual_for(community, "birthday")
    rituals.switch_on(ritual, by=None, now=MORNING)
    a_member(community, birth_month=2, birth_day=27)
    assert planned(community) == []


def test_a_corrected_birthday_moves_the_proposal(community):
    switched_on(community)
    member = a_member(community, birth_month=3, birth_day=2)
    planned(community)
    Member.objects.filter(pk=member.pk).update(birth_day=9)
    (attention,) = planned(community)
    assert (attention.due_on, attention.state) == (date(2027, 3, 9), "proposed")


def test_a_corrected_birthday_asks_again_when_it_was_approved(community, builder):
    switched_on(community)
    member = a_member(community, birth_month=3, birth_day=2)
    approved(planned(community)[0], builder)
    Member.objects.filter(pk=member.pk).update(birth_day=9)
    (attention,) = planned(community)
    assert (attention.state, attention.asks_again, attention.approved_by) == ("proposed", "moved", None)
    assert Message.objects.get().state == "cancelled"


def test_a_changed_name_asks_again(community, builder):
    switched_on(community)
    member = a_member(community, birth_month=3, birth_day=2)
    approved(planned(community)[0], builder)
    Member.objects.filter(pk=member.pk).update(name="Ngozi Eze")
    (attention,) = planned(community)
    assert (attention.state, attention.asks_again) == ("proposed", "changed")


def test_changed_wording_leaves_what_is_approved_alone(community, builder):
    ritual = switched_on(community)
    a_member(community, birth_month=3, birth_day=2)
    approved(planned(community)[0], builder)
    before = Message.objects.get().text
    rituals.save_wording(ritual, by=builder, language="en", variant=1, subject="New", body="New words")
    planned(community)
    message = Message.objects.get()
    assert (message.text, message.state) == (before, "queued")


def test_who_leaves_is_withdrawn_and_who_comes_back_is_planned_again(community):
    switched_on(community)
    member = a_member(community, birth_month=3, birth_day=2)
    planned(community)
    Member.objects.filter(pk=member.pk).update(status="left")
    assert [row.state for row in planned(community)] == ["withdrawn"]
    Member.objects.filter(pk=member.pk).update(status="active")
    assert [row.state for row in planned(community)] == ["proposed"]


def test_switching_off_withdraws_what_is_open(community, builder):
    ritual = switched_on(community)
    a_member(community, birth_month=3, birth_day=2)
    a_member(community, birth_month=3, birth_day=3)
    approved(planned(community)[0], builder)
    rituals.switch_off(ritual, by=builder)
    assert [row.state for row in planned(community)] == ["withdrawn", "withdrawn"]
    assert Message.objects.get().state == "cancelled"


def test_what_nobody_approved_in_time_is_over(community):
    switched_on(community)
    a_member(community, birth_month=3, birth_day=2)
    planned(community)
    assert [row.state for row in planned(community, now=MORNING + timedelta(days=10))] == ["expired"]


def test_approval_freezes_the_letter_with_the_personal_line(community, builder):
    switched_on(community)
    a_member(community, name="Maya Okafor", birth_month=3, birth_day=2)
    (attention,) = planned(community)
    approval.set_personal_line(attention, by=builder, line="See you in Lyon!")
    assert approved(attention, builder).approved == [attention.pk]
    message = Message.objects.get()
    assert message.subject == "Happy birthday, Maya"
    assert "See you in Lyon!" in message.text
    assert (message.origin, message.due_at) == (f"attention:{attention.pk}", attention.due_at)
    assert message.from_name == f"Ana (via {community.name})"


def test_a_member_is_written_to_in_their_language(community, builder):
    switched_on(community)
    a_member(community, birth_month=3, birth_day=2, language="fr")
    approved(planned(community)[0], builder)
    assert Message.objects.get().language == "fr"


def test_a_late_note_says_so(community, builder):
    switched_on(community)
    a_member(community, birth_month=3, birth_day=1)
    planned(community)
    later = MORNING + timedelta(days=2)
    (attention,) = planned(community, now=later)
    approved(attention, builder, now=later)
    assert "a little late" in Message.objects.get().text


def both_today(community) -> tuple[Attention, Attention]:
    """A note for five years and one for a birthday, both of today and for the same member."""
    switched_on(community), switched_on(community, "anniversary")
    a_member(community, birth_month=3, birth_day=1, joined_on=date(2022, 3, 1))
    rows = {row.kind: row for row in planned(community)}
    return rows["anniversary"], rows["birthday"]


@pytest.mark.parametrize("at_once", [True, False])
def test_a_note_that_makes_room_for_a_more_urgent_one_says_that_it_is_late(community, builder, at_once):
    anniversary, birthday = both_today(community)
    if at_once:
        approval.approve([anniversary, birthday], community=community, by=builder, now=MORNING)
    else:
        approval.set_personal_line(anniversary, by=builder, line="See you in Lyon!")
        approved(anniversary, builder)
        before = Message.objects.get().text
        approved(birthday, builder)
        approved(planned(community)[0], builder)
    moved = Message.objects.get(origin=f"attention:{anniversary.pk}")
    assert (moved.local_day, moved.reason, moved.content_sha256) == (TODAY + timedelta(days=1), "cap", digest(moved))
    assert "a little late" in moved.text
    assert "a little late" in moved.html
    assert "a little late" not in Message.objects.get(origin=f"attention:{birthday.pk}").text
    if not at_once:
        assert [line for line in moved.text.splitlines() if line and "a little late" not in line] == [
            line for line in before.splitlines() if line
        ]


def test_no_other_word_of_what_was_approved_changes_when_it_makes_room(community, builder):
    anniversary, birthday = both_today(community)
    approved(anniversary, builder)
    before = Message.objects.get().text
    rituals.save_wording(anniversary.ritual, by=builder, language="en", variant=1, subject="New", body="New words")
    approved(birthday, builder)
    moved = Message.objects.get(origin=f"attention:{anniversary.pk}")
    assert (moved.local_day, moved.text) == (TODAY + timedelta(days=1), before)


def test_the_second_approval_is_told_who_was_first(community, builder):
    switched_on(community)
    a_member(community, birth_month=3, birth_day=2)
    (attention,) = planned(community)
    approved(attention, builder)
    result = approved(attention, a_builder(community))
    assert builder.name in result.refused[attention.pk]
    assert Message.objects.count() == 1


def test_an_approval_can_be_undone_and_given_again(community, builder):
    switched_on(community)
    a_member(community, birth_month=3, birth_day=2)
    (attention,) = planned(community)
    approved(attention, builder)
    attention.refresh_from_db()
    assert approval.undo(attention, by=builder, now=MORNING)
    assert attention.state == "proposed"
    assert approved(attention, builder).approved
    assert sorted(Message.objects.values_list("state", flat=True)) == ["cancelled", "queued"]


def test_an_approval_cannot_be_undone_once_it_has_left(community, builder):
    switched_on(community)
    a_member(community, birth_month=3, birth_day=2)
    (attention,) = planned(community)
    approved(attention, builder)
    attention.refresh_from_db()
    Message.objects.update(state="sent", sent_at=MORNING)
    assert not approval.undo(attention, by=builder, now=MORNING)
    attention.refresh_from_db()
    assert attention.state == "approved"


def test_what_left_is_done_and_the_member_is_reached(community, builder):
    switched_on(community)
    member = a_member(community, birth_month=3, birth_day=2)
    approved(planned(community)[0], builder)
    left = MORNING + timedelta(days=1, hours=2)
    Message.objects.update(state="sent", sent_at=left)
    (attention,) = planned(community, now=left)
    member.refresh_from_db()
    assert (attention.state, attention.done_at, attention.done_by, member.reached_at) == ("done", left, builder, left)


def test_skipped_stays_skipped(community, builder):
    switched_on(community)
    a_member(community, birth_month=3, birth_day=2)
    (attention,) = planned(community)
    assert approval.skip(attention, by=builder, reason="not_now")
    assert [row.state for row in planned(community)] == ["declined"]


def test_a_ritual_sends_by_itself_what_is_due_soon_and_no_sooner(community):
    switched_on(community, approval="auto")
    a_member(community, birth_month=3, birth_day=1)
    a_member(community, birth_month=3, birth_day=2)
    assert [row.state for row in planned(community)] == ["proposed", "proposed"]
    assert [row.state for row in planned(community, now=MORNING + timedelta(hours=2))] == ["approved", "proposed"]
    assert Message.objects.get().is_automatic


def test_under_veto_it_waits_its_hours(community):
    switched_on(community, approval="veto", veto_hours=24)
    a_member(community, birth_month=3, birth_day=1)
    due = MORNING + timedelta(hours=2)
    assert [row.state for row in planned(community, now=due)] == ["proposed"]
    assert [row.state for row in planned(community, now=due + timedelta(hours=23, minutes=59))] == ["proposed"]
    a_member(community, birth_month=3, birth_day=4)
    planned(community, now=due)
    soon = datetime(2027, 3, 4, 8, 0, tzinfo=UTC)
    assert "approved" in {row.state for row in planned(community, now=soon)}


def test_a_day_late_it_asks_whatever_the_ritual_says(community):
    switched_on(community, approval="auto")
    a_member(community, birth_month=3, birth_day=1)
    assert [row.state for row in planned(community, now=MORNING + timedelta(days=2))] == ["proposed"]


def test_in_its_first_two_days_it_asks(community, builder):
    ritual = rituals.ritual_for(community, "birthday")
    rituals.change_ritual(ritual, by=builder, now=MORNING, approval="auto")
    rituals.switch_on(ritual, by=builder, now=MORNING)
    a_member(community, birth_month=3, birth_day=1)
    a_member(community, birth_month=3, birth_day=4)
    assert {row.state for row in planned(community, now=MORNING + timedelta(hours=2))} == {"proposed"}
    states = [row.state for row in planned(community, now=MORNING + timedelta(days=3, hours=2))]
    assert states == ["proposed", "approved"]


@pytest.mark.parametrize("made", ["switched on again", "by mail after by hand", "set long before it is on"])
def test_the_two_days_begin_when_it_begins_to_send(made, community, builder):
    long_ago = MORNING - timedelta(days=40)
    ritual = rituals.ritual_for(community, "birthday")
    rituals.change_ritual(
        ritual, by=builder, now=long_ago, approval="auto", channel="by_hand" if "by hand" in made else "email"
    )
    if "long before" not in made:
        rituals.switch_on(ritual, by=builder, now=long_ago)
    if "again" in made:
        rituals.switch_off(ritual, by=builder)
    if "by hand" in made:
        rituals.change_ritual(ritual, by=builder, now=MORNING, channel="email")
    else:
        rituals.switch_on(ritual, by=builder, now=MORNING)
    assert ritual.asks_until == MORNING + timedelta(hours=48)


def test_on_hold_nothing_leaves_by_itself_and_nothing_is_shown(community):
    switched_on(community, approval="auto")
    ends = MORNING + timedelta(days=5)
    a_member(community, birth_month=3, birth_day=1, hold_until=ends.date(), hold_ends_at=ends)
    planned(community, now=MORNING + timedelta(hours=3))
    waiting = Attention.objects.of(community).waiting(MORNING, until=MORNING + timedelta(days=1))
    assert (waiting.count(), Message.objects.count()) == (0, 0)


def test_a_subject_that_grows_when_it_is_filled_in_is_cut_to_what_a_message_holds(community):
    ritual = switched_on(community, approval="auto")
    subject = "{name} " * 20
    rituals.save_wording(ritual, by=None, language="en", variant=1, subject=subject, body="Dear {first_name}")
    a_member(community, name="Maya Okafor Potter Weaver", birth_month=3, birth_day=1)
    a_member(community, name="Ole", birth_month=3, birth_day=1)
    assert {row.state for row in planned(community, now=MORNING + timedelta(hours=2))} == {"approved"}
    assert max(len(message.subject) for message in Message.objects.all()) == 200


def test_nobody_gets_the_same_words_twice(community, builder):
    ritual = switched_on(community)
    rituals.save_wording(ritual, by=builder, language="en", variant=2, subject="Another year", body="Dear {first_name}")
    a_member(community, birth_month=3, birth_day=2)
    approved(planned(community)[0], builder)
    Message.objects.update(state="sent", sent_at=MORNING)
    planned(community)
    next_year = MORNING + timedelta(days=365)
    attention = planned(community, now=next_year)[-1]
    approved(attention, builder, now=next_year)
    assert sorted(Message.objects.values_list("subject", flat=True))[0] == "Another year"


def test_a_gesture_by_hand_is_planned_done_and_undone(community, builder):
    member = a_member(community)
    attention = by_hand.plan_by_hand(member, by=builder, now=MORNING, detail="Call her", due_on=TODAY)
    assert by_hand.done(attention, by=builder, now=MORNING, note="A good talk", cost_cents=0)
    assert not by_hand.done(attention, by=builder, now=MORNING)
    assert by_hand.undo_done(attention, by=builder)
    assert attention.state == "proposed"


def test_another_communitys_attention_cannot_be_approved(community, builder):
    other = a_community()
    switched_on(other)
    a_member(other, birth_month=3, birth_day=2)
    (theirs,) = planned(other)
    assert not approval.approve([theirs], community=community, by=builder, now=MORNING).approved
    theirs.refresh_from_db()
    assert theirs.state == "proposed"


@pytest.mark.parametrize("members", [3, 60])
def test_planning_takes_the_same_number_of_statements_whatever_the_size(
    community, members, django_assert_max_num_queries
):
    switched_on(community)
    for _number in range(members):
        a_member(community, birth_month=3, birth_day=2)
    with django_assert_max_num_queries(45):
        planned(community)


@pytest.mark.once  # PostgreSQL joins by hashes, which need no index
def test_no_row_is_looked_for_among_all_of_them_however_little_sqlite_knows_of_the_tables(community):
    switched_on(community)
    a_member(community, birth_month=3, birth_day=2)
    planned(community)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sqlite_stat1")
    with CaptureQueriesContext(connection) as seen:
        planned(community)
    (comparing,) = [query["sql"] for query in seen if "LEFT JOIN other" in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + comparing)
        ways = [way for *_numbers, way in cursor.fetchall()]
    assert any(way.startswith("SEARCH a ") for way in ways)
    assert not [way for way in ways if way.startswith(("SCAN a", "SCAN w LEFT"))]
