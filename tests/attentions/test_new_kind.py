"""A new sort of attention is one file: the one of docs/adding-an-attention.md, from the page to the mailbox."""

import importlib
import mailbox
import re
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from django.apps import apps
from django.test import Client
from django.urls import reverse

from attentions import kinds
from attentions.models import Attention, Ritual
from attentions.planning import Rule, plan
from attentions.services.work import plan_everybody
from care.lib.days import Window
from outbox import categories
from outbox.models import Message
from outbox.services import deliver
from tests.factories import a_builder, a_community, a_member

pytestmark = pytest.mark.django_db
DOCS = Path(__file__).resolve().parents[2] / "docs" / "adding-an-attention.md"
NOW = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)
JOINED = date(2027, 3, 1) - timedelta(days=100)


@pytest.fixture
def kind(tmp_path):
    """The file of the documentation, put in place and found as at a start."""
    code = re.search(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert code
    (tmp_path / "hundred_days.py").write_text(code[1])
    kinds.__path__.append(str(tmp_path))
    importlib.invalidate_caches()
    apps.get_app_config("attentions").ready()
    yield kinds.kind_of("hundred_days")
    kinds.__path__.remove(str(tmp_path))
    del sys.modules["attentions.kinds.hundred_days"]
    kinds.unregister("hundred_days")
    categories._registry.pop("hundred_days")


@pytest.fixture
def community():
    return a_community(slug="potters", name="The Potters", sender_name="Ana Costa", reply_to="ana@example.org")


@pytest.fixture
def client(community):
    with time_machine.travel(NOW, tick=False):
        client = Client()
        client.force_login(a_builder(community, name="Ana Costa"), backend="django.contrib.auth.backends.ModelBackend")
        yield client


def page(name, *args):
    return reverse(f"attentions:{name}", args=["potters", *args])


def test_its_arithmetic_is_pure_and_needs_no_database(kind):
    row = kinds.Candidate(uuid4(), "Asia/Tokyo", JOINED, True, kind.facts(JOINED))
    window = Window(date(2027, 2, 1), date(2027, 3, 31))
    (turn,) = plan(kind, Rule(date(2027, 1, 1), hour=9, late_days=14), [row], window)
    assert (turn.cycle, turn.due_on, turn.due_at) == (
        "hundred_days",
        date(2027, 3, 1),
        datetime(2027, 3, 1, 0, 0, tzinfo=UTC),
    )


def test_from_the_gallery_to_the_mailbox(kind, client, community, settings, tmp_path):
    settings.EMAIL_URL = f"maildir://{tmp_path / 'mailbox'}"
    a_member(community, name="Maya Okafor", email="maya@example.org", joined_on=JOINED)
    a_member(community, name="Ole Hansen", joined_on=JOINED - timedelta(days=1))

    assert "First hundred days" in client.get(page("rituals")).content.decode()
    before = client.get(page("outlook", "hundred_days")).content.decode()
    assert "1 gesture in twelve months" in " ".join(before.split())
    assert "has been here for a hundred days" in before
    client.post(page("ritual_on", "hundred_days"))
    assert Ritual.objects.get().is_on

    plan_everybody(now=NOW, community=community)
    plan_everybody(now=NOW, community=community)
    attention = Attention.objects.get()
    assert (attention.member.name, attention.cycle) == ("Maya Okafor", "hundred_days")

    client.post(page("approve", attention.pk), {"personal_line": "How is the new kiln?"})
    deliver(NOW + timedelta(minutes=2))
    assert Message.objects.get().state == "sent"
    (letter,) = mailbox.Maildir(tmp_path / "mailbox")
    text = letter.get_payload(0).get_payload(decode=True).decode()
    assert letter["To"].endswith("<maya@example.org>")
    assert letter["Subject"] == "Your first hundred days, Maya"
    assert "You joined The Potters on 21 November 2026. Is it what you hoped for?" in text
    assert "How is the new kiln?" in text
    assert "because you joined us a hundred days ago" in text

    plan_everybody(now=NOW + timedelta(hours=1), community=community)
    assert Attention.objects.get().state == "done"
    assert "First hundred days" in {str(category.label) for category in categories.categories()}


def test_its_words_are_the_builders_to_change(kind, client, community):
    text = client.get(page("wording", "hundred_days", "en", 1)).content.decode()
    assert "{joined}" in text
    words = {"subject": "Well?", "body": "Since {joined} you are one of us.", "belated": ""}
    assert client.post(page("wording", "hundred_days", "en", 1), words).status_code == 302


def test_with_its_file_gone_nothing_breaks(kind, client, community):
    a_member(community, joined_on=JOINED)
    client.post(page("ritual_on", "hundred_days"))
    plan_everybody(now=NOW, community=community)
    kinds.unregister("hundred_days")
    plan_everybody(now=NOW, community=community)
    assert "Its file is gone" in client.get(page("rituals")).content.decode()
    assert client.get(page("list")).status_code == 200
    assert client.get(reverse("care:today", args=["potters"])).status_code == 200
    assert Attention.objects.get().state == "proposed"


def test_with_its_file_gone_switching_it_off_withdraws_what_had_not_left(kind, client, community):
    for _number in range(2):
        a_member(community, joined_on=JOINED)
    client.post(page("ritual_on", "hundred_days"))
    plan_everybody(now=NOW, community=community)
    client.post(page("approve", Attention.objects.first().pk))
    kinds.unregister("hundred_days")
    client.post(page("ritual_off", "hundred_days"))
    plan_everybody(now=NOW, community=community)
    assert {row.state for row in Attention.objects.all()} == {"withdrawn"}
    assert Message.objects.get().state == "cancelled"
