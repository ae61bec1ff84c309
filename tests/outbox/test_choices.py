"""What a member chooses, from a letter, without a login: preferences and one-click unsubscribe (RFC 8058)."""

import re
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from attentions import letters
from attentions.kinds import kind_of, kinds
from attentions.models import Attention
from attentions.services import approval
from attentions.services.rituals import ritual_for
from care.lib import clock
from outbox import links, mime
from outbox.categories import _registry, categories, label, register_category
from outbox.models import Message, OptOut
from outbox.services import enqueue, opt_out
from tests.both_databases import ROOT
from tests.factories import a_builder, a_community, a_member
from tests.outbox.drafts import NOON, a_message
from tests.strangers.state import checksum

pytestmark = pytest.mark.django_db
PAGE = "/p/"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def member():
    return a_member(a_community(name="Atelier", time_zone="Europe/Paris"), name="Maya Okafor")


@pytest.fixture
def stranger() -> Client:
    """A browser without any cookie, which checks forged requests as in real life."""
    return Client(enforce_csrf_checks=True)


def path(url: str) -> str:
    return url.removeprefix("https://care.example")


def waiting(member, category: str = "birthday") -> Message:
    return a_message(member, category=category, due_at=clock.now() + timedelta(days=1))


def opted_out(member) -> set[str]:
    return set(OptOut.objects.filter(member=member).values_list("category", flat=True))


# --- one click


@pytest.mark.proves(
    "S9", "The unsubscribe link, looked at ten times", goal="whoever looks, and however: no row of any table changes"
)
def test_looking_at_the_link_changes_nothing_however_often(member, stranger, line):
    waiting(member)
    url = path(links.unsubscribe_url(member.pk, "birthday"))
    before, looks = checksum(), [*10 * [stranger.get], *10 * [stranger.head]]
    assert {look(url).status_code for look in looks} == {200}
    line.figures |= {"looks": len(looks), "changed": int(checksum() != before)}
    assert checksum() == before


@pytest.mark.proves(
    "S9",
    "One click of a mail program, repeated",
    goal="works without cookies or a login, for letters of that sort alone; a second click changes nothing",
)
def test_one_post_without_cookies_ends_it_at_once_and_twice_is_as_well(member, stranger, line):
    birthday, other = waiting(member), waiting(member, "season")
    url, states = path(links.unsubscribe_url(member.pk, "birthday")), []
    for _click in range(line.size("clicks", fast=3, long=100)):
        answer = stranger.post(url, "List-Unsubscribe=One-Click", content_type=FORM)
        assert answer.status_code == 200
        stranger.cookies.clear()
        states.append(checksum())
    assert [Message.objects.get(pk=row.pk).state for row in (birthday, other)] == ["cancelled", "queued"]
    assert opted_out(member) == {"birthday"}
    assert OptOut.objects.get().source == "one_click"
    line.figures["changed by a later click"] = len(set(states)) - 1
    assert len(set(states)) == 1


def test_the_link_of_a_letter_without_a_category_ends_all(member, stranger):
    letter = waiting(member, category="")
    assert stranger.post(path(links.unsubscribe_url(member.pk, ""))).status_code == 200
    assert opted_out(member) == {OptOut.ALL}
    letter.refresh_from_db()
    assert letter.state == "cancelled"


@pytest.mark.proves(
    "S9",
    "Letters of every sort and every class, and their links used",
    goal="both headers in each but account mail; each link ends its own category; none holds an address or a name",
)
def test_every_letter_to_a_member_says_how_to_end_it(stranger, line):
    seen = 0
    for category in categories():
        for is_automatic in (True, False):
            member = a_member(a_community(), name="Maya Okafor")
            letter = letter_of(category.key, member, by=None if is_automatic else a_builder(member.community))
            link = one_click_of(letter)
            assert stranger.post(path(link), "List-Unsubscribe=One-Click", content_type=FORM).status_code == 200
            assert opted_out(member) == {category.key}
            assert not any(told in link for told in (member.email, "Maya", "Okafor"))
            seen += 1
    member = a_member(a_community())
    for one in Message.Class:
        built = mime.build(a_message(member, message_class=one.value), now=NOON)
        letter = message_from_bytes(built.content, policy=SMTP)
        if one == Message.Class.ACCOUNT:
            assert letter["List-Unsubscribe"] is letter["List-Unsubscribe-Post"] is None
        else:
            assert one_click_of(letter) == links.unsubscribe_url(member.pk, "birthday")
        seen += 1
    line.figures |= {"sorts of letters": len(categories()), "classes": len(Message.Class), "letters": seen}
    assert {row.key for row in categories()} >= {kind.key for kind in kinds()}


@pytest.mark.proves(
    "S9",
    "The headers that the mail server is to sign",
    goal="docs/operations.md lists each header of each letter and no other, both of RFC 8058 among them",
)
def test_the_documented_signature_covers_every_header_of_a_letter(line):
    member, found = a_member(a_community()), set()
    ways = {"reply_to": ("", "care@example.org"), "is_automatic": (True, False), "html": ("", "<p>Dear Maya</p>")}
    for kind in Message.Class:
        for values in product(*ways.values()):
            message = a_message(member, message_class=kind.value, **dict(zip(ways, values, strict=True)))
            built = message_from_bytes(mime.build(message, now=NOON).content, policy=SMTP)
            found |= set(built.keys())
    documented = re.search(r"`h=([\w:-]+)`", (ROOT / "docs" / "operations.md").read_text())
    assert documented
    listed = documented[1].split(":")
    line.figures |= {"headers": len(found), "listed": len(listed), "differences": len(found ^ set(listed))}
    assert sorted(listed) == sorted(found)
    assert {"From", "List-Unsubscribe", "List-Unsubscribe-Post"} <= found


def letter_of(kind: str, member, *, by) -> EmailMessage:
    """The letter that leaves for an attention of this kind, or for a gesture by hand."""
    now = clock.now()
    moments = {"due_at": now, "expires_at": now + timedelta(days=3), "created_at": now, "proposed_at": now}
    attention = Attention.objects.create(
        community=member.community,
        member=member,
        ritual=ritual_for(member.community, kind) if kind_of(kind) else None,
        kind=kind,
        cycle=f"{kind}:2026",
        detail="A walk",
        due_on=now.date(),
        **moments,
    )
    words = letters.write(attention, now=now, wordings={})
    draft = approval._draft(attention, words, by=by, now=now, undo=timedelta(0))
    return message_from_bytes(mime.build(enqueue(draft, now=now), now=now).content, policy=SMTP)


def one_click_of(letter: EmailMessage) -> str:
    """The address of RFC 8058, which both headers together promise."""
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    first = str(letter["List-Unsubscribe"]).split(",")[0]
    assert first.startswith("<https://")
    return first.strip("<>")


@pytest.mark.parametrize("method", ["get", "post"])
def test_it_tells_nobody_who_it_is(member, stranger, method):
    answer = getattr(stranger, method)(path(links.unsubscribe_url(member.pk, "birthday")))
    page = answer.content.decode()
    assert member.email not in page
    assert "Maya" not in page
    assert answer.headers["Referrer-Policy"] == "same-origin", "the link is told to nobody else"
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_link_that_was_changed_opens_nothing(member, stranger):
    token = links.unsubscribe_url(member.pk, "birthday").rstrip("/").rsplit("/", 1)[1]
    other_end = token[:-1] + ("A" if token[-1] != "A" else "B")
    for wrong in (token[:-1], other_end, token.replace("birthday", "season"), "x"):
        assert stranger.get(f"/u/{wrong}/").status_code == 404
        assert stranger.post(f"/u/{wrong}/").status_code == 404
    assert stranger.post(path(links.preferences_url(member.pk)).replace("/p/", "/u/")).status_code == 404
    assert not OptOut.objects.exists()


def test_the_link_of_somebody_erased_opens_nothing(member, stranger):
    member.__class__.objects.filter(pk=member.pk).update(status="erased")
    assert stranger.post(path(links.unsubscribe_url(member.pk, "birthday"))).status_code == 404
    assert stranger.get(path(links.preferences_url(member.pk))).status_code == 404


# --- the preferences


@pytest.fixture
def reader(member) -> Client:
    """The member's browser after a click on the link in a letter."""
    reader = Client()
    reader.get(path(links.preferences_url(member.pk)))
    return reader


def test_the_link_leaves_the_address_bar_and_the_page_knows_the_member(member, stranger):
    answer = stranger.get(path(links.preferences_url(member.pk)))
    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    cookie = answer.cookies["preferences"]
    assert (cookie["path"], cookie["httponly"], cookie["max-age"]) == (PAGE, True, 7200)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    page = stranger.get(PAGE).content.decode()
    assert "Atelier" in page
    assert member.email not in page


def test_without_the_link_it_says_what_to_do(stranger):
    answer = stranger.get(PAGE)
    assert answer.status_code == 403
    assert "open the link again" in answer.content.decode().lower()
    assert f'name="next" value="{PAGE}"' in Client().post("/p/stop/").content.decode()
    assert stranger.post("/p/stop/").status_code == 403


def test_a_marker_made_by_hand_is_worth_nothing(member, stranger):
    stranger.cookies["preferences"] = f"{member.pk.hex}:1:x"
    assert stranger.get(PAGE).status_code == 403


def test_a_forged_post_changes_nothing(member):
    reader = Client(enforce_csrf_checks=True)
    reader.get(path(links.preferences_url(member.pk)))
    assert reader.post("/p/stop/").status_code == 403
    assert not OptOut.objects.exists()


def test_unticking_takes_back_what_waits_and_ticking_again_lets_the_next_one_come(member, reader):
    message = waiting(member)
    every = {row.key for row in categories()}
    answer = reader.post(PAGE, {"wanted": sorted(every - {"birthday"})})
    assert answer.status_code == 303
    message.refresh_from_db()
    assert (message.state, opted_out(member)) == ("cancelled", {"birthday"})
    reader.post(PAGE, {"wanted": sorted(every)})
    assert opted_out(member) == set()
    assert [entry.verb for entry in member.community.audit.all()] == ["member.opted_out", "member.opted_in"]


def test_what_is_not_a_category_is_ignored(member, reader):
    reader.post(PAGE, {"wanted": ["*", "nonsense"]})
    assert opted_out(member) == set()


def test_a_pause_ends_with_the_last_moment_of_its_last_day(member, reader):
    last = clock.now().date() + timedelta(days=10)
    assert reader.post("/p/pause/", {"until": last.isoformat()}).status_code == 303
    until = OptOut.objects.get(category="*").until
    assert until.astimezone(ZoneInfo("Europe/Paris")).isoformat()[:16] == (f"{last + timedelta(days=1)}T00:00")
    assert "All quiet until" in reader.get(PAGE).content.decode()
    reader.post("/p/again/")
    assert opted_out(member) == set()


@pytest.mark.parametrize("until", ["", "yesterday", "2020-01-01", "2999-01-01", "2027-02-30"])
def test_a_pause_that_cannot_be_is_explained(member, reader, until):
    answer = reader.post("/p/pause/", {"until": until})
    assert answer.status_code == 422
    assert f'name="next" value="{PAGE}"' in answer.content.decode(), "another language is read on a page"
    assert not OptOut.objects.exists()


def test_all_off_and_on_again(member, reader):
    message = waiting(member)
    assert reader.post("/p/stop/").status_code == 303
    message.refresh_from_db()
    assert (message.state, opted_out(member)) == ("cancelled", {"*"})
    assert "You get no letters" in reader.get(PAGE).content.decode()
    reader.post("/p/again/")
    assert opted_out(member) == set()


def test_the_page_speaks_the_members_language_unless_they_chose_another_here(member, reader):
    member.__class__.objects.filter(pk=member.pk).update(language="fr")
    assert reader.get(PAGE).headers["Content-Language"] == "fr"
    reader.cookies["django_language"] = "en"
    assert reader.get(PAGE).headers["Content-Language"] == "en"


def test_a_pause_that_is_over_is_no_pause(member, reader):
    now = clock.now()
    opt_out(member, "*", until=now - timedelta(hours=1), source="preferences", now=now - timedelta(days=3))
    assert "All quiet" not in reader.get(PAGE).content.decode()


def test_the_page_asks_the_same_number_of_questions_whatever_was_chosen(member, reader, django_assert_num_queries):
    for chosen in (set(), {row.key for row in categories()}):
        for category in chosen:
            opt_out(member, category, source="preferences", now=clock.now())
        with django_assert_num_queries(2):
            reader.get(PAGE)


# --- categories


def test_a_category_can_be_registered_and_is_asked_about(member, reader):
    register_category("season", "Seasons")
    try:
        assert label("season") == "Seasons"
        assert "Seasons" in reader.get(PAGE).content.decode()
    finally:
        _registry.pop("season")
    assert str(label("season")) == "Messages from the community"


@pytest.mark.parametrize("key", ["*", "a b", "", "x" * 31])
def test_a_category_needs_a_key(key):
    with pytest.raises(ValueError, match="cannot be the key"):
        register_category(key, "X")
