"""One attention, whole."""

import re
from datetime import date, timedelta

import pytest

from attentions.kinds import unregister
from attentions.kinds.base import _registry
from attentions.models import Attention
from attentions.services import approval, by_hand
from members.models import Member, Note
from outbox.models import Message
from tests.attentions.pages.conftest import NOW, act, page, signed_in
from tests.factories import a_builder, a_community


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def test_it_shows_why_the_letter_and_what_is_known(client, attention, maya, ana, community):
    Note.objects.create(community=community, member=maya, author=ana, text="Loves ash glazes.", created_at=NOW)
    by_hand.record_done(maya, by=ana, now=NOW, detail="Called her", done_on=NOW.date())
    text = text_of(client.get(act("detail", attention)))
    for words in ("Maya Okafor</a> turns 34", "Happy birthday, Maya", "Ana Costa", "Loves ash glazes.", "Called her"):
        assert words in text
    assert "Planned by the ritual “Birthday”." in text
    assert "Still welcome until Thursday 4 March" in text


def test_it_tells_what_happened_and_by_whom(client, attention, ben):
    theirs = signed_in(ben)
    theirs.post(act("snooze", attention), {"days": "1"})
    theirs.post(act("wake", attention))
    theirs.post(act("approve", attention))
    text = text_of(client.get(act("detail", attention)))
    assert "<strong>Approved</strong> by Ben Okri" in text
    assert "The letter, as it was approved" in text
    assert "Letter: Waiting to leave" in text


def test_a_letter_that_was_approved_is_shown_as_it_was_frozen(client, attention, maya):
    client.post(act("approve", attention))
    Member.objects.update(preferred_name="Maysie")
    text = text_of(client.get(act("detail", attention)))
    assert "Dear Maya," in text


def test_the_links_of_an_approved_letter_are_for_the_member_alone(client, attention):
    client.post(act("approve", attention))
    frozen = Message.objects.get().text
    links = re.findall(r"https?://\S+", frozen)
    text = text_of(client.get(act("detail", attention)))
    assert len(links) == 2
    assert "because you told us your birthday" in text
    assert not [link for link in links if link in text]


def test_of_an_approved_letter_whose_words_were_erased_it_says_so(client, attention):
    client.post(act("approve", attention))
    Message.objects.update(subject="", text="", html="")
    assert "The words are gone" in text_of(client.get(act("detail", attention)))


def test_approved_together_with_others_it_still_says_by_whom(client, attention, ana, community, ben):
    from tests.attentions.pages.conftest import planned
    from tests.factories import a_member

    a_member(community, birth_month=3, birth_day=1)
    approval.approve(planned(community), community=community, by=ben, now=NOW)
    assert "<strong>Approved</strong> by Ben Okri" in text_of(client.get(act("detail", attention)))


def test_a_hold_is_said(client, attention, maya):
    ends = NOW + timedelta(days=9)
    Member.objects.update(hold_until=ends.date(), hold_ends_at=ends, hold_reason="mourning")
    text = text_of(client.get(act("detail", attention)))
    assert "nothing leaves to them before that" in text
    assert "mourning" not in text.split("cols")[0]


def test_on_hold_it_is_upcoming_as_in_the_list(client, attention):
    assert client.get(act("detail", attention)).context["state"] == "waiting"
    Member.objects.update(hold_until=date(2027, 3, 10), hold_ends_at=NOW + timedelta(days=9))
    assert client.get(act("detail", attention)).context["state"] == "upcoming"


def test_what_was_approved_but_came_too_late_says_so(client, attention):
    Attention.objects.update(state="expired", approved_at=NOW, asks_again="moved")
    text = text_of(client.get(act("detail", attention)))
    assert "It was approved, but could not be delivered while it was still welcome." in text
    assert "Nobody said yes" not in text
    assert "Asks again" not in text


def test_why_it_asks_again_stands_beside_it(client, attention):
    Attention.objects.update(asks_again="moved")
    assert "Asks again: its day, hour or way changed" in text_of(client.get(act("detail", attention)))


def test_an_approved_letter_is_not_offered_to_a_colleague_and_a_gesture_by_hand_is(client, attention, maya, ana, ben):
    call = by_hand.plan_by_hand(maya, by=ana, now=NOW, detail="Call her", due_on=NOW.date())
    for row, is_offered in ((attention, False), (call, True)):
        client.post(act("approve", row))
        assert (act("hand_over", row) in text_of(client.get(act("detail", row)))) is is_offered


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("declined", "Take the skip back"),
        ("expired", "Too late to send"),
        ("withdrawn", "Not planned any more"),
    ],
)
def test_each_end_is_explained(client, attention, state, words):
    Attention.objects.update(state=state)
    assert words in text_of(client.get(act("detail", attention)))


def test_a_gesture_by_hand_asks_what_happened(client, maya, ana):
    row = by_hand.plan_by_hand(maya, by=ana, now=NOW, detail="Call her", due_on=NOW.date())
    text = text_of(client.get(act("detail", row)))
    assert "Mark as done" in text
    assert "Approve" not in text.split("cols")[1].split("history")[0]
    client.post(act("done", row), {"note": "A good talk", "cost": "3"})
    text = text_of(client.get(act("detail", row)))
    assert "A good talk" in text
    assert "It was not done after all" in text


def test_a_letter_whose_kind_was_removed_says_so_and_cannot_be_approved(client, attention, community):
    kind = _registry["birthday"]
    try:
        attention.ritual.wordings.update(body="You turn {age|older}.")
        unregister("birthday")
        assert "no longer part of Care" in text_of(client.get(act("detail", attention)))
        assert client.post(act("approve", attention), headers={"HX-Request": "true"}).status_code == 409
        assert client.get(page("list", community)).status_code == 200
        assert client.get(page("batch", community)).status_code == 200
    finally:
        _registry["birthday"] = kind
    assert not Message.objects.exists()


def test_a_greeter_may_read_it_but_not_act_nor_see_private_notes(attention, greeter, maya, ana, community):
    Note.objects.create(
        community=community, member=maya, author=ana, text="In a divorce.", is_restricted=True, created_at=NOW
    )
    text = text_of(signed_in(greeter).get(act("detail", attention)))
    assert "Happy birthday, Maya" in text
    assert act("approve", attention) not in text
    assert "divorce" not in text
    assert maya.email not in text


def test_another_communitys_attention_does_not_exist(attention):
    other = a_community(slug="weavers")
    stranger = signed_in(a_builder(other))
    assert stranger.get(act("detail", attention)).status_code == 404
    assert stranger.get(page("detail", other, attention.pk)).status_code == 404


def test_what_speaks_against_a_gesture_of_ones_own_is_said(client, maya, ana):
    row = by_hand.plan_by_hand(maya, by=ana, now=NOW, detail="Call her", due_on=NOW.date())
    assert "Their status is" not in text_of(client.get(act("detail", row)))
    Member.objects.update(status="deceased")
    assert "Their status is “deceased”." in text_of(client.get(act("detail", row)))
    client.post(act("done", row))
    assert "Their status is" not in text_of(client.get(act("detail", row)))


def test_it_is_read_in_french(client, attention, ana):
    ana.language = "fr"
    ana.save(update_fields=["language"])
    client.post(act("approve", attention))
    assert client.get(act("detail", attention)).status_code == 200
