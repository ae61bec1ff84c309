"""Gestures of one's own for a member."""

from datetime import date, timedelta

import pytest

from attentions.models import Attention
from members.models import Member
from outbox.models import Message, OptOut
from tests.attentions.pages.conftest import NOW, act, page, signed_in
from tests.factories import a_builder, a_community, a_member


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def test_three_clicks_plan_a_gesture(client, community, maya):
    data = {"idea": "call", "day": "1", "channel": "by_hand"}
    response = client.post(page("plan_by_hand", community, maya.pk), data)
    row = Attention.objects.get()
    assert response.headers["Location"] == act("detail", row)
    assert (row.detail, row.due_on, row.channel, row.state) == ("A phone call", date(2027, 3, 2), "by_hand", "proposed")


def test_own_words_and_another_day_count_more(client, community, maya):
    data = {"idea": "call", "detail": "Bring her the book", "day": "on", "on": "2027-04-01", "channel": "by_hand"}
    client.post(page("plan_by_hand", community, maya.pk), data)
    row = Attention.objects.get()
    assert (row.detail, row.due_on) == ("Bring her the book", date(2027, 4, 1))


def test_a_letter_in_own_words_waits_for_a_yes_and_leaves_as_written(client, community, maya):
    data = {"detail": "The spring fair", "day": "0", "channel": "email", "personal_line": "Will you come, Maya?"}
    client.post(page("plan_by_hand", community, maya.pk), data)
    row = Attention.objects.get()
    assert not Message.objects.exists()
    assert "Will you come, Maya?" in text_of(client.get(act("detail", row)))
    client.post(act("approve", row))
    message = Message.objects.get()
    assert (message.subject, message.category) == ("The spring fair", "by_hand")
    assert message.text.startswith("Will you come, Maya?")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"day": "0", "channel": "by_hand"}, "Say in a few words what you want to do."),
        ({"idea": "call", "day": "on", "channel": "by_hand"}, "Choose a day."),
        ({"idea": "call", "day": "on", "on": "2027-02-28", "channel": "by_hand"}, "This day is past."),
        ({"idea": "call", "day": "on", "on": "2037-03-02", "channel": "by_hand"}, "within the next ten years."),
        ({"idea": "call", "day": "on", "on": "9990-01-01", "channel": "by_hand"}, "within the next ten years."),
        ({"idea": "call", "day": "on", "on": "9999-12-31", "channel": "by_hand"}, "within the next ten years."),
        ({"idea": "call", "day": "on", "on": "30 February", "channel": "by_hand"}, "Enter a valid date."),
        ({"idea": "call", "day": "0", "channel": "email"}, "An e-mail needs a text."),
        ({"idea": "call", "day": "0", "channel": "owl"}, "not one of the available choices"),
        ({"detail": "a\x07b", "day": "0", "channel": "by_hand"}, "invisible control characters"),
    ],
)
def test_what_is_missing_or_wrong_is_said_and_what_was_typed_stays(client, community, maya, data, words):
    response = client.post(page("plan_by_hand", community, maya.pk), data)
    assert response.status_code == 422
    assert words in text_of(response)
    assert not Attention.objects.exists()


def test_without_an_address_there_is_no_letter_to_choose(client, community):
    nobody = a_member(community, email="")
    assert 'value="email"' not in text_of(client.get(page("plan_by_hand", community, nobody.pk)))
    data = {"idea": "call", "day": "0", "channel": "email", "personal_line": "Hello"}
    assert client.post(page("plan_by_hand", community, nobody.pk), data).status_code == 422


def test_a_wish_for_silence_a_hold_and_a_departure_are_said_first(client, community, maya):
    url = page("plan_by_hand", community, maya.pk)
    OptOut.objects.create(community=community, member=maya, category="*", source="member", created_at=NOW)
    assert "Please respect that, by hand too." in text_of(client.get(url))
    ends = NOW + timedelta(days=9)
    Member.objects.update(hold_until=ends.date(), hold_ends_at=ends, hold_reason="mourning", status="left")
    text = text_of(client.get(url))
    assert "They are on hold (mourning)." in text
    assert "Their status is “left”." in text
    Member.objects.update(reachable="suppressed")
    assert "They asked never to be written to." in text_of(client.get(url))


def test_what_is_done_already_is_written_down(client, community, maya):
    data = {"idea": "coffee", "day": "-1", "note": "Two hours in Lyon", "cost": "8.40"}
    client.post(page("record_done", community, maya.pk), data)
    row = Attention.objects.get()
    assert (row.state, row.detail, row.note, row.cost_cents) == ("done", "A coffee together", "Two hours in Lyon", 840)
    assert row.due_on == date(2027, 2, 28)


@pytest.mark.parametrize("on", ["2027-03-02", "1999-12-31"])
def test_what_is_to_come_or_long_ago_cannot_be_written_down_as_done(client, community, maya, on):
    response = client.post(page("record_done", community, maya.pk), {"idea": "call", "day": "on", "on": on})
    assert response.status_code == 422
    assert not Attention.objects.exists()


@pytest.mark.parametrize("name", ["plan_by_hand", "record_done"])
def test_the_doors(client, community, maya, greeter, ana, name):
    other = a_community(slug="weavers")
    theirs = a_member(other)
    stranger = signed_in(a_builder(other))
    assert client.get(page(name, community, maya.pk)).status_code == 200
    assert client.get(page(name, community, theirs.pk)).status_code == 404
    assert stranger.get(page(name, community, maya.pk)).status_code == 404
    assert signed_in(greeter).get(page(name, community, maya.pk)).status_code == 403
    ana.language = "fr"
    ana.save(update_fields=["language"])
    assert client.get(page(name, community, maya.pk)).status_code == 200
    Member.objects.filter(pk=maya.pk).update(status="erased")
    assert client.get(page(name, community, maya.pk)).status_code == 404
