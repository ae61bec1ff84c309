"""SMTP on the standard library, with its phases in sight: what failed before the final dot may be tried again.

RFC 1047 tells why that matters: when the connection breaks after the dot, the server may have taken the letter or not,
and nobody can know. Django's own backend and `smtplib.sendmail` do not say how far they came.
"""

import re
import select
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum, auto

from django.core.mail.utils import DNS_NAME

from outbox.channels.contract import Fate, Letter, Phase, Result

# RFC 3463: bad mailbox, bad system, bad syntax, moved, no mail taken there (null MX), mailbox disabled. It begins the
# answer (RFC 2034): further on it may be a part of our own address, which the server has named.
_UNKNOWN_ADDRESS = re.compile(r"5\.(?:1\.(?:1|2|3|6|10)|2\.1)(?![\w.])")
# RFC 4954: what a server answers to somebody who should have logged in, or did so in a way it does not want.
_LOGIN_WANTED = frozenset({530, 534, 535, 538})
_LONG_CLOSED = frozenset({421})
_BEYOND_ASCII = "The host, the user or the password in EMAIL_URL holds letters that cannot be told to a mail server."
_SETUP_ERRORS = (ssl.SSLError, smtplib.SMTPNotSupportedError)


class Security(Enum):
    NONE = auto()
    STARTTLS = auto()
    TLS = auto()


@dataclass(frozen=True, slots=True)
class SmtpChannel:
    """A mail server to hand letters to. `timeout` is seconds to wait for each of its answers."""

    host: str
    port: int
    user: str
    password: str
    security: Security
    timeout: float

    @contextmanager
    def connection(self) -> Iterator["SmtpConnection"]:
        connection = SmtpConnection(self)
        try:
            yield connection
        finally:
            connection.close()


class _Client(smtplib.SMTP):
    """smtplib's client, which says in `phase` how far the way to the server has come."""

    phase = Phase.CONNECT

    def __init__(self, channel: SmtpChannel) -> None:
        super().__init__(timeout=channel.timeout, local_hostname=str(DNS_NAME))
        self._host = channel.host  # what the certificate is checked against
        self._is_tls = channel.security is Security.TLS

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connected = socket.create_connection((host, port), timeout)
        # The final dot is a small packet of its own: it must not wait until the one before it is acknowledged.
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._is_tls:
            self.phase = Phase.TLS
            connected = ssl.create_default_context().wrap_socket(connected, server_hostname=host)
        self.phase = Phase.GREETING
        return connected


class SmtpConnection:
    """One connection to the mail server, kept from letter to letter, made again when the server has closed it."""

    def __init__(self, channel: SmtpChannel) -> None:
        self._channel = channel
        self._client: _Client | None = None

    def announce(self, letter: Letter) -> Result | None:
        """MAIL and RCPT. A kept connection may have been closed meanwhile: then once more on a new one."""
        is_kept = self._client is not None
        result = self._announce(letter)
        if is_kept and self._client is None and result is not None and result.phase is Phase.MAIL:
            result = self._announce(letter)
        return result

    def _announce(self, letter: Letter) -> Result | None:
        if self._client is None and (failure := self._connect()):
            return failure
        return self._ask(Phase.MAIL, lambda client: client.mail(letter.sender, _mail_options(client, letter))) or (
            self._ask(Phase.RCPT, lambda client: client.rcpt(letter.recipient))
        )

    def hand_over(self, letter: Letter) -> Result:
        """DATA and the text, which the server does not act upon; then the dot, upon which it does."""
        return (
            self._ask(Phase.DATA, lambda client: _send_text(client, letter.content), wanted=3)
            or self._ask(Phase.DOT, lambda client: client.docmd("."))
            or Result(Fate.SENT, Phase.DONE)
        )

    def forget(self) -> None:
        """RSET: the next letter starts afresh. A server that does not agree is left."""
        try:
            if self._client is not None and self._client.rset()[0] == 250:
                return
        except OSError:
            pass
        self._drop()

    def close(self) -> None:
        """Say goodbye if the server still listens."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(OSError):
                client.quit()

    def _connect(self) -> Result | None:
        client, channel = _Client(self._channel), self._channel
        try:
            code, reply = client.connect(channel.host, channel.port)
            if code == 220:
                code, reply = client.ehlo()
                if code != 250:
                    code, reply = client.helo()
            if code == 250 and channel.security is Security.STARTTLS:
                client.phase = Phase.TLS
                client.starttls(context=ssl.create_default_context())
                code, reply = client.ehlo()
            if code == 250 and channel.user:
                client.phase = Phase.LOGIN
                client.login(channel.user, channel.password)
        except OSError as error:  # smtplib's own errors are OSErrors too
            client.close()
            return _failed_to_connect(client.phase, error)
        except UnicodeError:  # whose own words would quote the password
            client.close()
            return Result(Fate.SETUP, client.phase, detail=_BEYOND_ASCII, is_about_channel=True)
        if code != 250:
            client.close()
            return _answered(client.phase, code, reply)
        self._client = client
        return None

    def _ask(self, phase: Phase, command: Callable[[_Client], tuple[int, bytes]], *, wanted: int = 2) -> Result | None:
        """None when the code of the answer begins with `wanted`; otherwise what the answer means in this phase."""
        assert self._client is not None  # noqa: S101  announced before it is handed over
        try:
            code, reply = command(self._client)
        except OSError as error:
            self._drop()
            return Result(Fate.UNKNOWN if phase is Phase.DOT else Fate.LATER, phase, detail=_words(error))
        if code // 100 == wanted:
            return None
        if code in _LONG_CLOSED:
            self._drop()
        elif phase is not Phase.DOT:
            self.forget()
        return _answered(phase, code, reply)

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


def _send_text(client: _Client, content: bytes) -> tuple[int, bytes]:
    """DATA and the text, with its own dots doubled and its last line ended, but not the dot that ends it all."""
    code, reply = client.docmd("DATA")
    if code == 354:
        text = re.sub(rb"(?m)^\.", b"..", content)
        client.send(text if text.endswith(b"\r\n") else text + b"\r\n")
        if _has_interrupted(client):
            return client.getreply()
    return code, reply


def _has_interrupted(client: _Client) -> bool:
    """Whether the server has hung up or spoken before the dot: then the dot is not sent, and all is clear.

    Not asked over TLS, where what can be read need not be the server's words.
    """
    assert client.sock is not None  # noqa: S101  it is connected
    if isinstance(client.sock, ssl.SSLSocket):
        return False
    poll = select.poll()
    poll.register(client.sock, select.POLLIN)
    return bool(poll.poll(0))


def _mail_options(client: _Client, letter: Letter) -> tuple[str, ...]:
    return (f"size={len(letter.content)}",) if client.has_extn("size") else ()


def _failed_to_connect(phase: Phase, error: OSError) -> Result:
    if isinstance(error, smtplib.SMTPResponseException):
        return _answered(phase, error.smtp_code, error.smtp_error)
    no_common_way = phase is Phase.LOGIN and type(error) is smtplib.SMTPException
    fate = Fate.SETUP if no_common_way or isinstance(error, _SETUP_ERRORS) else Fate.LATER
    return Result(fate, phase, detail=_words(error), is_about_channel=True)


def _answered(phase: Phase, code: int, reply: bytes | str) -> Result:
    """What an answer that is not yes means."""
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    is_about_channel = phase in (Phase.CONNECT, Phase.GREETING, Phase.TLS, Phase.LOGIN) or code in _LOGIN_WANTED
    if code in _LOGIN_WANTED or (is_about_channel and phase is not Phase.GREETING and code >= 500):
        fate = Fate.SETUP
    elif code >= 500 and not is_about_channel:
        fate = Fate.REFUSED
    elif phase is Phase.DOT and code < 400:  # neither yes nor no, or not an answer at all
        fate = Fate.UNKNOWN
    else:
        fate = Fate.LATER
    is_unknown = phase in (Phase.RCPT, Phase.DOT) and fate is Fate.REFUSED and bool(_UNKNOWN_ADDRESS.match(text))
    return Result(fate, phase, code, text, is_about_channel=is_about_channel, is_unknown_address=is_unknown)


def _words(error: OSError) -> str:
    return str(error) or type(error).__name__
