"""From a message of the outbox to the bytes that leave.

The headers, where mistakes are dangerous, are written by the standard library; the two text parts are put together by
hand, which is many times faster than its message class and as plain as the format is. Nothing here may be influenced by
what stands in a name beyond that name: controls are refused, a name is quoted or encoded, an address is one address.
"""

import re
from binascii import b2a_qp
from datetime import datetime
from email.header import Header
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
            _shared_address("From", message.from_name or our_name, sender),
            _address("To", message.to_name, recipient),
            _shared_address("Reply-To", "", _ascii(message.reply_to)) if message.reply_to else "",
            _subject(message.subject),
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


@lru_cache(maxsize=256)
def _shared_address(header: str, name: str, address: str) -> str:
    """One that many letters have in common."""
    return _address(header, name, address)


def _address(header: str, name: str, address: str) -> str:
    name = _one_line(name)
    if _is_plain(name):
        return _ascii_address(header, name, address)
    # Not by `policy.SMTP`: it loses spaces between the words of a long name that is not Latin.
    return f"{header}: {_encoded(header, name)}\r\n <{address}>\r\n"


def _ascii_address(header: str, name: str, address: str) -> str:
    if _plain_words.fullmatch(name) and len(name) + len(address) < _LINE:
        return f"{header}: {name} <{address}>\r\n"
    return SMTP.header_factory(header, Address(name, addr_spec=address)).fold(policy=SMTP)


def _subject(words: str) -> str:
    words = _one_line(words)
    if _is_plain(words) and len(words) < _LINE:
        return f"Subject: {words}\r\n"
    return f"Subject: {_encoded('Subject', words)}\r\n"


def _is_plain(words: str) -> bool:
    """Whether they can stand as they are, and nobody would take them for encoded ones."""
    return words.isascii() and "=?" not in words


def _encoded(header: str, words: str) -> str:
    """Words of any script as RFC 2047 has them, over as many lines as they need."""
    return Header(words, "us-ascii" if _is_plain(words) else "utf-8", header_name=header).encode(linesep="\r\n")


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
