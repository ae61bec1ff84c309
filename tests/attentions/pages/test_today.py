"""The Today page: what waits, in which order, how much of it, and what it says when nothing does."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from attentions.models import Attention
from attentions.services import approval, by_hand
from care import numbers, today
from members.models import Community, Member
from outbox.models import Message, OptOut
from tests.attentions.pages.conftest import HTMX, NOW, act, on, page, planned, signed_in
from tests.factories import a_member


@pytest.fixture
def url(community):
    return f"/c/{community.slug}/"


def text(client, url) -> str:
    return " ".join(client.get(url).content.decode().split())


def waiting_in(html: str) -> list[str]:
    """Whose gestures wait, in the order of the page."""
    queue = html.partition('<ol class="queue">')[2].partition("</ol>")[0]
    return [part.partition("</a>")[0].rpartition(">")[2] for part in queue.split('<h3 id="who-')[1:]]


def sent(attention: Attention, at: datetime) -> None:
    """The attention is approved, and its letter has left at this instant."""
    approval.approve([attention], community=attention.community, by=None, now=NOW, undo=timedelta(0))
    Message.objects.filter(origin=f"attention:{attention.pk}").update(state="sent", sent_at=at)


def a_crowd(community: Community, people: int, *, minutes: int) -> None:
    """So many birthdays of today wait in a community that has so many minutes a day."""
    Community.objects.update(minutes_per_day=minutes)
    on(community)
    for _number in range(people):
        a_member(community, birth_month=3, birth_day=1)
    planned(community)


# --- the work


def test_letters_that_could_not_be_delivered_are_said_for_a_week(community, client, url, attention, greeter, clock):
    assert "could not be delivered" not in text(client, url)
    approval.approve([attention], community=community, by=None, now=NOW, undo=timedelta(0))
    Message.objects.update(state="failed", reason="no_mailbox")
    html = text(client, url)
    assert "1 letter of the last week could not be delivered." in html
    assert f'href="/c/{community.slug}/messages/?show=failed"' in html
    assert "could not be delivered" not in text(signed_in(greeter), url)
    clock.shift(timedelta(days=8))
    assert "could not be delivered" not in text(client, url)


def test_many_that_could_not_be_delivered_are_counted_no_further_than_99(community, client, url, maya):
    approval.approve(
        [
            by_hand.plan_by_hand(
                maya, by=None, now=NOW, detail="Hello", due_on=NOW.date(), channel="email", personal_line="Hi"
            )
            for _ in range(3)
        ],
        community=community,
        by=None,
        now=NOW,
    )
    Message.objects.update(state="failed", reason="refused")
    with mock.patch.object(today, "MOST_FAILED", 2):
        assert "2+ letters of the last week" in text(client, url)


def test_the_oldest_day_comes_first_and_birthdays_before_all_else_of_their_day(community, client, url):
    on(community), on(community, "welcome"), on(community, "anniversary")
    a_member(community, name="Wu", welcome_on=date(2027, 3, 1), known_from=date(2027, 3, 1), time_zone="Asia/Tokyo")
    a_member(community, name="Ann", joined_on=date(2021, 3, 1))
    a_member(community, name="Bea", birth_month=3, birth_day=1, time_zone="America/New_York")
    a_member(community, name="Old", birth_month=2, birth_day=28)
    planned(community)
    assert waiting_in(text(client, url)) == ["Old", "Bea", "Ann", "Wu"]


def test_what_is_due_within_a_day_waits_and_the_rest_is_foreseen(community, client, url):
    on(community)
    for name, day in (("Soon", 2), ("Zephyrine", 3)):
        a_member(community, name=name, birth_month=3, birth_day=day)
    planned(community)
    html = text(client, url)
    assert waiting_in(html) == ["Soon"]
    assert ">Zephyrine</a> <small>" in html


def test_no_more_is_shown_than_fits_into_the_minutes(community, client, url):
    a_crowd(community, 5, minutes=6)
    html = text(client, url)
    assert len(waiting_in(html)) == 2
    assert "Showing 2 of 5: what fits into your minutes" in html
    (more, last) = re.findall(r'<a href="(\?more=\d)#(\S+)">Show the next ones</a>', html)[0]
    assert last == re.findall(r'id="(gesture-[^"]+)"', html)[1], "the page stays where the new ones begin"
    html = text(client, url + more)
    assert len(waiting_in(html)) == 4
    assert "Showing 4 of 5." in html
    html = text(client, url + "?more=2")
    assert len(waiting_in(html)) == 5
    assert "Show the next ones" not in html


@pytest.mark.parametrize("more", ["-1", "x", "", "٣", "9" * 5_000])
def test_what_is_no_number_of_times_shows_what_fits_into_the_minutes(community, client, url, more):
    a_crowd(community, 2, minutes=3)
    assert len(waiting_in(text(client, f"{url}?more={more}"))) == 1


def test_there_is_an_end_to_asking_for_more(community, client, url):
    a_crowd(community, 7, minutes=3)
    html = text(client, url + "?more=99")
    assert len(waiting_in(html)) == 1 + today.MOST_MORE
    assert "Show the next ones" not in html


def test_several_are_approved_together_where_there_are_several_letters(community, client, greeter, url, attention):
    by_hand.plan_by_hand(attention.member, by=None, now=NOW, detail="Call her", due_on=NOW.date())
    html = text(client, url)
    assert len(waiting_in(html)) == 2
    assert "Approve several…" not in html
    a_member(community, name="Ole Hansen", birth_month=3, birth_day=1)
    planned(community)
    assert "Approve several…" in text(client, url)
    assert "Approve several…" not in text(signed_in(greeter), url)


def test_what_a_colleague_took_over_is_theirs(community, client, url, attention, ana, ben):
    approval.hand_over(attention, by=ana, to=ben)
    assert waiting_in(text(client, url)) == []
    assert waiting_in(text(signed_in(ben), url)) == ["Maya Okafor"]


def test_what_leaves_by_itself_stands_apart(community, client, url, maya):
    on(community, approval="veto")
    planned(community)
    html = text(client, url)
    assert waiting_in(html) == []
    assert "Leaving by themselves" in html


def test_what_was_held_back_by_mistake_stands_there_again_as_before(community, client, url, maya):
    on(community, approval="veto")
    (row,) = planned(community)
    client.post(act("skip", row), {"reason": "objected"}, headers=HTMX)
    back = client.post(act("unskip", row), headers=HTMX).content.decode()
    assert "Hold back" in back
    assert act("approve", row) not in back
    assert 'id="open-count" hx-swap-oob="true">0' in back


def test_somebody_on_hold_is_nowhere(community, client, url, attention):
    Member.objects.update(hold_until=date(2027, 3, 9), hold_ends_at=NOW + timedelta(days=8))
    assert "Maya" not in text(client, url)


def test_a_greeter_sees_the_work_and_no_button_to_approve(community, client, greeter, url, attention):
    html = text(signed_in(greeter), url)
    assert waiting_in(html) == ["Maya Okafor"]
    assert act("approve", attention) not in html
    hint = "<kbd>a</kbd> to approve"
    assert (hint in html, hint in text(client, url)) == (False, True)


def test_the_days_ahead_lead_to_each_gesture(community, client, url, attention):
    assert f'<a href="{page("detail", community, attention.pk)}">Maya Okafor</a>' in text(client, url)


@pytest.mark.parametrize(("hour", "said"), [(3, "evening"), (4, "morning"), (12, "afternoon"), (18, "evening")])
def test_it_greets_by_the_builders_own_clock(ana, hour, said):
    now = datetime(2027, 3, 1, hour, tzinfo=ZoneInfo("Pacific/Auckland"))
    assert today.greeting(ana, now=now, zone="Pacific/Auckland") == f"Good {said}, Ana"


# --- nothing to do


def test_a_new_community_is_told_where_to_begin(community, client, greeter, url):
    html = text(client, url)
    assert "Two steps to the first note" in html
    assert f'href="/c/{community.slug}/import/"' in html
    assert "Active members" not in html
    a_member(community)
    assert page("ritual", community, "birthday") in text(client, url)
    assert "Begin with birthdays" not in text(signed_in(greeter), url)


def test_a_day_on_which_nothing_waits_says_who_was_reached_and_who_is_next(community, client, url):
    on(community)
    a_member(community, name="Maya Okafor", birth_month=3, birth_day=6)
    for days in (1, 89, 91):
        a_member(community, reached_at=NOW - timedelta(days=days))
    a_member(community)
    planned(community)
    html = text(client, url)
    assert "Nothing waits" in html
    assert "2 of 5 active members were reached this quarter. Next is Maya Okafor, in 5 days." in html


def test_everybody_reached_is_said_so_and_few_are_not_counted(community):
    for _number in range(4):
        a_member(community, reached_at=NOW)
    few = numbers.counted(community, now=NOW)
    assert today.empty_words(community, counted=few, now=NOW).startswith("Nobody has a day")
    a_member(community, reached_at=NOW)
    enough = numbers.counted(community, now=NOW)
    assert today.empty_words(community, counted=enough, now=NOW).startswith("All 5 active members were reached")


def test_who_approved_the_first_letters_is_not_told_that_nobody_was_reached(community):
    for _number in range(5):
        a_member(community)
    counted = numbers.counted(community, now=NOW)
    assert today.empty_words(community, counted=counted, now=NOW).startswith("Nobody has a day")


def test_newcomers_are_those_who_joined_not_those_who_were_on_a_list(community):
    lately, long_ago = date(2027, 2, 20), date(2024, 5, 1)
    a_member(community, known_from=lately, joined_on=lately, is_imported=True)
    a_member(community, known_from=lately, joined_on=long_ago, is_imported=True)
    a_member(community, known_from=lately, joined_on=None, is_imported=True)
    assert numbers.count(community, now=NOW).newcomers == 1


def test_whom_nobody_reached_is_shown_longest_first_but_for_newcomers(community):
    a_member(community, name="Overdue", reached_at=NOW - timedelta(days=181))
    a_member(community, name="Reached", reached_at=NOW - timedelta(days=179))
    a_member(community, name="New", known_from=date(2027, 2, 20))
    a_member(community, name="Never", known_from=date(2026, 1, 1))
    a_member(community, name="Ever longer", known_from=date(2025, 1, 1))
    shown = [(row["name"], row["last"]) for row in today.not_reached(community, now=NOW)]
    assert shown == [("Ever longer", "never yet"), ("Never", "never yet"), ("Overdue", "6\xa0months ago")]


# --- the numbers


def test_the_numbers_count_people_and_notes(community):
    on(community), on(community, "welcome")
    for _number in range(6):
        a_member(community, birth_month=2, birth_day=27, time_zone="Europe/Paris")
    lately = date(2027, 2, 20)
    a_member(community, joined_on=lately, known_from=lately, welcome_on=lately)
    a_member(community, status="left")
    on_the_day, late, *_others = [row for row in planned(community) if row.kind == "birthday"]
    sent(on_the_day, datetime(2027, 2, 27, 22, tzinfo=ZoneInfo("Europe/Paris")))
    sent(late, datetime(2027, 2, 28, 1, tzinfo=ZoneInfo("Europe/Paris")))
    planned(community)
    OptOut.objects.create(
        community=community, member=on_the_day.member, category="birthday", source="link", created_at=NOW
    )
    counted = numbers.count(community, now=NOW)
    assert (counted.active, counted.newcomers, counted.reached) == (7, 1, 2)
    assert (counted.due, counted.on_the_day, counted.done, counted.opted_out) == (2, 1, 2, 1)
    assert (counted.joined, counted.welcomed) == (1, 0)


def test_a_welcome_within_two_days_is_counted(community):
    on(community, "welcome")
    lately = date(2027, 2, 20)
    a_member(community, joined_on=lately, known_from=lately, welcome_on=lately)
    (row,) = planned(community)
    came_up = NOW - timedelta(days=9)
    Attention.objects.update(created_at=came_up)
    sent(row, came_up + timedelta(hours=48))
    planned(community)
    assert numbers.count(community, now=NOW).welcomed == 1


def test_a_share_of_few_is_not_shown(community):
    for _number in range(4):
        a_member(community, reached_at=NOW)
    strip = numbers.strip(numbers.count(community, now=NOW))
    assert [number["value"] for number in strip] == ["4", "–", "–", "–", "–"]
    a_member(community)
    assert numbers.strip(numbers.count(community, now=NOW))[1]["value"] == "80%"


def test_numbers_are_written_as_the_reader_writes_them(community):
    counted = replace(numbers.count(community, now=NOW), active=12_345, reached=11_111)
    assert [number["value"] for number in numbers.strip(counted)[:2]] == ["12,345", "90%"]
    with translation.override("fr"):
        assert [number["value"] for number in numbers.strip(counted)[:2]] == ["12\xa0345", "90\u202f%"]


def test_a_new_member_is_counted_at_once_and_a_large_community_by_housekeeping(community, client, url, monkeypatch):
    on(community)
    a_member(community)
    assert numbers.counted(community, now=NOW).active == 1
    a_member(community)
    assert numbers.counted(community, now=NOW).active == 2
    monkeypatch.setattr(numbers, "SMALL", 1)
    assert numbers.counted(community, now=NOW) is None
    assert "Active members" not in text(client, url)
    assert numbers.keep_large(NOW) == 1
    a_member(community)
    assert numbers.counted(community, now=NOW).active == 2
    assert "Active members" in text(client, url)


@pytest.mark.parametrize("count", [8, 60])
def test_it_asks_the_same_number_of_questions_whatever_the_size(
    community, client, url, ana, count, django_assert_num_queries
):
    on(community), on(community, "welcome")
    for number in range(count):
        member = a_member(community, birth_month=3, birth_day=1 + number % 8, welcome_on=date(2027, 3, 1))
        by_hand.record_done(member, by=ana, now=NOW, detail="Called", done_on=NOW.date())
    planned(community)
    client.get(url)
    with django_assert_num_queries(46):
        client.get(url)
