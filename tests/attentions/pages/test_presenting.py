"""Attentions as the queue shows them."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from attentions import presenting, queue
from attentions.models import Attention
from attentions.services import approval, by_hand
from members.models import Member, Note
from outbox.models import OptOut
from tests.attentions.pages.conftest import NOW, on, planned
from tests.factories import a_member

ON_HOLD = {
    "hold_until": NOW.date() + timedelta(days=9),
    "hold_ends_at": NOW + timedelta(days=9),
    "hold_reason": "mourning",
}


@pytest.fixture
def me(community, ana):
    return community.team.get(user=ana)


@pytest.fixture(autouse=True)
def _in_paris():
    with timezone.override("Europe/Paris"):
        yield


def item(attention, me) -> presenting.Item:
    row = Attention.objects.select_related("member", "ritual", "assigned_to").get(pk=attention.pk)
    return presenting.item(row, team_member=me, now=NOW)


@pytest.mark.parametrize("count", [5, 100])
def test_however_many_there_are_it_asks_six_times(community, me, ana, count, django_assert_num_queries):
    on(community)
    for number in range(count):
        member = a_member(community, birth_month=3, birth_day=1, time_zone="" if number % 2 else "Asia/Tokyo")
        by_hand.record_done(member, by=ana, now=NOW, detail="Called", done_on=NOW.date() - timedelta(days=number))
        Note.objects.create(community=community, member=member, author=ana, text="A note", created_at=NOW)
    planned(community)
    waiting = Attention.objects.proposed().select_related("member", "ritual", "community", "assigned_to")
    rows = list(waiting)
    assert len(rows) == count
    with django_assert_num_queries(4):
        items = presenting.items(rows, team_member=me, now=NOW)
    assert all(len(one.context_lines) == 2 for one in items)


@pytest.mark.parametrize(
    ("zone", "when"),
    [
        ("Europe/Paris", "Today at 09:00"),
        ("", "Today at 09:00 (the community's hour)"),
        ("Africa/Lagos", "Today at 09:00"),
        ("Asia/Tokyo", "Today at 09:00 in Tokyo, where it is 18:30 now"),
        ("America/New_York", "Today at 09:00 in New York, where it is 04:30 now"),
    ],
)
def test_it_says_when_it_is_due_where_they_live(community, attention, me, zone, when):
    Member.objects.update(time_zone=zone)
    planned(community)
    assert item(attention, me).when == when


def test_what_is_late_says_since_when_and_until_when_it_is_of_use(community, attention, me):
    Member.objects.update(birth_month=2, birth_day=27)
    planned(community)
    shown = item(attention, me)
    assert shown.late
    assert shown.when == "Was due on Saturday 27 February at 09:00 · still welcome until tomorrow"
    assert "late" in shown.text


@pytest.mark.parametrize(
    ("left", "words"), [(1, "still welcome until tonight"), (80, "still welcome until Wednesday 3 March")]
)
def test_the_end_of_its_use_is_told_as_a_day(community, attention, me, left, words):
    from attentions import phrases

    attention.expires_at = NOW + timedelta(hours=left)
    attention.member.community = community
    assert phrases.use(attention, now=NOW) == words


@pytest.mark.parametrize("state", ["done", "declined", "expired", "withdrawn"])
def test_what_is_settled_is_not_said_to_be_welcome_still(community, attention, me, state):
    Member.objects.update(birth_month=2, birth_day=27)
    planned(community)
    Attention.objects.update(state=state, done_at=NOW if state == "done" else None, asks_again="moved")
    shown = item(attention, me)
    assert (shown.when, shown.use) == ("Was due on Saturday 27 February at 09:00", "")
    assert not any("Asks again" in line for line in shown.context_lines)


def test_what_a_person_planned_has_no_last_day(community, me, ana, maya):
    row = by_hand.plan_by_hand(maya, by=ana, now=NOW, detail="Hello", due_on=NOW.date(), channel="email")
    Attention.objects.update(due_on=NOW.date() - timedelta(days=3), due_at=NOW - timedelta(days=3))
    shown = item(row, me)
    assert (shown.when, shown.use) == ("Was due on Friday 26 February at 10:30", "")


def test_it_says_what_is_known_of_them(community, attention, me, ana, maya):
    assert item(attention, me).context_lines == ["This would be the first gesture we know of."]
    by_hand.record_done(maya, by=ana, now=NOW, detail="Called her", done_on=NOW.date() - timedelta(days=9))
    Note.objects.create(community=community, member=maya, author=ana, text="Loves\nash", created_at=NOW)
    Note.objects.create(community=community, member=maya, author=ana, text="Ill", is_restricted=True, created_at=NOW)
    assert item(attention, me).context_lines == ["Last gesture: Called her, 20 February 2027", "Note: Loves ash"]


def test_it_says_why_it_asks_again_and_whom_it_is_with(community, attention, me, ana, ben):
    approval.hand_over(attention, by=ana, to=ben)
    Attention.objects.update(asks_again="moved")
    lines = item(attention, me).context_lines
    assert lines[0].startswith("Asks again: its day, hour or way changed")
    assert lines[1] == "With Ben Okri."
    assert item(attention, community.team.get(user=ben)).context_lines[1] == "You were asked to look after this."


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"status": "deceased"}, "Their status is “deceased”."),
        ({"reachable": "suppressed"}, "They asked never to be written to. Please respect that, by hand too."),
        (ON_HOLD, "They are on hold (mourning)."),
        ({}, "They asked not to get personal notes. Please respect that, by hand too."),
    ],
)
def test_of_what_a_person_planned_it_says_what_speaks_against_it(
    community, me, ana, maya, greeter, attention, fields, words
):
    call = by_hand.plan_by_hand(maya, by=ana, now=NOW, detail="Call her", due_on=NOW.date())
    OptOut.objects.create(community=community, member=maya, category="*", source="team", created_at=NOW)
    Member.objects.update(**fields)
    assert words in item(call, me).context_lines
    assert words not in item(attention, me).context_lines
    assert "mourning" not in " ".join(item(call, community.team.get(user=greeter)).context_lines)
    by_hand.done(call, by=ana, now=NOW)
    assert words not in item(call, me).context_lines


@pytest.mark.parametrize("count", [2, 40])
def test_what_speaks_against_gestures_is_one_question_more(community, me, ana, count, django_assert_num_queries):
    for _number in range(count):
        by_hand.plan_by_hand(a_member(community), by=ana, now=NOW, detail="Call", due_on=NOW.date())
    rows = list(Attention.objects.select_related("member", "ritual", "community", "assigned_to"))
    with django_assert_num_queries(3):
        presenting.items(rows, team_member=me, now=NOW)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"email": "", "email_key": None}, "We have no e-mail address of theirs"),
        ({"reachable": "bounced"}, "Their mail came back"),
    ],
)
def test_without_a_working_address_it_is_by_hand_and_says_why(community, attention, me, fields, words):
    Member.objects.update(**fields)
    planned(community)
    shown = item(attention, me)
    assert shown.channel == "by_hand"
    assert shown.context_lines[0].startswith(words)
    assert shown.when == "Today"


def test_the_letter_is_theirs_and_the_page_is_the_readers(community, attention, me):
    Member.objects.update(language="fr")
    with translation.override("en"):
        shown = item(attention, me)
    assert shown.language == "fr"
    assert shown.reason == "turns 34"


def test_more_than_anybody_counts_is_said_so(attention, me, monkeypatch, community):
    a_member(community, birth_month=3, birth_day=1)
    planned(community)
    monkeypatch.setattr(queue, "COUNTED", 1)
    assert str(queue.open_count(me, now=NOW)) == "1+"


def test_what_a_colleague_has_taken_over_is_not_in_ones_queue(community, attention, me, ana, ben):
    assert queue.open_count(me, now=NOW).number == 1
    approval.hand_over(attention, by=ana, to=ben)
    assert queue.open_count(me, now=NOW).number == 0
    assert queue.open_count(community.team.get(user=ben), now=NOW).number == 1


@pytest.mark.parametrize("then", ["leaves", "greets"])
def test_what_somebody_looked_after_who_no_longer_can_is_in_everybodys_queue(
    community, attention, me, ana, ben, maya, then
):
    call = by_hand.plan_by_hand(maya, by=ana, now=NOW, detail="Call her", due_on=NOW.date())
    approval.approve([call], community=community, by=ana, now=NOW)
    for row in (attention, Attention.objects.get(pk=call.pk)):
        assert approval.hand_over(row, by=ana, to=ben)
    assert queue.open_count(me, now=NOW).number == 0
    theirs = community.team.filter(user=ben)
    theirs.delete() if then == "leaves" else theirs.update(role="greeter")
    assert list(queue.waiting(me, now=NOW)) == [attention]
    assert list(queue.to_do(me, now=NOW)) == [call]
