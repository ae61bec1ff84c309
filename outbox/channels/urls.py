"""Which channel EMAIL_URL asks for."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from outbox.channels.contract import Channel
from outbox.channels.maildir import MaildirChannel
from outbox.channels.smtp import Security, SmtpChannel


def channel() -> Channel:
    """The channel that mail leaves by. Raises ImproperlyConfigured when EMAIL_URL cannot be understood."""
    if not settings.EMAIL_URL:
        raise ImproperlyConfigured("Set EMAIL_URL: without it letters have nowhere to go.")
    url = urlsplit(settings.EMAIL_URL)
    if url.scheme not in _SCHEMES:
        raise ImproperlyConfigured(f"EMAIL_URL begins with one of {', '.join(sorted(_SCHEMES))}.")
    return _SCHEMES[url.scheme](url)


def mailbox_folder() -> Path | None:
    """Where letters can be read on this machine, when they are put into a Maildir instead of being sent."""
    url = urlsplit(settings.EMAIL_URL)
    return Path(unquote(url.path)) if url.scheme == "maildir" else None


def _maildir(url: SplitResult) -> Channel:
    if not url.path.startswith("/") or url.netloc:
        raise ImproperlyConfigured("EMAIL_URL for a Maildir needs a whole path: maildir:///folder/mailbox.")
    return MaildirChannel(Path(unquote(url.path)))


def _smtp(security: Security, default_port: int) -> Callable[[SplitResult], Channel]:
    def make(url: SplitResult) -> Channel:
        try:
            host, port = url.hostname, url.port or default_port
        except ValueError:  # whose own words would quote a part of the password
            raise ImproperlyConfigured(
                "EMAIL_URL cannot be read. Write / as %2F, # as %23 and ? as %3F in a user or a password."
            ) from None
        if not host:
            raise ImproperlyConfigured("EMAIL_URL names no mail server: smtp://user:password@host:port.")
        return SmtpChannel(
            host=host,
            port=port,
            user=unquote(url.username or ""),
            password=unquote(url.password or ""),
            security=security,
            timeout=settings.EMAIL_TIMEOUT,
        )

    return make


_SCHEMES: dict[str, Callable[[SplitResult], Channel]] = {
    "smtp": _smtp(Security.NONE, 25),
    "smtp+tls": _smtp(Security.STARTTLS, 587),
    "smtps": _smtp(Security.TLS, 465),
    "maildir": _maildir,
}
