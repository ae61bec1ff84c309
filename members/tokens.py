"""Tokens in links: random ones of which only a hash is kept, and signed ones that need no row."""

import secrets
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.utils.crypto import salted_hmac


def new_token() -> tuple[str, str]:
    """A random token of 128 bits for a link, and the hash to keep."""
    token = secrets.token_urlsafe(16)
    return token, hash_token(token)


def hash_token(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def sign(purpose: str, identifier: UUID) -> str:
    """A token that says `identifier`, good for one purpose only and without end."""
    return Signer(salt=f"care.{purpose}").sign(identifier.hex)


def unsign(purpose: str, token: str) -> UUID | None:
    """What a signed token says; None when it was not made here for this purpose."""
    try:
        return UUID(hex=Signer(salt=f"care.{purpose}").unsign(token))
    except (BadSignature, ValueError):
        return None


def address_hmac(email_key: str) -> str:
    """The keyed hash under which an address is remembered without being kept."""
    return address_hmacs(email_key)[0]


def address_hmacs(email_key: str) -> list[str]:
    """All hashes under which it may be remembered: made with the key of today, then with those before it.

    What was hashed with a former key cannot be hashed again: whoever asked never to be written to is known for as long
    as that key stays among the fallbacks.
    """
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [salted_hmac("care.suppression", email_key, secret=key, algorithm="sha256").hexdigest() for key in keys]
