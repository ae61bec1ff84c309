"""The delivery log, a letter, how sending does; and the development mailbox."""

from datetime import timedelta
from mailbox import Maildir

import pytest
from django.test import Client
from django.urls import reverse

from care.lib import clock
from members.models import Community
from outbox.models import ChannelHealth, Install, Message
from outbox.services import beat, deliver, opt_out, quarantine
from outbox.services.heartbeat import WORKER
from outbox.timeline import header, rows
from tests.factories import a_builder, a_community, a_member
from tests.outbox.drafts import NOON, a_message

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _live(settings):
    settings.REQUIRE_TWO_FACTOR = False
    beat(WORKER, now=clock.now())


@pytest.fixture
def community():
    return a_community(slug="atelier")


@pytest.fixture
def builder(community):
    return a_builder(community)


@pytest.fixture
def client(builder):
    return as_user(builder)


def as_user(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def url(name: str, *args) -> str:
    return reverse(f"outbox:{name}", args=["atelier", *args])


def in_state(community, state: str, reason: str = "", **fields) -> Message:
    message = a_message(a_member(community, **fields), expires_at=clock.now() + timedelta(days=1))
    sent_at = NOON if state == "sent" else None
    Message.objects.filter(pk=message.pk).update(state=state, reason=reason, sent_at=sent_at)
    message.refresh_from_db()
    return message


def test_each_shelf_shows_what_belongs_there(client, community):
    states = [state for state in Message.State.values if state not in ("claimed", "sending")]
    names = {state: in_state(community, state, name=f"Name {state}") for state in states}
    shown = {
        "": set(names),
        **{state: {state} for state in states},
        "nonsense": set(names),
    }
    for key, expected in shown.items():
        page = client.get(url("messages"), {"show": key}).content.decode()
        assert {state for state in names if f"Name {state}" in page} == expected


def test_it_says_why_in_words_and_counts_what_needs_a_person(client, community):
    in_state(community, "failed", "no_mailbox")
    in_state(community, "unknown", "no_answer")
    page = client.get(url("messages")).content.decode()
    assert "There is no mailbox at this address." in page
    assert 'Failed <span class="count">1</span>' in page
    assert "Held back" not in page, "there is none to look at"


def test_an_empty_shelf_says_what_will_be_there(client):
    assert "When the first note is approved" in client.get(url("messages")).content.decode()
    assert "All is well" in client.get(url("messages"), {"show": "failed"}).content.decode()


def test_pages_follow_one_another_without_losing_or_repeating_one(client, community, monkeypatch):
    monkeypatch.setattr("outbox.log.PAGE", 4)
    member = a_member(community)
    for number in range(10):
        a_message(member, subject=f"Letter {number:02}", due_at=NOON + timedelta(seconds=number // 3, microseconds=7))
    seen, where = [], url("messages")
    for _ in range(3):
        answer = client.get(where)
        seen += [f"Letter {n:02}" for n in range(10) if f"Letter {n:02}" in answer.content.decode()]
        where = url("messages") + answer.context["later_url"]
    assert len(seen) == len(set(seen)) == 10
    assert answer.context["later_url"] == ""
    assert client.get(url("messages"), {"page": "nonsense"}).status_code == 200


def test_htmx_gets_the_list_only(client):
    page = client.get(url("messages"), headers={"HX-Request": "true"}).content.decode()
    assert 'id="results"' in page
    assert "<html" not in page


def test_any_number_of_letters_takes_the_same_number_of_queries(client, community, django_assert_num_queries):
    for number in (2, 20):
        for _ in range(number):
            in_state(community, "failed", "refused")
        client.get(url("messages"))
        with django_assert_num_queries(12):
            client.get(url("messages"))


def test_a_letter_shows_what_was_written_what_happened_and_what_to_do(client, community, a_server):
    a_server("RCPT 550 5.1.1 no such user here")
    message = a_message(a_member(community), text="Dear Maya,\n\nhello.\n\n-- \nWhy.\nhttps://care.example/p/secret/\n")
    deliver(NOON)
    page = client.get(url("message", message.pk)).content.decode()
    for words in ("Dear Maya,", "Why.", "no such user here", "There is no mailbox", "Ask the member for a new address"):
        assert words in page
    assert "secret" not in page, "the member's own link is for the member"


@pytest.mark.parametrize(
    ("state", "name", "after"),
    [
        ("unknown", "message_sent", "sent"),
        ("unknown", "message_again", "queued"),
        ("failed", "message_retry", "queued"),
        ("held", "message_retry", "queued"),
        ("sent", "message_again", "sent"),
        ("cancelled", "message_retry", "cancelled"),
        ("queued", "message_sent", "queued"),
    ],
)
def test_a_person_settles_what_waits_for_one(client, community, state, name, after):
    message = in_state(community, state)
    answer = client.post(url(name, message.pk))
    assert (answer.status_code, answer.headers["Location"]) == (303, url("message", message.pk))
    message.refresh_from_db()
    assert message.state == after


def test_a_get_settles_nothing(client, community):
    message = in_state(community, "unknown")
    assert client.get(url("message_again", message.pk)).status_code == 405


def test_all_that_failed_can_be_tried_at_once(client, community):
    for _ in range(3):
        in_state(community, "failed")
    held = in_state(community, "held")
    assert client.post(url("messages_retry")).status_code == 303
    assert Message.objects.filter(state="queued").count() == 3
    held.refresh_from_db()
    assert held.state == "held"


def test_what_was_erased_shows_no_name_and_no_words(client, community):
    message = in_state(community, "sent")
    Message.objects.filter(pk=message.pk).update(to_email="", to_name="", subject="", text="", html="")
    page = client.get(url("message", message.pk)).content.decode()
    assert "The words are gone" in page
    assert "<title>A letter without a subject · " in page


def test_a_greeter_reads_an_alarm_and_is_not_led_where_builders_mend_it(client, community):
    Community.objects.update(paused_at=NOON)
    place = reverse("members:list", args=[community.slug])
    greeter = as_user(a_builder(community, role="greeter"))
    pages = [one.get(place).content.decode() for one in (client, greeter)]
    assert ["Your community is paused." in page for page in pages] == [True, True]
    assert [url("sending") in page for page in pages] == [True, False]


def test_other_people_stay_outside(community):
    message = in_state(community, "failed")
    pages = [url("messages"), url("message", message.pk), url("sending")]
    stranger = as_user(a_builder(a_community()))
    greeter = as_user(a_builder(community, role="greeter"))
    for page in pages:
        assert Client().get(page).status_code == 302
        assert stranger.get(page).status_code == 404
        assert greeter.get(page).status_code == 403
    assert stranger.post(url("message_retry", message.pk)).status_code == 404


def test_a_letter_of_another_community_does_not_exist(client):
    elsewhere = in_state(a_community(), "failed")
    assert client.get(url("message", elsewhere.pk)).status_code == 404
    assert client.post(url("message_retry", elsewhere.pk)).status_code == 404


# --- how sending does


def test_all_is_well(client):
    assert "All is well" in client.get(url("sending")).content.decode()


def test_each_thing_that_stops_letters_is_told_and_ended(community):
    owner = as_user(a_builder(community, role="owner"))
    quarantine.check_machine(NOON)
    Install.objects.update(quarantined_at=NOON, quarantine_reason="gap")
    ChannelHealth.objects.create(name="email", failures=3, paused_at=NOON, error="535 wrong password")
    in_state(community, "held", "brake")
    page = owner.get(url("sending")).content.decode()
    for words in ("Is this the right machine?", "535 wrong password", "1 letter is held back"):
        assert words in page
    for name in ("sending_resume", "sending_channel", "sending_brake"):
        assert owner.post(url(name)).status_code == 303
    assert "All is well" in owner.get(url("sending")).content.decode()
    assert not quarantine.is_quarantined()


def test_a_builder_may_release_the_brake_but_not_the_machine(client):
    assert client.post(url("sending_brake")).status_code == 303
    assert client.post(url("sending_resume")).status_code == 403
    assert client.post(url("sending_channel")).status_code == 403


# --- the member's timeline


def test_the_timeline_tells_of_letters_to_whoever_may_know(community, builder):
    member = a_member(community)
    sent, failed, back = a_message(member), a_message(member), a_message(member, subject="Taken back")
    Message.objects.filter(pk=sent.pk).update(state="sent", sent_at=NOON)
    Message.objects.filter(pk=failed.pk).update(state="failed", reason="refused")
    Message.objects.filter(pk=back.pk).update(state="cancelled")
    told = rows(member, before=NOON + timedelta(days=1), limit=10, team_member=builder.teams.get())
    assert sorted(row.icon for row in told) == ["mail-check", "mail-x"]
    assert all(row.url for row in told)
    greeter = a_builder(community, role="greeter").teams.get()
    assert not any(row.url for row in rows(member, before=NOON + timedelta(days=1), limit=10, team_member=greeter))


def test_the_header_tells_what_a_member_does_not_want(community):
    member = a_member(community, reachable="bounced")
    opt_out(member, "birthday", source="team", now=NOON)
    opt_out(member, "*", until=NOON + timedelta(days=2), source="team", now=NOON)
    texts = [str(fact.text) for fact in header(member, now=NOON)]
    assert len(texts) == 3
    assert any("until" in text for text in texts)


# --- the development mailbox


@pytest.fixture
def mailbox(settings, tmp_path):
    settings.TRYING_OUT = True
    return tmp_path / "mailbox"


def test_it_shows_what_would_have_been_sent(mailbox, community):
    a_message(a_member(community, name="Maya Okafor"), text="Dear Maya,\n\nsee https://care.example/x\n")
    deliver(NOON)
    page = Client().get("/mailbox/").content.decode()
    assert "Happy birthday" in page
    assert "Maya Okafor" in page
    (key,) = [path.name for path in (mailbox / "new").iterdir()]
    letter = Client().get(f"/mailbox/{key}/").content.decode()
    assert '<a href="https://care.example/x">' in letter
    assert "List-Unsubscribe" in letter


def test_the_page_of_a_letter_can_do_nothing(mailbox, community):
    a_message(a_member(community), html="<html><head></head><body><script>alert(1)</script>Hello</body></html>")
    deliver(NOON)
    (key,) = [path.name for path in (mailbox / "new").iterdir()]
    frame = Client().get(f"/mailbox/{key}/page/")
    assert sorted(frame.headers["Content-Security-Policy"].split("; ")) == [
        "default-src 'none'",
        "frame-ancestors 'self'",
        "sandbox allow-popups allow-popups-to-escape-sandbox",
        "style-src 'unsafe-inline'",
    ]
    assert frame.headers["X-Frame-Options"] == "SAMEORIGIN"
    around = Client().get(f"/mailbox/{key}/")
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in around.content.decode()
    assert "frame-src 'self'" in around.headers["Content-Security-Policy"]


def test_one_finds_a_letter_by_address_or_subject(mailbox, community):
    for name in ("Maya Okafor", "Jonas Lindqvist"):
        a_message(a_member(community, name=name))
    deliver(NOON)
    page = Client().get("/mailbox/", {"q": "okafor"}).content.decode()
    assert "Maya" in page
    assert "Jonas" not in page
    assert "No letter like that" in Client().get("/mailbox/", {"q": "nobody"}).content.decode()
    typing = {"HX-Request": "true", "HX-Trigger-Name": "q"}
    assert Client().get("/mailbox/?q=ok", headers=typing)["HX-Replace-Url"] == "/mailbox/?q=ok"


def test_an_empty_mailbox_and_a_letter_that_is_gone(mailbox):
    assert "No letters yet" in Client().get("/mailbox/").content.decode()
    assert Client().get("/mailbox/nothing/").status_code == 404
    Maildir(mailbox).add(b"not a letter at all")
    assert "A letter without a subject</a>" in Client().get("/mailbox/").content.decode()


@pytest.mark.parametrize(("is_trial", "address"), [(False, None), (True, "smtp://127.0.0.1:25")])
def test_it_does_not_exist_where_mail_is_real(settings, mailbox, is_trial, address):
    settings.TRYING_OUT = is_trial
    settings.EMAIL_URL = address or settings.EMAIL_URL
    for page in ("/mailbox/", "/mailbox/x/", "/mailbox/x/page/"):
        assert Client().get(page).status_code == 404
