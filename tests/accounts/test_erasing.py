"""Erasing: nothing personal is left, anywhere; what is needed to count stays."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, models, transaction
from django.test import Client

from attentions.models import Attention
from members import audit
from members.models import AuditEntry, ImportantDate, Member, MemberImport, MemberTag, Note, Suppression, Tag, User
from members.privacy import accounts
from members.privacy.contract import fields, packages
from members.privacy.erasing import erase_member
from members.tokens import address_hmac
from outbox.models import Attempt, Message, OptOut
from tests.accounts.canaries import CANARY, found_in_the_database, plant, tables_about_a_member, text_fields
from tests.accounts.signing_in import code_in, own_device
from tests.factories import a_builder, a_community, a_member, a_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ADDRESS = f"{CANARY}@example.org"


@pytest.fixture
def maya():
    return a_member(a_community(name="The Bakers"), name="Maya Okafor", email=ADDRESS)


def a_message(member=None, **fields):
    values = {
        "community": member.community if member else None,
        "member": member,
        "message_class": "greeting" if member else "account",
        "due_at": NOW,
        "ready_at": NOW,
        "expires_at": NOW + timedelta(days=3),
        "to_email": ADDRESS,
        "message_id": f"<{len(Message.objects.all())}@test>",
        "created_at": NOW,
    }
    return Message.objects.create(**{**values, **fields})


def one_of_each(member) -> list[models.Model]:
    """A row about this member in every table that can hold one."""
    here = {"community": member.community, "member": member}
    sent = a_message(member, state="sent", sent_at=NOW, origin="attention:1")
    return [
        member,
        ImportantDate.objects.create(**here, label="x", month=1, day=2, known_from=NOW.date()),
        MemberTag.objects.create(**here, tag=Tag.objects.create(community=member.community, name="Baker", key="baker")),
        Note.objects.create(**here, text="x", created_at=NOW),
        Note.objects.create(**here, text="x", is_restricted=True, created_at=NOW),
        sent,
        a_message(member, state="queued", origin="attention:2"),
        Attempt.objects.create(message=sent, number=1, at=NOW, phase="done", outcome="sent"),
        OptOut.objects.create(**here, category="birthday", source="link", created_at=NOW),
        Attention.objects.create(
            **here,
            kind="birthday",
            cycle="birthday:2026",
            due_on=NOW.date(),
            due_at=NOW,
            expires_at=NOW,
            created_at=NOW,
            proposed_at=NOW,
        ),
    ]


def test_no_canary_is_left_in_the_whole_database(maya, client):
    own_device(client, a_user(email=ADDRESS, name=f"{CANARY} account", password=None))
    client.get(f"/me/{maya.pk}/")
    a_message(None, state="sent", sent_at=NOW, subject=f"{CANARY} code", text=CANARY)
    for state in ("done", "failed", "discarded"):
        MemberImport.objects.create(
            community=maya.community,
            filename="members.csv",
            content=CANARY.encode(),
            errors=[{"row": 2, "error": CANARY}],
            options={"mapping": {f"{CANARY} of a file without a header": "name"}},
            state=state,
            created_at=NOW,
        )
    planted = sum(len(plant(row)) for row in one_of_each(maya))
    Member.objects.filter(pk=maya.pk).update(email=ADDRESS, email_key=ADDRESS)
    assert planted > 30
    assert len(found_in_the_database()) > 20
    erase_member(maya, by=None, now=NOW)
    assert found_in_the_database() == set()


def test_every_table_about_a_member_is_in_the_test_above(maya):
    assert {type(row) for row in one_of_each(maya)} == set(tables_about_a_member())


def test_every_field_with_words_about_a_member_says_why_it_is_kept():
    wanted = {field_name(field) for model in tables_about_a_member() for field in text_fields(model)}
    wanted |= {field_name(field) for field in Member._meta.concrete_fields if field.name.startswith("birth")}
    assert wanted - set(fields()) == set()


def test_nobody_explains_a_field_that_is_not_there():
    there = {field_name(field) for model in apps.get_models() for field in model._meta.get_fields()}
    assert set(fields()) - there == set()


def field_name(field):
    return f"{field.model._meta.label}.{field.name}"


def test_every_explanation_says_why_and_until_when():
    for name, kept in fields().items():
        assert str(kept.why), name
        assert str(kept.until), name


def test_what_is_needed_to_count_stays(maya):
    for row in one_of_each(maya):
        row.refresh_from_db()
    joined, rows = maya.joined_on, {"attentions": Attention.objects.count(), "messages": Message.objects.count()}
    assert erase_member(maya, by=None, now=NOW)
    maya = Member.objects.get(pk=maya.pk)
    assert (maya.status, maya.joined_on, maya.called) == ("erased", joined, "Erased member")
    assert rows == {"attentions": Attention.objects.count(), "messages": Message.objects.count()}
    assert Suppression.objects.get().hmac == address_hmac(ADDRESS)
    assert set(Message.objects.values_list("state", flat=True)) == {"sent", "cancelled"}


def test_the_audit_says_that_it_happened_and_nothing_else(maya):
    by = a_builder(maya.community, role="owner")
    erase_member(maya, by=by, now=NOW)
    line = AuditEntry.objects.get()
    assert (line.verb, line.actor_id, line.object_id, line.fields) == ("member.erased", by.pk, str(maya.pk), [])
    assert audit.first_broken_line(maya.community) is None


def test_erasing_twice_does_it_once(maya):
    assert erase_member(maya, by=None, now=NOW)
    assert not erase_member(maya, by=None, now=NOW)
    assert AuditEntry.objects.count() == 1


def test_when_one_package_fails_nothing_is_erased(maya, monkeypatch):
    def broken(member):
        raise IntegrityError

    _label, lowest = list(packages())[-1]
    monkeypatch.setattr(lowest, "erase", broken)
    with pytest.raises(IntegrityError), transaction.atomic():
        erase_member(maya, by=None, now=NOW)
    maya.refresh_from_db()
    assert (maya.name, maya.status) == ("Maya Okafor", "active")
    assert not Suppression.objects.exists()


def test_an_erased_member_takes_nothing_from_others(maya):
    other = a_member(maya.community, introduced_by=maya)
    Note.objects.create(community=maya.community, member=other, text="stays", created_at=NOW)
    erase_member(maya, by=None, now=NOW)
    other.refresh_from_db()
    assert other.name.startswith("Member")
    assert other.notes.count() == 1


def test_the_account_goes_with_the_last_member_it_was_for(maya, client):
    user = a_user(email=ADDRESS, password=None)
    own_device(client, user)
    there = a_member(a_community(), email=ADDRESS)
    erase_member(maya, by=None, now=NOW)
    assert User.objects.filter(pk=user.pk).exists()
    assert client.get(f"/me/{there.pk}/").status_code == 200
    erase_member(there, by=None, now=NOW)
    assert not User.objects.filter(pk=user.pk).exists()
    assert not UserSession.objects.exists()
    assert client.get("/me/").status_code == 302


@pytest.mark.parametrize("rights", [{"is_staff": True}, {}])
def test_an_account_that_opens_something_else_stays(maya, rights):
    user = a_user(email=ADDRESS, **rights) if rights else a_builder(a_community(), email=ADDRESS)
    EmailAddress.objects.create(user=user, email=ADDRESS, verified=True, primary=True)
    erase_member(maya, by=None, now=NOW)
    assert User.objects.filter(pk=user.pk).exists()


# --- on the page


@pytest.fixture
def at_mayas(client, maya):
    own_device(client, a_user(email=ADDRESS, password=None))
    return client


def test_erasing_oneself_needs_the_typed_name_and_a_code_of_this_moment(at_mayas, maya, mailoutbox):
    path = f"/me/{maya.pk}/erase/"
    assert "What stays" in at_mayas.get(path).content.decode()
    assert not mailoutbox
    at_mayas.post(path, {"send": "1"})
    [mail] = mailoutbox
    assert mail.to == [ADDRESS]
    code = code_in(mail.body)
    for wrong in ({"typed": "The Bakers", "code": "BBBB-BBBB"}, {"typed": "Bakers", "code": code}):
        assert at_mayas.post(path, wrong).status_code == 422
        maya.refresh_from_db()
        assert maya.status == "active"
    gone = at_mayas.post(path, {"typed": "the bakers", "code": code.lower()}, follow=True)
    assert "is erased" in gone.content.decode()
    maya.refresh_from_db()
    assert maya.status == "erased"
    assert "_auth_user_id" not in at_mayas.session


def test_five_wrong_codes_end_the_code(at_mayas, maya, mailoutbox):
    path = f"/me/{maya.pk}/erase/"
    at_mayas.post(path, {"send": "1"})
    for _try in range(5):
        wrong = at_mayas.post(path, {"typed": "The Bakers", "code": "BBBB-BBBB"})
    assert "wrong too often" in wrong.content.decode()
    assert at_mayas.post(path, {"typed": "The Bakers", "code": code_in(mailoutbox[0].body)}).status_code == 422
    maya.refresh_from_db()
    assert maya.status == "active"


def test_a_code_for_one_record_does_not_erase_another(at_mayas, maya, mailoutbox):
    there = a_member(a_community(name="The Bakers"), email=ADDRESS)
    at_mayas.post(f"/me/{maya.pk}/erase/", {"send": "1"})
    answer = {"typed": "The Bakers", "code": code_in(mailoutbox[0].body)}
    assert at_mayas.post(f"/me/{there.pk}/erase/", answer).status_code == 422
    there.refresh_from_db()
    assert there.status == "active"


def test_codes_are_not_sent_in_a_flood(at_mayas, maya, mailoutbox):
    for _press in range(5):
        answer = at_mayas.post(f"/me/{maya.pk}/erase/", {"send": "1"}, follow=True)
    assert len(mailoutbox) == 1
    assert "less than a minute ago" in answer.content.decode()


def test_a_code_that_has_run_out_says_so_whatever_is_typed_beside_it(at_mayas, maya, mailoutbox):
    path = f"/me/{maya.pk}/erase/"
    at_mayas.post(path, {"send": "1"})
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=16), tick=False):
        for typed in ("The Bakers", "Bakers"):
            answer = at_mayas.post(path, {"typed": typed, "code": code_in(mailoutbox[0].body)})
            assert (answer.status_code, "has run out" in answer.content.decode()) == (422, True)


def test_the_code_works_in_its_own_session_only(at_mayas, maya, mailoutbox):
    at_mayas.post(f"/me/{maya.pk}/erase/", {"send": "1"})
    elsewhere = Client()
    elsewhere.force_login(User.objects.get(email=ADDRESS))
    answer = {"typed": "The Bakers", "code": code_in(mailoutbox[0].body)}
    assert elsewhere.post(f"/me/{maya.pk}/erase/", answer).status_code == 422
    assert Member.objects.get(pk=maya.pk).status == "active"


def test_the_page_in_the_docs_says_what_the_code_says(capsys, settings):
    call_command("privacy_fields")
    written = (settings.BASE_DIR / "docs" / "privacy.md").read_text()
    assert written == capsys.readouterr().out, "Make it anew: ./run privacy_fields > docs/privacy.md"


def test_an_account_that_merely_claims_the_address_is_neither_exported_nor_deleted(maya):
    bob = a_user(email="bob@example.org", name="Bob Claims")
    EmailAddress.objects.create(user=bob, email=maya.email, verified=False)
    assert "bob@example.org" not in str(accounts.export(maya))
    erase_member(maya, by=None, now=NOW)
    assert User.objects.filter(pk=bob.pk).exists()
    assert not EmailAddress.objects.filter(user=bob).exists()


def test_an_account_that_stays_no_longer_has_the_address(maya):
    bob = a_builder(maya.community, email="bob@example.org")
    EmailAddress.objects.create(user=bob, email=maya.email, verified=True, primary=False)
    erase_member(maya, by=None, now=NOW)
    assert not EmailAddress.objects.filter(user=bob).exists()
