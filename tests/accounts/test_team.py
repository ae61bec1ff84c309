"""The team: inviting, accepting, roles, leaving; and there is always an owner."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.core.exceptions import ValidationError
from django.test import Client

from members.models import AuditEntry, Invitation, TeamMember, User
from members.services import team as service
from tests.accounts.signing_in import PASSWORD, just_confirmed, link_in, own_device, sign_in, with_password
from tests.factories import a_builder, a_community, a_user
from tests.threads import at_once

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def community():
    return a_community(name="The Bakers", slug="bakers")


@pytest.fixture
def owner(community):
    return a_builder(community, role="owner", name="Ana Duarte", email="ana@example.org")


@pytest.fixture
def at_owners(client, owner):
    just_confirmed(client, owner)
    return client


def invited(client, email="ben@example.org", role="builder"):
    return client.post("/c/bakers/team/invite/", {"email": email, "role": role})


def role_of(user, community):
    return TeamMember.objects.get(user=user, community=community).role


def test_an_invitation_goes_by_mail_from_a_person(at_owners, mailoutbox):
    assert invited(at_owners).status_code == 303
    [mail] = mailoutbox
    assert mail.to == ["ben@example.org"]
    assert mail.reply_to == ["ana@example.org"]
    assert mail.subject == "Join the team of The Bakers"
    assert "Ana Duarte invites you" in mail.body
    token = link_in(mail.body).split("/")[2]
    assert token not in str(Invitation.objects.values())
    assert "ben@example.org" in at_owners.get("/c/bakers/team/").content.decode()


def test_somebody_new_joins_with_a_name_and_a_password(at_owners, mailoutbox, community):
    invited(at_owners, role="greeter")
    visitor, link = Client(), link_in(mailoutbox[0].body)
    for _look in range(3):
        assert visitor.get(link).status_code == 200
    assert not User.objects.filter(email="ben@example.org").exists()
    joined = visitor.post(link, {"name": "Ben Okri", "password": PASSWORD})
    assert joined.url == "/c/bakers/"
    ben = User.objects.get(email="ben@example.org")
    assert (ben.name, role_of(ben, community)) == ("Ben Okri", "greeter")
    assert EmailAddress.objects.get(user=ben).verified
    assert visitor.session["_auth_user_id"] == str(ben.pk)
    assert UserSession.objects.filter(user=ben).exists()
    assert sign_in(Client(), ben).status_code == 302
    verbs = list(AuditEntry.objects.values_list("verb", flat=True))
    assert verbs == ["team.invited", "team.joined"]


def test_the_link_works_once(at_owners, mailoutbox):
    invited(at_owners)
    link = link_in(mailoutbox[0].body)
    Client().post(link, {"name": "Ben", "password": PASSWORD})
    again = Client().get(link)
    assert again.status_code == 410
    assert "This invitation was accepted" in again.content.decode()
    assert Client().post(link, {"name": "Eve", "password": PASSWORD}).status_code == 410


@pytest.mark.parametrize("accept", ["accept_as_new", "accept_as"])
def test_of_two_clicks_at_once_the_second_is_told_that_it_was_accepted(
    at_owners, mailoutbox, community, monkeypatch, accept
):
    invited(at_owners)
    visitor, once = Client(), getattr(service, accept)
    if accept == "accept_as":
        sign_in(visitor, with_password(a_user(email="ben@example.org")))

    def twice(*args, **kwargs):
        if not TeamMember.objects.filter(community=community, user__email="ben@example.org").exists():
            once(*args, **kwargs)
        return once(*args, **kwargs)

    monkeypatch.setattr(service, accept, twice)
    second = visitor.post(link_in(mailoutbox[0].body), {"name": "Ben", "password": PASSWORD})
    assert second.status_code == 410
    assert "This invitation was accepted" in second.content.decode()
    assert TeamMember.objects.filter(community=community, user__email="ben@example.org").count() == 1


def test_a_weak_password_and_an_odd_name_are_refused_with_a_reason(at_owners, mailoutbox):
    invited(at_owners)
    refused = Client().post(link_in(mailoutbox[0].body), {"name": "<b>", "password": "password"})
    assert refused.status_code == 422
    text = refused.content.decode()
    assert "markup" in text
    assert "too short" in text
    assert not User.objects.filter(email="ben@example.org").exists()


def test_somebody_with_an_account_signs_in_and_accepts_with_one_click(at_owners, mailoutbox, community):
    ben = with_password(a_user(email="ben@example.org"))
    invited(at_owners, email="Ben@Example.org")
    link, visitor = link_in(mailoutbox[0].body), Client()
    page = visitor.get(link)
    assert f"/accounts/login/?next={link}" in page.content.decode()
    assert visitor.post(link, {"name": "Ben", "password": "another sentence of mine"}).status_code == 200
    assert not community.team.filter(user=ben).exists()
    visitor.force_login(ben)
    before = visitor.session.session_key
    assert visitor.post(link).url == "/c/bakers/"
    assert role_of(ben, community) == "builder"
    assert visitor.session.session_key != before


def test_a_member_without_a_password_becomes_part_of_the_team(at_owners, mailoutbox, community):
    maya = a_user(email="ben@example.org", password=None)
    invited(at_owners)
    Client().post(link_in(mailoutbox[0].body), {"name": "Maya", "password": PASSWORD})
    assert role_of(maya, community) == "builder"
    maya.refresh_from_db()
    assert maya.check_password(PASSWORD)


def test_somebody_signed_in_with_another_address_is_told_so(at_owners, mailoutbox, community):
    invited(at_owners)
    link, eve = link_in(mailoutbox[0].body), a_user(email="eve@example.org")
    visitor = Client()
    own_device(visitor, eve)
    page = visitor.get(link)
    assert "This invitation is for another address" in page.content.decode()
    assert visitor.post(link).status_code == 403
    assert community.team.count() == 1
    assert not User.objects.filter(email="ben@example.org").exists()


def test_after_seven_days_it_has_run_out_and_can_be_sent_again(client, owner, mailoutbox):
    with time_machine.travel(NOW, tick=False) as clock:
        just_confirmed(client, owner)
        invited(client)
        clock.shift(timedelta(days=7, seconds=1))
        client.logout()
        just_confirmed(client, owner)
        old = link_in(mailoutbox[0].body)
        assert "This link has run out" in Client().get(old).content.decode()
        assert "the link has run out" in client.get("/c/bakers/team/").content.decode()
        client.post(f"/c/bakers/team/invitations/{Invitation.objects.get().pk}/resend/")
        assert "We do not know this link" in Client().get(old).content.decode()
        assert Client().get(link_in(mailoutbox[1].body)).status_code == 200


def test_a_revoked_invitation_says_so(at_owners, mailoutbox):
    invited(at_owners)
    at_owners.post(f"/c/bakers/team/invitations/{Invitation.objects.get().pk}/revoke/")
    closed = Client().get(link_in(mailoutbox[0].body))
    assert closed.status_code == 410
    assert "This link no longer works" in closed.content.decode()


def test_inviting_the_same_address_again_replaces_the_first(at_owners, mailoutbox):
    invited(at_owners)
    invited(at_owners, email="BEN@example.org", role="owner")
    first, second = (link_in(mail.body) for mail in mailoutbox)
    assert Client().get(first).status_code == 410
    assert Client().get(second).status_code == 200
    assert Invitation.objects.filter(revoked_at=None).get().role == "owner"


@pytest.mark.parametrize(
    "email", ["", "ben", "ben@", "ben@example.org\nBcc: eve@example.org", "x" * 250 + "@example.org"]
)
def test_an_address_that_cannot_be_is_refused(at_owners, mailoutbox, email):
    refused = invited(at_owners, email=email)
    assert refused.status_code == 422
    assert 'name="next" value="/c/bakers/team/"' in refused.content.decode(), "another language is read on a page"
    assert not mailoutbox


def test_somebody_on_the_team_is_not_invited_again(at_owners, community, mailoutbox):
    refused = invited(at_owners, email="ANA@example.org")
    assert refused.status_code == 422
    assert "on the team already" in refused.content.decode()


def test_a_forged_token_is_not_known(client):
    assert client.get("/invitation/AAAAAAAAAAAAAAAAAAAAAA/").status_code == 404
    assert client.post("/invitation/x/", {"name": "Eve", "password": PASSWORD}).status_code == 404


def test_managing_the_team_asks_for_the_password_again(client, owner, community):
    with_password(owner)
    sign_in(client, owner)
    asked = invited(client)
    assert asked.url.startswith("/accounts/reauthenticate/")
    assert not Invitation.objects.exists()
    done = client.post(asked.url, {"password": PASSWORD})
    assert done.status_code == 303  # what was asked for is done at once
    assert Invitation.objects.get().email == "ben@example.org"


def test_a_new_role_signs_its_person_out_everywhere(at_owners, community):
    ben = with_password(a_builder(community, role="builder"))
    device = Client()
    sign_in(device, ben)
    assert device.get("/c/bakers/team/").status_code == 200
    at_owners.post(f"/c/bakers/team/{community.team.get(user=ben).pk}/role/", {"role": "greeter"})
    assert role_of(ben, community) == "greeter"
    assert device.get("/c/bakers/team/").url.startswith("/accounts/login/")


def test_ones_own_new_role_renews_the_session(at_owners, community, owner):
    a_builder(community, role="owner")
    before = at_owners.session.session_key
    at_owners.post(f"/c/bakers/team/{community.team.get(user=owner).pk}/role/", {"role": "builder"})
    assert role_of(owner, community) == "builder"
    assert at_owners.session.session_key not in (None, before)
    assert at_owners.get("/c/bakers/team/").status_code == 200


def test_the_last_owner_can_neither_step_down_nor_leave(at_owners, community, owner):
    own = community.team.get(user=owner)
    for path, data in (("role", {"role": "builder"}), ("remove", {})):
        answer = at_owners.post(f"/c/bakers/team/{own.pk}/{path}/", data, follow=True)
        assert "This is the only owner" in answer.content.decode()
    assert role_of(owner, community) == "owner"


def test_an_owner_who_may_not_sign_in_does_not_count(at_owners, community, owner):
    a_builder(community, role="owner", is_active=False)
    with pytest.raises(service.LastOwner):
        service.remove(community.team.get(user=owner), by=owner)


def test_taking_somebody_off_asks_first_and_then_shuts_them_out(at_owners, community):
    ben = with_password(a_builder(community))
    device = Client()
    sign_in(device, ben)
    path = f"/c/bakers/team/{community.team.get(user=ben).pk}/remove/"
    assert "off the team?" in at_owners.get(path).content.decode()
    assert community.team.filter(user=ben).exists()
    at_owners.post(path)
    assert not community.team.filter(user=ben).exists()
    assert device.get("/c/bakers/team/").status_code == 302
    assert at_owners.post(path).status_code == 404


def test_a_builder_sees_the_team_and_changes_nothing(client, community, owner):
    just_confirmed(client, a_builder(community))
    page = client.get("/c/bakers/team/").content.decode()
    assert "Ana Duarte" in page
    assert "Invite somebody" not in page
    assert invited(client).status_code == 403
    assert client.post(f"/c/bakers/team/{community.team.first().pk}/role/", {"role": "greeter"}).status_code == 403


def test_a_role_that_is_none_changes_nothing(at_owners, community):
    ben = a_builder(community)
    at_owners.post(f"/c/bakers/team/{community.team.get(user=ben).pk}/role/", {"role": "emperor"})
    assert role_of(ben, community) == "builder"


def test_another_community_stays_out_of_reach(at_owners):
    there = a_community()
    stranger = there.team.get(user=a_builder(there, role="owner"))
    letter = service.invite(there, email="x@example.org", role="builder", by=stranger.user, now=NOW)
    assert at_owners.post(f"/c/bakers/team/{stranger.pk}/role/", {"role": "greeter"}).status_code == 404
    assert at_owners.post(f"/c/bakers/team/{stranger.pk}/remove/").status_code == 404
    assert at_owners.post(f"/c/bakers/team/invitations/{letter.pk}/revoke/").status_code == 404
    assert at_owners.get(f"/c/{there.slug}/team/").status_code == 404


def test_accepting_twice_at_once_joins_once(community, owner):
    letter = service.invite(community, email="ben@example.org", role="builder", by=owner, now=NOW)
    ben = a_user(email="ben@example.org")
    stale = Invitation.objects.get(pk=letter.pk)
    service.accept_as(ben, letter, now=NOW)
    with pytest.raises(ValidationError):
        service.accept_as(ben, stale, now=NOW)
    assert community.team.filter(user=ben).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_demote_each_other_at_once_leave_one():
    community = a_community()
    owners = [a_builder(community, role="owner") for _person in range(2)]
    refused = []

    def demote(by, row):
        try:
            service.change_role(row, role="greeter", by=by)
        except service.LastOwner:
            refused.append(by)

    rows = [community.team.get(user=one) for one in owners]
    at_once(partial(demote, owners[0], rows[1]), partial(demote, owners[1], rows[0]))
    assert len(refused) == 1
    assert community.team.filter(role="owner").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_invite_the_same_person_at_once_leave_one_open_invitation():
    community = a_community()
    owners = [a_builder(community, role="owner") for _person in range(4)]
    at_once(
        *(
            partial(service.invite, community, email="Ben@example.org", role="builder", by=one, now=NOW)
            for one in owners
        )
    )
    assert Invitation.objects.filter(revoked_at=None).count() == 1
