"""Small secrets kept in the database, encrypted with a key that is not in it."""

from base64 import urlsafe_b64encode
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class UnreadableSecretError(Exception):
    """None of the keys opens this secret: a key was changed and the old one is missing among the fallbacks."""


class Vault:
    """Encrypts with the first key; decrypts with any of them, so that a key can be changed.

    `purpose` separates the secrets of one use from those of another: each has keys of its own.
    """

    def __init__(self, keys: Sequence[str], *, purpose: str) -> None:
        self._fernet = MultiFernet([Fernet(_derive(key, purpose)) for key in keys])

    def encrypt(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, secret: str) -> str:
        """Raises UnreadableSecretError when no key fits."""
        try:
            return self._fernet.decrypt(secret.encode()).decode()
        except InvalidToken:
            raise UnreadableSecretError("No key in FIELD_KEYS opens this secret.") from None


def _derive(key: str, purpose: str) -> bytes:
    """A Fernet key from a passphrase (RFC 5869)."""
    return urlsafe_b64encode(HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(key.encode()))
