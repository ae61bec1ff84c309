"""What a channel promises to the outbox."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Phase(StrEnum):
    """How far a try came. Up to and including `data` the recipient's server cannot have taken the letter."""

    CLAIMED = "claimed"
    CONNECT = "connect"
    GREETING = "greeting"
    TLS = "tls"
    LOGIN = "login"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    DOT = "dot"
    DONE = "done"


class Fate(StrEnum):
    """What became of a try."""

    SENT = "sent"
    LATER = "later"  # did not leave, and may do so on another try
    REFUSED = "refused"  # did not leave, and never will
    UNKNOWN = "unknown"  # may have left or not
    SETUP = "setup"  # did not leave: the channel is not set up as its server wants it
    CRASHED = "crashed"  # did not leave: the process died


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as a channel takes it: two bare addresses and the bytes between them."""

    sender: str
    recipient: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a letter. `code` and `detail` are what the other side said.

    `is_about_channel`: the letter itself has nothing to do with it, and the next one would fare the same.
    `is_unknown_address`: there is no such mailbox.
    """

    fate: Fate
    phase: Phase
    code: int | None = None
    detail: str = ""
    is_about_channel: bool = False
    is_unknown_address: bool = False


class Connection(Protocol):
    """A connection kept for one letter after another. Neither method raises for anything the other side does."""

    def announce(self, letter: Letter) -> Result | None:
        """Say from whom and to whom. None means go on; nothing has left yet, and nothing will if nobody goes on."""

    def hand_over(self, letter: Letter) -> Result:
        """Let the announced letter go."""

    def forget(self) -> None:
        """The announced letter will not go after all."""


class Channel(Protocol):
    def connection(self) -> AbstractContextManager[Connection]:
        """A connection, made when the first letter is announced, closed at the end."""
