"""Two factors: demanded of owners and builders, kept encrypted, and the door still opens after a change of keys."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django.test import Client, RequestFactory

from care.lib.vault import UnreadableSecretError, Vault
from members.accounts import MFAAdapter
from tests.accounts.signing_in import PASSWORD, give_totp, sign_in, totp_now, with_password
from tests.factories import a_builder, a_community, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def _demanded(settings):
    settings.REQUIRE_TWO_FACTOR = True


@pytest.mark.usefixtures("_demanded")
def test_an_owner_is_sent_to_set_one_up_and_then_gets_in(client):
    community = a_community()
    owner = with_password(a_builder(community, role="owner"))
    assert sign_in(client, owner).status_code == 302
    team = f"/c/{community.slug}/team/"
    assert client.get(team).url == "/accounts/2fa/"
    page = client.get("/accounts/2fa/", follow=True)
    assert "second factor" in page.content.decode()

    to_set_up = client.get("/accounts/2fa/totp/activate/")
    assert to_set_up.url.startswith("/accounts/reauthenticate/")
    assert client.post(to_set_up.url, {"password": PASSWORD}).url == "/accounts/2fa/totp/activate/"
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    done = client.post("/accounts/2fa/totp/activate/", {"code": totp_now(secret)})
    assert done.status_code == 302
    assert client.get(team).status_code == 200

    client.logout()
    asked = sign_in(client, owner)
    assert asked.url == "/accounts/2fa/authenticate/"
    assert client.get(team).url.startswith("/accounts/login/")


@pytest.mark.usefixtures("_demanded")
def test_a_builder_signs_in_with_both(client):
    community = a_community()
    builder = with_password(a_builder(community))
    secret = give_totp(builder)
    sign_in(client, builder)
    assert client.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert client.post("/accounts/2fa/authenticate/", {"code": totp_now(secret)}).status_code == 302
    assert client.get(f"/c/{community.slug}/team/").status_code == 200


@pytest.mark.usefixtures("_demanded")
def test_a_greeter_is_not_asked(client):
    community = a_community()
    client.force_login(a_builder(community, role="greeter"))
    answer = client.get(f"/c/{community.slug}/team/")
    assert answer.status_code == 403  # too low a role for this page; nobody sent them away to set anything up


@pytest.mark.usefixtures("_demanded")
def test_staff_needs_it_in_the_admin(client):
    staff = a_user(is_staff=True, is_superuser=True)
    client.force_login(staff)
    assert client.get("/admin/").url == "/accounts/2fa/"
    give_totp(staff)
    assert client.get("/admin/").status_code == 200


def test_the_admin_has_no_sign_in_page_of_its_own(client):
    assert client.get("/admin/").url.startswith("/admin/login/")
    assert client.get("/admin/login/?next=/admin/").url == "/accounts/login/?next=%2Fadmin%2F"
    client.force_login(a_builder(a_community(), role="owner"))
    assert client.get("/admin/login/").status_code == 403


def test_the_secret_is_not_in_the_database(client):
    secret = give_totp(a_user())
    kept = Authenticator.objects.get().data["secret"]
    assert secret not in kept
    assert MFAAdapter().decrypt(kept) == secret


def test_a_changed_key_still_opens_what_the_old_one_closed(settings):
    settings.FIELD_KEYS = ["old key"]
    kept = MFAAdapter().encrypt("JBSWY3DPEHPK3PXP")
    settings.FIELD_KEYS = ["new key", "old key"]
    assert MFAAdapter().decrypt(kept) == "JBSWY3DPEHPK3PXP"
    settings.FIELD_KEYS = ["new key"]
    with pytest.raises(UnreadableSecretError):
        MFAAdapter().decrypt(kept)


def test_secrets_of_one_purpose_do_not_open_those_of_another():
    kept = Vault(["key"], purpose="one").encrypt("secret")
    with pytest.raises(UnreadableSecretError):
        Vault(["key"], purpose="two").decrypt(kept)


def test_with_the_first_factor_whoever_has_only_the_password_is_out(client):
    """A thief who signed in with the password alone must not come in through the door that the owner then locks."""
    ana = with_password(a_builder(a_community()))
    thief, elsewhere = Client(), Client()
    for browser in (client, thief, elsewhere):
        sign_in(browser, ana)
        browser.get("/account/")
    for number in range(2):
        request = RequestFactory().get("/")
        request.session = client.session
        Authenticator.objects.create(user=ana, type="totp" if number == 0 else "webauthn", data={})
        if number:
            sign_in_again = Client()
            sign_in_again.force_login(ana)
        authenticator_added.send(sender=Authenticator, request=request, user=ana, authenticator=None)
    assert client.get("/account/").status_code == 200
    assert thief.get("/account/").status_code == elsewhere.get("/account/").status_code == 302
    assert sign_in_again.get("/account/").status_code == 200, "another factor more is no reason"


def test_a_part_of_a_page_leads_the_whole_page_to_the_second_factor(client, settings):
    settings.REQUIRE_TWO_FACTOR = True
    community = a_community()
    client.force_login(a_builder(community))
    answer = client.get(f"/c/{community.slug}/members/", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/accounts/2fa/"
