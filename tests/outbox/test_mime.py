"""The bytes that leave, read back by the standard library."""

from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from care.lib.ids import uuid7
from outbox import links, mime
from outbox.models import Message
from tests.outbox.drafts import NOON

pytestmark = pytest.mark.once

MEMBER = uuid7()


def a_letter(**fields) -> Message:
    values = {
        "message_class": "greeting",
        "member_id": MEMBER,
        "category": "birthday",
        "to_email": "maya@example.org",
        "to_name": "Maya Okafor",
        "from_name": "Ana (via Atelier)",
        "reply_to": "ana@example.org",
        "subject": "Happy birthday",
        "text": "Dear Maya,\n\nall the best.\n",
        "html": "<p>Dear Maya,</p>",
        **fields,
    }
    message = Message(**values)
    message.message_id = f"<d.{message.pk.hex}@care.example>"
    return message


def read(message: Message) -> EmailMessage:
    letter = mime.build(message, now=NOON)
    assert all(len(line) <= 998 for line in letter.content.split(b"\r\n"))
    assert letter.content.isascii()
    assert b"\n" not in letter.content.replace(b"\r\n", b"")
    parsed = message_from_bytes(letter.content, policy=SMTP)
    assert not parsed.defects
    return parsed


def test_it_says_who_writes_to_whom_and_how_to_answer():
    letter = mime.build(a_letter(), now=NOON)
    parsed = read(a_letter())
    assert (letter.sender, letter.recipient) == ("care@care.example", "maya@example.org")
    assert str(parsed["From"]) == '"Ana (via Atelier)" <care@care.example>'
    assert str(parsed["To"]) == "Maya Okafor <maya@example.org>"
    assert str(parsed["Reply-To"]) == "ana@example.org"
    assert str(parsed["Date"]) == "Mon, 01 Mar 2027 12:00:00 +0000"
    assert [part.get_content_type() for part in parsed.iter_parts()] == ["text/plain", "text/html"]


def test_one_click_ends_it_in_any_mail_program():
    parsed = read(a_letter())
    web, mail = str(parsed["List-Unsubscribe"]).split(", ")
    token = web.removeprefix("<https://care.example/u/").removesuffix("/>")
    assert links.read_unsubscribe(token) == (MEMBER, "birthday")
    assert mail == "<mailto:ana@example.org?subject=unsubscribe>"
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_account_mail_has_no_way_out_and_says_what_it_is():
    parsed = read(a_letter(message_class="account", member_id=None, from_name="", html=""))
    assert parsed["List-Unsubscribe"] is None
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed.get_content_type() == "text/plain"


def test_it_says_that_a_machine_sent_it_only_where_no_person_did():
    assert read(a_letter())["Auto-Submitted"] is None
    assert read(a_letter(is_automatic=True))["Auto-Submitted"] == "auto-generated"


def test_both_languages_of_a_domain_are_the_same_to_the_mail_server():
    assert mime.build(a_letter(to_email="maya@bücher.example"), now=NOON).recipient == "maya@xn--bcher-kva.example"


@pytest.mark.parametrize("field", ["subject", "to_name", "from_name", "to_email", "reply_to"])
@pytest.mark.parametrize("control", ["\r\nBcc: evil@example.org", "\n", "\x00", "\x85", "\u2028", "\x1b[0m"])
def test_no_header_can_be_smuggled_in(field, control):
    with pytest.raises(mime.CannotBuild):
        mime.build(a_letter(**{field: f"a{control}b@example.org"}), now=NOON)


@pytest.mark.parametrize("address", ["", "nobody", "a@", "@b", "a b@example.org", "a@b,c@d", "<a@b.example>"])
def test_what_is_not_one_address_is_refused(address):
    with pytest.raises(mime.CannotBuild):
        mime.build(a_letter(to_email=address), now=NOON)


anything = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])
latin = st.characters(min_codepoint=32, max_codepoint=126)
names = st.one_of(st.text(anything, min_size=1, max_size=60), st.text(latin, min_size=1, max_size=90))


@settings(max_examples=200, deadline=None)
@given(name=names, subject=names)
def test_any_name_and_subject_arrive_as_they_are(name, subject):
    message = a_letter(to_name=name, subject=subject)
    (address,) = read(message)["To"].addresses
    assert address.addr_spec == "maya@example.org"
    # Read as RFC 2047 wants it; the parser of addresses puts a space between two encoded words.
    raw = message_from_bytes(mime.build(message, now=NOON).content)
    shown, _space, _address = str(make_header(decode_header(raw["To"]))).rpartition(" <")
    assert unquote(shown).split() == name.split()
    assert str(make_header(decode_header(raw["Subject"]))).split() == subject.split()


@settings(max_examples=200, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n\t."), max_size=300))
def test_any_text_arrives_as_it_is(text):
    parsed = read(a_letter(text=text or "x", html=f"<p>{text}</p>"))
    plain, html = (part.get_content() for part in parsed.iter_parts())
    assert plain.rstrip("\r\n").splitlines() == (text or "x").rstrip("\n").splitlines()
    assert html.splitlines() == f"<p>{text}</p>".splitlines()


def test_a_from_address_with_a_name_lends_it_to_account_mail(settings):
    settings.DEFAULT_FROM_EMAIL = "Care of Atelier <hello@atelier.example>"
    parsed = read(a_letter(message_class="account", from_name=""))
    assert str(parsed["From"]) == "Care of Atelier <hello@atelier.example>"
