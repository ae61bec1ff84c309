"""What is kept on letters, given out, and made to go."""

from datetime import timedelta

import pytest

from members.privacy.erasing import erase_member
from outbox import privacy
from outbox.models import Attempt, Message, OptOut
from outbox.services import deliver, opt_out
from tests.factories import a_community, a_member
from tests.outbox.drafts import NOON, a_message, an_account_mail

pytestmark = pytest.mark.django_db
CANARY = "canary"


def test_erasing_leaves_the_count_and_nothing_else(a_server):
    a_server(f"RCPT 450 4.2.1 {CANARY} busy")
    community = a_community()
    member = a_member(community, name=f"{CANARY} Okafor", email=f"{CANARY}@example.org")
    a_message(member, subject=CANARY, text=f"Dear {CANARY}", html=f"<p>{CANARY}</p>")
    an_account_mail(to_email=member.email, text=CANARY)
    opt_out(member, "season", source="team", now=NOON)
    deliver(NOON)
    erase_member(member, by=None, now=NOON)
    assert Message.objects.count() == 2
    rows = [*Message.objects.values(), *Attempt.objects.values(), *OptOut.objects.values()]
    assert CANARY not in str(rows)
    assert set(Message.objects.values_list("state", flat=True)) == {"cancelled"}


def test_a_member_gets_all_that_is_held_on_them():
    member = a_member(a_community())
    a_message(member, subject="Happy birthday", text="Dear Maya")
    opt_out(member, "season", source="preferences", now=NOON)
    held = privacy.export(member)
    assert held["messages"][0]["text"] == "Dear Maya"
    assert held["messages"][0]["to_email"] == member.email
    assert held["opt_outs"][0]["category"] == "season"


def test_the_members_own_page_shows_letters_and_refusals():
    member = a_member(a_community())
    a_message(member)
    deliver(NOON)
    opt_out(member, "*", source="preferences", now=NOON)
    letters, refusals = privacy.shown(member)
    assert [line.title for line in letters.lines] == ["Happy birthday"]
    assert [line.title for line in refusals.lines] == ["No letters at all"]


def test_words_are_forgotten_after_two_years_and_account_mail_after_three_months():
    member = a_member(a_community())
    letter, code = a_message(member), an_account_mail(expires_at=NOON + timedelta(days=1))
    deliver(NOON)
    assert privacy.forget(NOON + timedelta(days=90)) == {"letters": 0}
    assert privacy.forget(NOON + timedelta(days=91)) == {"letters": 1}
    code.refresh_from_db()
    letter.refresh_from_db()
    assert (code.to_email, letter.text != "") == ("", True)
    assert privacy.forget(NOON + timedelta(days=732)) == {"letters": 1}
    assert privacy.forget(NOON + timedelta(days=732)) == {"letters": 0}
    letter.refresh_from_db()
    assert (letter.text, letter.to_email, letter.state) == ("", "", "sent")


def test_what_still_waits_is_not_forgotten():
    member = a_member(a_community())
    a_message(member, expires_at=NOON + timedelta(days=9_999))
    assert privacy.forget(NOON + timedelta(days=800)) == {"letters": 0}


def test_every_field_that_is_named_is_there():
    from django.apps import apps

    for name in privacy.FIELDS:
        app, model, field = name.split(".")
        assert apps.get_model(app, model)._meta.get_field(field)
