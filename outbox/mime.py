"""From a message of the outbox to the bytes that leave.

The headers, where mistakes are dangerous, are written by the standard library's `email.policy`; the two text parts are
put together by hand, which is five times faster than its message class and as plain as the format is. Nothing here may
be influenced by what stands in a name beyond that name: controls are refused, addresses go in as `Address` objects.
"""

import re
from binascii import b2a_qp
from datetime import datetime
from email.headerregistry import Address
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from unicodedata import category as category_of

import idna
from django.conf import settings

from outbox import links
from outbox.channels.contract import Letter
from outbox.models import Message

_LINE = 66  # characters of a value that fit into a line with any of the names
_plain_words = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")
_PARTS = (("text/plain", "text"), ("text/html", "html"))


class CannotBuild(ValueError):
    """A message holds something that no header may hold."""


def build(message: Message, *, now: datetime) -> Letter:
    """The letter as a channel takes it. Raises CannotBuild when a header would hold a control character."""
    our_name, sender = our_address(settings.DEFAULT_FROM_EMAIL)
    recipient = _ascii(message.to_email)
    head = "".join(
        [
            _address_header("From", message.from_name or our_name, sender),
            _recipient(_one_line(message.to_name), recipient),
            _address_header("Reply-To", "", _ascii(message.reply_to)) if message.reply_to else "",
            _subject(_one_line(message.subject)),
            f"Date: {format_datetime(now)}\r\nMessage-ID: {message.message_id}\r\nMIME-Version: 1.0\r\n",
            f"Content-Language: {message.language}\r\n",
            "Auto-Submitted: auto-generated\r\n" if is_made_by_machine(message) else "",
            _ways_out(message),
        ]
    )
    return Letter(sender, recipient, head.encode("ascii") + _body(message))


@lru_cache(maxsize=1)
def our_address(setting: str) -> tuple[str, str]:
    """The name and the address that all mail comes from."""
    name, address = parseaddr(setting)
    return name, _ascii(address)


def is_made_by_machine(message: Message) -> bool:
    """Whether no person stood between the machine and this one letter. What a person approved is theirs."""
    return message.is_automatic or message.message_class == "account"


def _ways_out(message: Message) -> str:
    """RFC 2369 and RFC 8058: one click in the mail program ends this category; a mail to the builder does too."""
    if message.message_class == "account" or message.member_id is None:
        return ""
    ways = [f"<{links.unsubscribe_url(message.member_id, message.category)}>"]
    if message.reply_to:
        ways.append(f"<mailto:{_ascii(message.reply_to)}?subject=unsubscribe>")
    listed = ",\r\n ".join(ways)
    return f"List-Unsubscribe: {listed}\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"


def _body(message: Message) -> bytes:
    """Both parts say the same, the plain one first (RFC 2046). Quoted-printable never holds `=_`: a boundary."""
    boundary = f"=_{message.pk.hex}"
    parts = [(kind, getattr(message, name)) for kind, name in _PARTS if getattr(message, name)]
    if len(parts) == 1:
        return _part(*parts[0])
    pieces = [f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'.encode()]
    pieces += [f"--{boundary}\r\n".encode() + _part(*part) + b"\r\n" for part in parts]
    return b"".join([*pieces, f"--{boundary}--\r\n".encode()])


def _part(kind: str, text: str) -> bytes:
    head = f'Content-Type: {kind}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    lines = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").replace("\n", "\r\n")
    return head.encode() + b2a_qp((lines + "\r\n").encode(), istext=True)


def _recipient(name: str, address: str) -> str:
    """Plain words need no library: nothing in them means anything in a header."""
    if _plain_words.fullmatch(name) and len(name) + len(address) < _LINE:
        return f"To: {name} <{address}>\r\n"
    return _fold("To", Address(name, addr_spec=address))


def _subject(words: str) -> str:
    if _plain_words.fullmatch(words) and len(words) < _LINE:
        return f"Subject: {words}\r\n"
    return _fold("Subject", words)


@lru_cache(maxsize=256)
def _address_header(name: str, display_name: str, address: str) -> str:
    """One that many letters share."""
    return _fold(name, Address(_one_line(display_name), addr_spec=address))


def _fold(name: str, value: str | Address) -> str:
    return SMTP.header_factory(name, value).fold(policy=SMTP)


def _one_line(text: str) -> str:
    if any(category_of(char) in {"Cc", "Zl", "Zp", "Cs"} for char in text):
        raise CannotBuild("A header cannot hold control characters.")
    return text


@lru_cache(maxsize=256)
def _ascii(address: str) -> str:
    """The address with its domain as the mail servers know it. Raises CannotBuild for what is not one address."""
    local, at, domain = _one_line(address).rpartition("@")
    try:
        if not (local and at and domain) or not local.isascii() or set(' <>,;:"()[]\\') & set(local):
            raise CannotBuild("This is not one e-mail address.")
        return f"{local}@{domain if domain.isascii() else idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError:
        raise CannotBuild("The domain of this address cannot be.") from None
