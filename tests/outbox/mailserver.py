"""A real mail server on loopback that can be as unwell as real ones are."""

import asyncio
import socket
import ssl
from collections import Counter
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

LONG = 30  # seconds: for ever, as the tests see it


class MailServer(Controller):
    """Takes letters into `letters`. `mode` says how it behaves, `only` to whom (empty: to all)."""

    def __init__(self, mode: str = "accept", *, only: str = "", **options: Any) -> None:
        self.mode, self.only = mode, only
        self.letters: list[EmailMessage] = []
        self.commands: Counter[str] = Counter()
        super().__init__(self, hostname="127.0.0.1", port=0, **options)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.bound_port}"

    @property
    def bound_port(self) -> int:
        return self.server.sockets[0].getsockname()[1]

    @property
    def recipients(self) -> list[str]:
        return [letter["X-Envelope-To"] for letter in self.letters]

    @property
    def message_ids(self) -> list[str]:
        return [letter["Message-ID"] for letter in self.letters]

    def factory(self) -> SMTP:
        return _Unwell(self, **self.SMTP_kwargs)

    def _trigger_server(self) -> None:
        """aiosmtpd connects once to itself, on the port it was told; ours was chosen by the system."""
        with socket.create_connection(("127.0.0.1", self.bound_port)):
            pass

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list
    ) -> Any:
        self.commands["EHLO"] += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list) -> str:
        self.commands["MAIL"] += 1
        if self.mode == "closes after one" and self.commands["MAIL"] == 2:
            server.transport.close()
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return await self._answer(server, "MAIL", "250 OK")

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list) -> str:
        self.commands["RCPT"] += 1
        answer = "250 OK" if self.only and address != self.only else await self._answer(server, "RCPT", "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.commands["DATA"] += 1
        letter = message_from_bytes(envelope.original_content or b"", policy=SMTP_POLICY)
        letter["X-Envelope-To"] = envelope.rcpt_tos[0]
        is_meant = not self.only or envelope.rcpt_tos[0] == self.only
        if self.mode == "lost answer" and is_meant:
            self.letters.append(letter)
            server.transport.close()
            return "250 OK"
        answer = await self._answer(server, "DOT", "250 OK") if is_meant else "250 OK"
        if answer.startswith("250"):
            self.letters.append(letter)
        return answer

    async def _answer(self, server: SMTP, phase: str, usual: str) -> str:
        where, _space, how = self.mode.partition(" ")
        if where != phase:
            return usual
        if how == "hang":
            await asyncio.sleep(LONG)
        if how.startswith("slow "):
            await asyncio.sleep(float(how.removeprefix("slow ")))
            return usual
        if how.startswith("421"):
            asyncio.get_running_loop().call_later(0.01, server.transport.close)
        return how


class _Unwell(SMTP):
    """aiosmtpd's server with what its handlers cannot do: a banner that hangs, a DATA that is refused or cut off."""

    def __init__(self, owner: MailServer, **options: Any) -> None:
        self.owner = owner
        super().__init__(owner, **options)

    async def push(self, status: str | bytes) -> None:
        text = status.decode() if isinstance(status, bytes) else status
        if text.startswith("220 ") and not self.session.host_name and not text.startswith("220 Ready"):
            if self.owner.mode == "BANNER hang":
                await asyncio.sleep(LONG)
            elif self.owner.mode.startswith("BANNER "):
                await super().push(self.owner.mode.removeprefix("BANNER "))
                self.transport.close()
                return
        await super().push(status)

    async def smtp_DATA(self, arg: str) -> None:
        where, _space, how = self.owner.mode.partition(" ")
        meant = not self.owner.only or self.owner.only in self.envelope.rcpt_tos
        if where == "DATA" and meant:
            if how == "hang":
                await asyncio.sleep(LONG)
            elif how == "cut off":
                await self.push("354 go on")
                await self._reader.readline()
                self.transport.close()
            else:
                await self.push(how)
            return
        await super().smtp_DATA(arg)


class WrongPassword:
    def __call__(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=False, handled=False)


def a_certificate_nobody_trusts(folder: Any) -> ssl.SSLContext:
    """Self-signed, made now."""
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
