"""Signing in, as people do."""

import re
import time
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client

from members.models import User

PASSWORD = "a sentence that I like"


def with_password(user: User, password: str = PASSWORD) -> User:
    """Somebody who can sign in with a password: their address is proved."""
    user.set_password(password)
    user.save()
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    return user


def sign_in(client: Client, user: User, *, password: str = PASSWORD) -> Any:
    return client.post("/accounts/login/", {"login": user.email, "password": password})


def just_confirmed(client: Client, user: User) -> None:
    """Sign in as somebody who gave their password again a moment ago."""
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


def own_device(client: Client, user: User) -> None:
    """Sign in with a proved address, as a member does with a code."""
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    client.force_login(user)


def code_in(text: str) -> str:
    """The code in a mail: two groups of four capitals."""
    found = re.search(r"\b[A-Z]{4}-[A-Z]{4}\b", text)
    assert found, text
    return found.group()


def link_in(text: str) -> str:
    """The path of the link in a mail."""
    found = re.search(r"https?://[^/\s]+(/\S*)", text)
    assert found, text
    return found.group(1)


def give_totp(user: User) -> str:
    """Give somebody an authenticator app; the secret it shares with us."""
    secret = "JBSWY3DPEHPK3PXP"
    TOTP.activate(user, secret)
    return secret


def totp_now(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
