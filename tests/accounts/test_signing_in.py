"""Signing in: with a password, with a code by mail, and what a stranger learns (nothing)."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.test import Client

from members.models import Suppression, User
from members.tokens import address_hmac
from tests.accounts.signing_in import PASSWORD, code_in, own_device, with_password
from tests.factories import a_builder, a_community, a_member, a_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def ask_for_code(client, email):
    return client.post("/accounts/login/code/", {"email": email})


def test_nobody_signs_up_by_themselves(client):
    asked = client.post("/accounts/signup/", {"email": "eve@example.org", "password1": PASSWORD, "password2": PASSWORD})
    assert asked.status_code == 200
    assert not User.objects.exists()


def test_a_member_opens_their_own_pages_with_a_code(client, mailoutbox):
    member = a_member(a_community(), email="Maya@example.org")
    assert ask_for_code(client, "maya@example.org").status_code == 302
    account = User.objects.get()
    assert not account.has_usable_password()
    assert not EmailAddress.objects.get().verified
    entered = client.post("/accounts/login/code/confirm/", {"code": code_in(mailoutbox[0].body)})
    assert entered.status_code == 302
    assert EmailAddress.objects.get().verified
    assert client.get("/", follow=True).redirect_chain == [("/me/", 302), (f"/me/{member.pk}/", 302)]


def test_a_wrong_code_three_times_ends_it(client, mailoutbox):
    a_member(a_community(), email="maya@example.org")
    ask_for_code(client, "maya@example.org")
    for _try in range(3):
        client.post("/accounts/login/code/confirm/", {"code": "BBBB-BBBB"})
    client.post("/accounts/login/code/confirm/", {"code": code_in(mailoutbox[0].body)})
    assert client.get("/me/").status_code == 302
    assert "_auth_user_id" not in client.session


def test_a_stranger_gets_the_same_answer_as_a_member():
    a_member(a_community(), email="maya@example.org")
    answers = []
    for email in ("maya@example.org", "eve@example.org"):
        visitor = Client()
        asked = ask_for_code(visitor, email)
        page = visitor.get("/accounts/login/code/confirm/")
        read = re.sub(r"\b\w{64}\b", "token", page.content.decode()).replace(email, "…")
        answers.append((asked.status_code, asked.url, page.status_code, read))
    assert answers[0] == answers[1]
    assert User.objects.count() == 1


@pytest.mark.parametrize("status", ["banned", "deceased", "erased"])
def test_no_account_is_made_for_somebody_who_has_no_pages(client, status, mailoutbox):
    member = a_member(a_community(), email="maya@example.org")
    type(member).objects.update(status=status)
    ask_for_code(client, "maya@example.org")
    assert not User.objects.exists()
    assert "code" not in mailoutbox[0].subject.lower()


def test_an_address_that_only_looks_alike_opens_nothing(client):
    member = a_member(a_community(), email="maya@bücher.example")
    ask_for_code(client, "maya@xn--bcher-kva.example")
    assert member.email_key == "maya@xn--bcher-kva.example"
    assert not User.objects.exists()


def test_whoever_merely_added_an_address_never_gets_it_proved_by_its_owner(client, mailoutbox):
    """An account that claims somebody else's address must not become theirs when they ask for a code."""
    victim = a_member(a_community(), email="maya@example.org")
    thief = with_password(a_user(email="eve@example.org"))
    EmailAddress.objects.create(user=thief, email="maya@example.org", verified=False)
    ask_for_code(client, "maya@example.org")
    client.post("/accounts/login/code/confirm/", {"code": code_in(mailoutbox[0].body)})
    maya = User.objects.get(email="maya@example.org")
    assert client.session["_auth_user_id"] == str(maya.pk)
    assert EmailAddress.objects.get(email="maya@example.org", verified=True).user == maya
    client.force_login(thief)
    assert client.get(f"/me/{victim.pk}/").status_code == 404


def test_a_stranger_who_was_erased_is_not_written_to(client, mailoutbox):
    Suppression.objects.create(community=a_community(), hmac=address_hmac("gone@example.org"), created_at=NOW)
    ask_for_code(client, "gone@example.org")
    assert not mailoutbox
    ask_for_code(Client(), "unknown@example.org")
    assert len(mailoutbox) == 1


def test_a_member_who_asks_for_a_new_password_learns_that_none_is_needed(client, mailoutbox):
    own_device(client, a_user(email="maya@example.org", password=None))
    client.logout()
    client.post("/accounts/password/reset/", {"email": "maya@example.org"})
    [mail] = mailoutbox
    assert mail.subject == "You need no password"
    assert "/accounts/login/code/" in mail.body


@pytest.mark.parametrize("role", ["owner", "builder", "greeter"])
def test_whoever_looks_after_others_is_signed_out_after_twelve_idle_hours(client, role):
    user = a_builder(community := a_community(), role=role)
    with time_machine.travel(NOW, tick=False) as clock:
        client.force_login(user)
        client.get("/")
        clock.shift(timedelta(hours=11, minutes=59))
        assert client.get("/account/").status_code == 200
        clock.shift(timedelta(hours=11, minutes=59))
        assert client.get("/account/").status_code == 200
        clock.shift(timedelta(hours=12, minutes=1))
        gone = client.get(f"/c/{community.slug}/team/")
    assert gone.status_code == 302
    assert gone.url.startswith("/accounts/login/")


def test_a_member_stays_signed_in_for_two_weeks_from_the_last_visit(client):
    a_member(a_community(), email="maya@example.org")
    with time_machine.travel(NOW, tick=False) as clock:
        own_device(client, a_user(email="maya@example.org"))
        for _week in range(3):
            assert client.get("/account/").status_code == 200
            clock.shift(timedelta(days=13))
        assert client.get("/account/").status_code == 200
        clock.shift(timedelta(days=15))
        assert client.get("/account/").status_code == 302


def test_staff_gets_no_look_into_a_community(client):
    community = a_community()
    client.force_login(a_user(is_staff=True, is_superuser=True))
    assert client.get(f"/c/{community.slug}/team/").status_code == 404
