"""What one can do with one attention, with and without a script, first and second."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup

from attentions.models import Attention
from attentions.services import approval, by_hand
from members.models import Member
from outbox.models import Message
from tests.attentions.pages.conftest import HTMX, NOW, act, page, signed_in
from tests.factories import a_builder, a_community, a_member


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


@pytest.fixture
def call(community, maya, ana):
    """A gesture by hand for today."""
    return by_hand.plan_by_hand(maya, by=ana, now=NOW, detail="Call her", due_on=NOW.date())


# --- approving


def seen_in(client, community) -> str:
    """The digest of the letter that Today shows."""
    return re.search(r'name="seen" value="(\w+)"', client.get(f"/c/{community.slug}/").content.decode())[1]


def test_what_was_read_is_approved(client, community, attention):
    response = client.post(
        act("approve", attention), {"seen": seen_in(client, community), "personal_line": "Yes"}, headers=HTMX
    )
    assert response.status_code == 200
    assert Attention.objects.get().state == "approved"


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_a_letter_that_has_changed_since_is_shown_again_with_what_was_typed(client, community, attention, headers):
    seen = seen_in(client, community)
    Member.objects.update(preferred_name="Majka")
    response = client.post(act("approve", attention), {"seen": seen, "personal_line": "See you"}, headers=headers)
    attention.refresh_from_db()
    assert (attention.state, attention.personal_line) == ("proposed", "See you")
    if headers:
        assert response.status_code == 422
        assert "Majka" in response.content.decode()
    again = seen_in(client, community)
    client.post(act("approve", attention), {"seen": again, "personal_line": "See you"}, headers=headers)
    assert Attention.objects.get().state == "approved"


def test_approving_leaves_a_slim_line_with_a_minute_to_undo(client, attention):
    response = client.post(act("approve", attention), {"personal_line": "See you in Lyon."}, headers=HTMX)
    attention.refresh_from_db()
    assert (attention.state, attention.personal_line) == ("approved", "See you in Lyon.")
    assert "See you in Lyon." in Message.objects.get().text
    text = text_of(response)
    assert "Maya Okafor</strong> · approved. It leaves in a minute." in text
    assert act("undo", attention) in text
    assert 'data-countdown="60"' in text
    assert 'id="open-count" hx-swap-oob="true">0' in text


def test_without_a_script_it_goes_back_to_where_the_form_stood(client, attention):
    came_from = "http://testserver" + act("detail", attention)
    response = client.post(act("approve", attention), headers={"Referer": came_from})
    assert (response.status_code, response.headers["Location"]) == (302, came_from)
    response = client.post(act("undo", attention), follow=True)
    assert response.redirect_chain[-1][0] == "/c/potters/"


def test_it_never_goes_back_to_another_site(client, attention):
    response = client.post(act("approve", attention), {"next": "https://evil.example/"}, headers={"Referer": "//evil"})
    assert response.headers["Location"] == "/c/potters/"


def test_words_in_place_of_a_page_to_go_back_to_are_no_error(client, attention):
    response = client.post(act("approve", attention), {"next": "plain words"})
    assert (response.status_code, response.headers["Location"]) == (302, "plain%20words")


def test_what_is_due_later_says_when_it_leaves(client, community, attention):
    Attention.objects.update(due_at=NOW + timedelta(hours=20), due_on=NOW.date() + timedelta(days=1))
    text = text_of(client.post(act("approve", attention), headers=HTMX))
    assert "approved. It leaves tomorrow at 06:30, their time." in text
    assert "data-countdown" not in text


def test_approving_without_a_line_in_the_form_keeps_the_line_that_is_there(client, attention, ana):
    approval.set_personal_line(attention, by=ana, line="Kept")
    client.post(act("approve", attention), headers=HTMX)
    assert "Kept" in Message.objects.get().text


def test_of_two_who_approve_the_second_is_told_who_was_first(client, attention, ben):
    signed_in(ben).post(act("approve", attention), headers=HTMX)
    response = client.post(act("approve", attention), {"personal_line": "mine"}, headers=HTMX)
    assert response.status_code == 409
    assert "Ben Okri has approved this already." in text_of(response)
    assert Message.objects.count() == 1
    plain = client.post(act("approve", attention), follow=True)
    assert "Ben Okri has approved this already." in text_of(plain)


def test_a_line_that_is_too_long_comes_back_as_it_was_typed(client, attention):
    long = "word " * 201
    response = client.post(act("approve", attention), {"personal_line": long}, headers=HTMX)
    assert response.status_code == 422
    assert long.strip() in response.content.decode()
    assert "1,000 characters" in json.loads(response.headers["HX-Trigger"])["care:toast"]["text"]
    attention.refresh_from_db()
    assert attention.state == "proposed"


def test_what_is_too_late_cannot_be_approved(client, attention):
    Attention.objects.update(expires_at=NOW - timedelta(minutes=1))
    response = client.post(act("approve", attention), headers=HTMX)
    assert response.status_code == 409
    assert "Its time is over." in text_of(response)


# --- undoing


def test_an_approval_is_undone_and_the_item_is_back(client, attention):
    client.post(act("approve", attention), headers=HTMX)
    text = text_of(client.post(act("undo", attention), headers=HTMX))
    attention.refresh_from_db()
    assert attention.state == "proposed"
    assert Message.objects.get().state == "cancelled"
    assert act("approve", attention) in text
    assert 'id="open-count" hx-swap-oob="true">1' in text


def test_what_has_left_cannot_be_undone(client, attention):
    client.post(act("approve", attention), headers=HTMX)
    Message.objects.update(state="sent", sent_at=NOW)
    response = client.post(act("undo", attention), headers=HTMX)
    assert response.status_code == 409
    assert "too late to undo" in text_of(response)


def test_undoing_twice_says_that_it_was_undone(client, attention):
    client.post(act("approve", attention))
    client.post(act("undo", attention))
    response = client.post(act("undo", attention), headers=HTMX)
    assert response.status_code == 409
    assert "taken back already" in text_of(response)


# --- the personal line


def test_a_line_is_kept_for_later_and_stands_in_the_letter(client, attention):
    response = client.post(act("edit", attention), {"personal_line": "How is the new kiln?"}, headers=HTMX)
    assert "How is the new kiln?" in text_of(response)
    attention.refresh_from_db()
    assert (attention.state, attention.personal_line) == ("proposed", "How is the new kiln?")


def test_what_is_approved_does_not_change(client, attention):
    client.post(act("approve", attention))
    response = client.post(act("edit", attention), {"personal_line": "Too late"}, headers=HTMX)
    assert response.status_code == 409
    attention.refresh_from_db()
    assert attention.personal_line == ""


POSTPONED = [("snooze", {"days": "1"}), ("skip", {"reason": "not_now"})]


@pytest.mark.parametrize(("name", "posted"), POSTPONED)
def test_a_line_typed_before_a_snooze_or_a_skip_is_kept(client, community, attention, name, posted):
    client.post(act(name, attention), posted | {"personal_line": "How is the kiln?"}, headers=HTMX)
    attention.refresh_from_db()
    assert attention.personal_line == "How is the kiln?"
    back = text_of(client.post(act({"snooze": "wake", "skip": "unskip"}[name], attention), headers=HTMX))
    assert "How is the kiln?</textarea>" in back
    client.post(act(name, attention), posted | {"personal_line": "", "shown": "How is the kiln?"})
    attention.refresh_from_db()
    assert attention.personal_line == ""


def test_a_line_that_a_colleague_wrote_meanwhile_is_not_overwritten(client, community, attention, ben):
    approval.set_personal_line(attention, by=ben, line="From Ben")
    for untouched in ("", "Old, as the page showed it"):
        posted = {"days": "1", "personal_line": untouched, "shown": untouched}
        assert client.post(act("snooze", attention), posted, headers=HTMX).status_code == 200
        attention.refresh_from_db()
        assert (attention.personal_line, attention.snoozed_until is None) == ("From Ben", False)


def test_two_who_write_a_line_at_once_are_told(client, attention, ben):
    approval.set_personal_line(attention, by=ben, line="From Ben")
    posted = {"days": "1", "personal_line": "From Ana", "shown": ""}
    response = client.post(act("snooze", attention), posted, headers=HTMX)
    assert response.status_code == 422
    assert "From Ben" in json.loads(response.headers["HX-Trigger"])["care:toast"]["text"]
    assert "From Ana</textarea>" in response.content.decode()
    attention.refresh_from_db()
    assert (attention.personal_line, attention.snoozed_until) == ("From Ben", None)
    plain = client.post(act("snooze", attention), posted)
    assert (plain.status_code, "From Ana</textarea>" in plain.content.decode()) == (422, True), "without a script too"
    posted["shown"] = BeautifulSoup(response.content, "html.parser").find("input", attrs={"name": "shown"})["value"]
    assert client.post(act("snooze", attention), posted, headers=HTMX).status_code == 200
    attention.refresh_from_db()
    assert (attention.personal_line, attention.snoozed_until is None) == ("From Ana", False)


@pytest.mark.parametrize(("name", "posted"), POSTPONED)
def test_what_happened_is_kept_by_a_snooze_or_a_skip(client, call, name, posted):
    client.post(act(name, call), posted | {"note": "Rang twice, nobody there."}, headers=HTMX)
    call.refresh_from_db()
    assert (call.note, call.state == "done") == ("Rang twice, nobody there.", False)
    assert "What happened was written down" in text_of(client.get(act("detail", call)))
    back = client.post(act({"snooze": "wake", "skip": "unskip"}[name], call), headers=HTMX).content.decode()
    assert "Rang twice, nobody there.</textarea>" in back
    refused = client.post(act(name, call), posted | {"note": "x" * 2_001}, headers=HTMX)
    assert (refused.status_code, "x" * 2_001 in refused.content.decode()) == (422, True)
    client.post(act(name, call), posted, headers=HTMX)
    call.refresh_from_db()
    assert call.note == "Rang twice, nobody there.", "a page without the field leaves it"


@pytest.mark.parametrize(("name", "posted"), POSTPONED)
def test_what_a_colleague_noted_meanwhile_is_not_lost(client, call, ben, name, posted):
    by_hand.set_note(call, by=ben, note="She is ill, call Friday.")
    response = client.post(act(name, call), posted | {"note": "Rang", "shown": ""}, headers=HTMX)
    assert (response.status_code, "She is ill" in response.headers["HX-Trigger"]) == (422, True)
    plain = client.post(act(name, call), posted | {"note": "Rang", "shown": ""})
    assert (plain.status_code, "Rang</textarea>" in plain.content.decode()) == (422, True)
    assert client.post(act(name, call), posted | {"note": "", "shown": ""}, headers=HTMX).status_code == 200
    call.refresh_from_db()
    assert call.note == "She is ill, call Friday."


def test_a_note_on_a_gesture_that_has_moved_on_changes_nothing(call, ana):
    approval.approve([Attention.objects.get()], community=call.community, by=ana, now=NOW)
    assert not by_hand.set_note(call, by=ana, note="Too late")
    approved = Attention.objects.get()
    approval.undo(Attention.objects.get(), by=ana, now=NOW)
    assert not by_hand.set_note(approved, by=ana, note="Too late")
    assert Attention.objects.get().note == ""


@pytest.mark.parametrize(("name", "posted"), POSTPONED)
def test_a_line_that_cannot_be_kept_stops_a_snooze_or_a_skip_and_is_not_lost(client, attention, name, posted):
    long = "word " * 201
    response = client.post(act(name, attention), posted | {"personal_line": long}, headers=HTMX)
    assert response.status_code == 422
    assert long in response.content.decode()
    attention.refresh_from_db()
    assert (attention.state, attention.snoozed_until) == ("proposed", None)


# --- a letter of one's own


@pytest.fixture
def own(maya, ana):
    """A mail in Ana's own words for today."""
    words = {"detail": "The spring fair", "channel": "email", "personal_line": "Will you come?"}
    return by_hand.plan_by_hand(maya, by=ana, now=NOW, due_on=NOW.date(), **words)


@pytest.mark.parametrize("name", ["approve", "edit"])
@pytest.mark.parametrize("headers", [HTMX, {}])
def test_a_letter_of_ones_own_is_never_emptied(client, own, name, headers):
    response = client.post(act(name, own), {"personal_line": "  "}, headers=headers, follow=True)
    own.refresh_from_db()
    assert (own.state, own.personal_line) == ("proposed", "Will you come?")
    assert not Message.objects.exists()
    if headers:
        assert response.status_code == 422
        assert "An e-mail needs a text." in json.loads(response.headers["HX-Trigger"])["care:toast"]["text"]
    else:
        assert "An e-mail needs a text." in text_of(response)


@pytest.mark.parametrize(("name", "posted"), POSTPONED)
def test_a_letter_of_ones_own_that_is_emptied_before_a_snooze_or_a_skip_keeps_its_words(
    client, community, own, name, posted
):
    client.post(act(name, own), posted | {"personal_line": "", "seen": seen_in(client, community)}, headers=HTMX)
    own.refresh_from_db()
    assert own.personal_line == "Will you come?"
    assert (own.state == "declined", own.snoozed_until is not None) == (name == "skip", name == "snooze")


def test_the_field_of_a_letter_of_ones_own_is_called_so_wherever_it_stands(client, community, own):
    for url in (f"/c/{community.slug}/", act("detail", own), page("batch", community)):
        text = text_of(client.get(url))
        assert "Your letter" in text
        assert "A personal line" not in text


def test_emptied_in_the_batch_it_is_refused_by_name(client, community, own):
    form = client.get(page("batch", community))
    data = {"letter": own.pk, "pick": own.pk, f"line-{own.pk}": ""}
    data[f"seen-{own.pk}"] = form.context["items"][0].digest
    text = text_of(client.post(page("batch", community), data, follow=True))
    assert "Maya Okafor: An e-mail needs a text." in text
    own.refresh_from_db()
    assert (own.state, own.personal_line) == ("proposed", "Will you come?")


def test_a_letter_to_somebody_who_has_left_says_why_it_cannot_leave(client, own):
    Member.objects.update(status="left")
    response = client.post(act("approve", own), {"personal_line": "Will you come?"}, headers=HTMX)
    assert response.status_code == 409
    assert "Their status is “left”: no mail leaves to them." in text_of(response)
    assert not Message.objects.exists()


# --- snoozing


@pytest.mark.parametrize(
    ("days", "back"),
    [
        ("0", datetime(2027, 3, 1, 12, 30, tzinfo=UTC)),
        ("1", datetime(2027, 3, 2, 6, 0, tzinfo=UTC)),
        ("3", datetime(2027, 3, 4, 6, 0, tzinfo=UTC)),
    ],
)
def test_it_is_snoozed_until_later_or_a_morning(client, attention, days, back):
    response = client.post(act("snooze", attention), {"days": days}, headers=HTMX)
    attention.refresh_from_db()
    assert attention.snoozed_until == back
    assert act("wake", attention) in text_of(response)


def test_a_snooze_ends_before_its_time_is_over_and_says_so(client, attention):
    text = text_of(client.post(act("snooze", attention), {"days": "7"}, headers=HTMX))
    attention.refresh_from_db()
    assert attention.snoozed_until == attention.expires_at - timedelta(hours=3)
    assert "not later, because its time ends soon after" in text


def test_a_snooze_is_taken_back(client, attention):
    client.post(act("snooze", attention), {"days": "1"})
    client.post(act("wake", attention))
    attention.refresh_from_db()
    assert attention.snoozed_until is None


def test_a_snooze_until_never_is_refused(client, attention):
    assert client.post(act("snooze", attention), {"days": "400"}, headers=HTMX).status_code == 422
    assert client.post(act("snooze", attention), headers=HTMX).status_code == 422


# --- skipping


@pytest.mark.parametrize(
    ("posted", "kept", "said"),
    [
        ({"reason": "not_now"}, "not_now", "Not the right moment"),
        ({"reason": "Not the right moment"}, "Not the right moment", "Not the right moment"),
        ({"reason_text": "  She prefers  silence "}, "She prefers silence", "She prefers silence"),
        ({}, "", "skipped."),
    ],
)
def test_it_is_skipped_with_a_reason(client, attention, posted, kept, said):
    response = client.post(act("skip", attention), posted, headers=HTMX)
    attention.refresh_from_db()
    assert (attention.state, attention.declined_reason) == ("declined", kept)
    assert said in text_of(response)


def test_a_skip_is_taken_back(client, attention):
    client.post(act("skip", attention), {"reason": "wrong"})
    text = text_of(client.post(act("unskip", attention), headers=HTMX))
    attention.refresh_from_db()
    assert (attention.state, attention.declined_reason) == ("proposed", "")
    assert act("approve", attention) in text


def test_a_skip_that_is_taken_back_twice_says_so(client, attention):
    client.post(act("skip", attention), {"reason": "wrong"})
    client.post(act("unskip", attention))
    response = client.post(act("unskip", attention), headers=HTMX)
    assert response.status_code == 409
    assert "the skip was taken back already." in text_of(response)


def test_who_was_overtaken_twice_is_told_to_look_again(client, attention, monkeypatch):
    monkeypatch.setattr(approval, "skip", lambda *args, **kwargs: False)
    response = client.post(act("skip", attention), {"reason": "wrong"}, headers=HTMX)
    assert response.status_code == 409
    assert "this has just changed." in text_of(response)
    assert "goes by mail" not in text_of(response)


def test_a_reason_with_invisible_characters_is_refused(client, attention):
    assert client.post(act("skip", attention), {"reason_text": "a\x00b\u202e"}, headers=HTMX).status_code == 422


@pytest.mark.parametrize("name", ["snooze", "skip", "hand_over"])
def test_what_a_colleague_approved_meanwhile_is_not_touched(client, attention, ben, name):
    signed_in(ben).post(act("approve", attention))
    Attention.objects.update(state="done", done_at=NOW) if name == "hand_over" else None
    response = client.post(act(name, attention), {"days": "1"}, headers=HTMX)
    assert response.status_code == 409
    attention.refresh_from_db()
    assert attention.state in ("approved", "done")


# --- handing over


def test_it_is_handed_to_a_colleague_and_leaves_ones_own_today(client, attention, ben, community):
    form = client.get(act("hand_over", attention)).content.decode()
    assert "Ben Okri" in form
    response = client.post(act("hand_over", attention), {"to": community.team.get(user=ben).pk, "next": "/c/potters/"})
    assert response.headers["Location"] == "/c/potters/"
    attention.refresh_from_db()
    assert attention.assigned_to == ben
    assert "Maya Okafor</a>" not in client.get("/c/potters/").content.decode().split("today-side")[0]


def test_it_is_given_back_to_everybody(client, attention, ben, community):
    client.post(act("hand_over", attention), {"to": community.team.get(user=ben).pk})
    client.post(act("hand_over", attention), {"to": ""})
    attention.refresh_from_db()
    assert attention.assigned_to is None


def test_it_is_not_handed_to_a_greeter_or_a_stranger(client, attention, greeter, community):
    other = a_community()
    a_builder(other)
    for team_member in (community.team.get(user=greeter), other.team.get()):
        assert client.post(act("hand_over", attention), {"to": team_member.pk}).status_code == 404
    attention.refresh_from_db()
    assert attention.assigned_to is None


def test_an_approved_letter_leaves_by_itself_and_a_gesture_by_hand_is_handed_over(
    client, attention, call, ben, community
):
    colleague = {"to": community.team.get(user=ben).pk}
    for row, to in ((attention, None), (call, ben)):
        client.post(act("approve", row))
        response = client.post(act("hand_over", row), colleague, headers=HTMX)
        assert response.status_code == (200 if to else 409)
        row.refresh_from_db()
        assert (row.state, row.assigned_to) == ("approved", to)


def test_who_is_alone_is_told_to_invite_somebody(client, attention):
    assert "You are alone so far" in client.get(act("hand_over", attention)).content.decode()


# --- by hand


def test_a_gesture_by_hand_is_done_with_a_note_and_a_cost(client, call, maya):
    response = client.post(act("done", call), {"note": "A good talk", "cost": "12,50"}, headers=HTMX)
    call.refresh_from_db()
    assert (call.state, call.note, call.cost_cents) == ("done", "A good talk", 1250)
    assert act("undo", call) in text_of(response)
    maya.refresh_from_db()
    assert maya.reached_at is not None


def test_it_is_undone_again(client, call):
    client.post(act("done", call))
    client.post(act("undo", call))
    call.refresh_from_db()
    assert call.state == "proposed"


@pytest.mark.parametrize("cost", ["twelve", "-1", "1e12", "9" * 30])
def test_a_cost_that_is_none_is_refused(client, call, cost):
    assert client.post(act("done", call), {"cost": cost}, headers=HTMX).status_code == 422
    call.refresh_from_db()
    assert call.state == "proposed"


def test_beside_a_cost_that_is_none_the_note_is_shown_again(client, call):
    response = client.post(act("done", call), {"note": "We talked about the kiln.", "cost": "12 €"})
    assert response.status_code == 422
    form = response.context["done_form"]
    assert (form["note"].value(), form["cost"].value()) == ("We talked about the kiln.", "12 €")
    text = text_of(response)
    assert f'name="next" value="{act("done", call)}"' not in text, "another language is read on a page"
    assert "We talked about the kiln.</textarea>" in text
    assert form.errors["cost"][0] in text


def test_a_note_that_is_too_long_for_today_comes_back_as_it_was_typed(client, call):
    response = client.post(act("done", call), {"note": "word " * 401}, headers=HTMX)
    assert response.status_code == 422
    assert f"{'word ' * 401}</textarea>" in response.content.decode()


@pytest.mark.parametrize("where", ["its page", "Today"])
def test_done_anew_after_undoing_it_begins_with_the_note_and_the_cost(client, community, call, where):
    client.post(act("done", call), {"note": "A good talk", "cost": "12,50"})
    client.post(act("undo", call))
    if where == "Today":
        assert "A good talk</textarea>" in text_of(client.get(f"/c/{community.slug}/"))
        client.post(act("done", call), {"note": "A good talk"}, headers=HTMX)
    else:
        form = client.get(act("detail", call)).context["done_form"]
        client.post(act("done", call), {name: form[name].value() for name in form.fields})
    call.refresh_from_db()
    assert (call.state, call.note, call.cost_cents) == ("done", "A good talk", 1250)


def test_what_is_emptied_on_purpose_is_empty(client, call):
    client.post(act("done", call), {"note": "A good talk", "cost": "12,50"})
    client.post(act("undo", call))
    client.post(act("done", call), {"note": "", "cost": ""})
    call.refresh_from_db()
    assert (call.note, call.cost_cents) == ("", None)


def test_a_letter_is_not_done_by_hand(client, attention):
    response = client.post(act("done", attention), headers=HTMX)
    assert response.status_code == 409
    assert "approve it instead" in text_of(response)


def test_of_two_who_say_done_the_second_is_told(client, call, ben):
    signed_in(ben).post(act("done", call))
    response = client.post(act("done", call), headers=HTMX)
    assert response.status_code == 409
    assert "Ben Okri has done this already." in text_of(response)


# --- doors

ACTS = ["approve", "undo", "edit", "snooze", "wake", "skip", "unskip", "hand_over", "done"]


@pytest.mark.parametrize("name", ACTS)
def test_a_greeter_may_do_none_of_it(attention, greeter, name):
    assert signed_in(greeter).post(act(name, attention), {"days": "1"}).status_code == 403
    attention.refresh_from_db()
    assert attention.state == "proposed"


@pytest.mark.parametrize("name", ACTS)
def test_another_communitys_attention_does_not_exist(attention, name):
    other = a_community(slug="weavers")
    stranger = signed_in(a_builder(other))
    assert stranger.post(act(name, attention)).status_code == 404
    assert stranger.post(page(name, other, attention.pk)).status_code == 404


@pytest.mark.parametrize("name", [name for name in ACTS if name != "hand_over"])
def test_every_act_needs_a_post(client, attention, name):
    assert client.get(act(name, attention)).status_code == 405


@pytest.mark.parametrize("name", ACTS)
def test_every_act_answers_in_french(client, attention, ana, name):
    ana.language = "fr"
    ana.save(update_fields=["language"])
    response = client.post(act(name, attention), {"days": "1", "reason": "wrong"}, headers=HTMX)
    assert response.status_code in (200, 302, 409)
    assert Member.objects.count() == 1


def test_somebody_who_left_meanwhile_is_still_shown_by_name(client, attention, community):
    Member.objects.update(status="left")
    a_member(community)
    response = client.post(act("skip", attention), headers=HTMX)
    assert "Maya Okafor" in text_of(response)


def test_a_greeter_sees_today_but_nothing_to_press(attention, greeter, community):
    text = signed_in(greeter).get("/c/potters/").content.decode()
    assert "Maya Okafor" in text
    for name in ("skip", "snooze", "hand_over"):
        assert act(name, attention) not in text
    assert "A personal line" not in text
    assert "data-key=" not in text.split("today-side")[0].split("queue")[-1].replace('data-key="o"', "")
