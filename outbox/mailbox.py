"""Reading the development mailbox: letters that were put into a Maildir instead of being sent."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parsedate_to_datetime
from pathlib import Path

LATEST = 100
_link = re.compile(r"(https?://[^\s<>\"]+)")


@dataclass(frozen=True, slots=True)
class Post:
    """A letter in the mailbox."""

    key: str
    letter: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.letter["Subject"] or "")

    @property
    def sender(self) -> str:
        return str(self.letter["From"] or "")

    @property
    def recipient(self) -> str:
        return str(self.letter["To"] or "")

    @property
    def at(self) -> datetime | None:
        try:
            return parsedate_to_datetime(str(self.letter["Date"]))
        except ValueError:
            return None

    @property
    def text(self) -> str:
        return self._body("plain")

    @property
    def pieces(self) -> list[tuple[str, bool]]:
        """The text cut into words and links, each with whether it is a link."""
        return [(piece, number % 2 == 1) for number, piece in enumerate(_link.split(self.text))]

    @property
    def html(self) -> str:
        return self._body("html")

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(name, str(value)) for name, value in self.letter.items()]

    def _body(self, kind: str) -> str:
        part = self.letter.get_body((kind,))
        return str(part.get_content()) if part is not None else ""


def latest(folder: Path, *, to: str = "") -> list[Post]:
    """The newest letters first, at most `LATEST`; with `to`, those whose recipient or subject holds it."""
    wanted = to.casefold()
    found = []
    for path in sorted(_files(folder), key=lambda path: (path.stat().st_mtime, path.name), reverse=True):
        post = _read(path)
        if wanted in f"{post.recipient} {post.subject}".casefold():
            found.append(post)
        if len(found) == LATEST:
            break
    return found


def find(folder: Path, key: str) -> Post | None:
    """The letter with this key; None when there is none."""
    return next((_read(path) for path in _files(folder) if path.name == key), None)


def _files(folder: Path) -> Iterator[Path]:
    for part in ("new", "cur"):
        if (folder / part).is_dir():
            yield from (folder / part).iterdir()


def _read(path: Path) -> Post:
    letter = message_from_bytes(path.read_bytes(), policy=SMTP)
    assert isinstance(letter, EmailMessage)  # noqa: S101  what this policy makes
    return Post(path.name, letter)
