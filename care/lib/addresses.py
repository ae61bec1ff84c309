"""E-mail addresses and names as people write them: what is accepted, and when two are the same."""

import re
import unicodedata
from functools import lru_cache

import idna
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

MAX_EMAIL = 254
MAX_NAME = 80
_valid_email = EmailValidator()
_links = re.compile(r"https?:|www\.|\b[\w-]+\.(?:com|net|org|io|ru|info|biz|xyz|top|click)\b", re.IGNORECASE)


def has_controls(text: str, *, allow: str = "") -> bool:
    """Whether there is a control or invisible formatting character other than those in `allow`.

    Joiners are letters to Persian, Indic scripts and emoji: U+200C and U+200D pass.
    """
    return not text.isprintable() and any(  # what is printable holds none
        unicodedata.category(char) in {"Cc", "Cf", "Cs"} and char not in "\u200c\u200d" and char not in allow
        for char in text
    )


def clean_email(value: str) -> str:
    """The address to write to, trimmed; raises ValidationError when it cannot be one."""
    value = value.strip()
    if len(value) > MAX_EMAIL or not value.isprintable():
        raise ValidationError(_("This e-mail address cannot be right."), code="invalid")
    _valid_email(value)
    return value


@lru_cache(maxsize=64)  # whoever checks an address asks for its key right after
def email_key(value: str) -> str:
    """What makes two addresses the same: NFKC, case folded, the domain as an IDNA A-label.

    Used to find and to refuse a second one, never to write to (RELIABILITY D28). Raises ValidationError.
    """
    local, _at, domain = clean_email(value).rpartition("@")
    try:
        domain = _a_label(domain)
    except idna.IDNAError:
        raise ValidationError(_("This e-mail address cannot be right."), code="invalid") from None
    local = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", local).casefold())
    return f"{local}@{domain}"


@lru_cache(maxsize=4096)  # the addresses of a list share few domains
def _a_label(domain: str) -> str:
    return str(idna.encode(unicodedata.normalize("NFKC", domain), uts46=True).decode().lower())


def clean_name(value: str) -> str:
    """A name fit to stand in a greeting: one line, no markup, no link; raises ValidationError."""
    value = unicodedata.normalize("NFC", " ".join(value.split()))
    if len(value) > MAX_NAME:
        raise ValidationError(_("A name has at most %(max)d characters."), params={"max": MAX_NAME}, code="too_long")
    if has_controls(value):
        raise ValidationError(_("A name cannot hold invisible control characters."), code="controls")
    if set(value) & set("<>{}") or _links.search(value):
        raise ValidationError(_("A name cannot hold markup or a link."), code="markup")
    return value
