"""Taking messages back."""

from outbox.models import Message
from outbox.querysets import MessageQuerySet


def cancel(messages: Message | MessageQuerySet, *, reason: str) -> int:
    """Take back what has not begun to leave, and say how many that were: for one message, 1 or 0.

    `reason` is a code of `outbox.words`, such as `undone` or `opted_out`.
    """
    raise NotImplementedError
