"""A change of SECRET_KEY, as docs/operations.md tells to do it: the old one becomes a fallback."""

from datetime import UTC, datetime

import pytest

from care.lib.vault import UnreadableSecretError, Vault
from members.models import Member, Suppression
from members.services.members import reachable
from members.tokens import address_hmac, sign, unsign
from tests.factories import a_community, a_member


@pytest.fixture
def change_key(settings):
    def change(*, keep_old: bool = True) -> None:
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY] if keep_old else []
        settings.SECRET_KEY = "another-key"

    return change


def test_links_in_old_mails_still_work(change_key):
    member = Member(name="Maya")
    token = sign("unsubscribe", member.pk)
    change_key()
    assert unsign("unsubscribe", token) == member.pk


def test_without_the_old_key_they_do_not(change_key):
    token = sign("unsubscribe", Member(name="Maya").pk)
    change_key(keep_old=False)
    assert unsign("unsubscribe", token) is None


@pytest.mark.django_db
def test_whoever_asked_never_to_be_written_to_is_still_known(change_key):
    member = a_member(a_community(), email="maya@example.org")
    Suppression.objects.create(
        community=member.community, hmac=address_hmac("maya@example.org"), created_at=datetime(2027, 3, 1, tzinfo=UTC)
    )
    change_key()
    assert reachable(member) == "suppressed"
    assert address_hmac("maya@example.org") != Suppression.objects.get().hmac


def test_secrets_are_read_with_the_old_key_and_written_with_the_new():
    secret = Vault(["old"], purpose="test").encrypt("seed")
    assert Vault(["new", "old"], purpose="test").decrypt(secret) == "seed"
    with pytest.raises(UnreadableSecretError):
        Vault(["new"], purpose="test").decrypt(secret)
