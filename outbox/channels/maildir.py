"""The development mailbox: letters are put into a Maildir instead of being sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from mailbox import Maildir
from pathlib import Path

from outbox.channels.contract import Fate, Letter, Phase, Result


class MaildirChannel:
    """Writes into the folder `path`, making it when needed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def connection(self) -> Iterator["MaildirChannel"]:
        yield self

    def announce(self, letter: Letter) -> Result | None:
        return None

    def hand_over(self, letter: Letter) -> Result:
        """One file, complete before it is seen. A full disk is like a server that has no room: try again later."""
        try:
            self.mailbox().add(letter.content)
        except OSError as error:
            return Result(Fate.LATER, Phase.DATA, detail=str(error), is_about_channel=True)
        return Result(Fate.SENT, Phase.DONE)

    def forget(self) -> None:
        """Nothing was announced to anybody."""

    def mailbox(self) -> Maildir:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return Maildir(self.path, create=True)
