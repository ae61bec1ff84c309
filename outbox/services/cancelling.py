"""Taking messages back."""

from collections.abc import Collection

from outbox.models import Message
from outbox.querysets import MessageQuerySet

# A claimed one can still be taken back: it is marked `sending`, by compare and set, before the mail server gets it.
NOT_LEAVING_YET = ("queued", "held", "claimed")
# Over, and nothing of it has arrived.
NEVER_ARRIVED = ("failed", "expired")


def cancel(messages: Message | MessageQuerySet, *, reason: str, among: Collection[str] = NOT_LEAVING_YET) -> int:
    """Take back what has not begun to leave, and say how many that were: for one message, 1 or 0.

    `reason` is a code of `outbox.words`, such as `undone` or `opted_out`; `among` are the states it is taken from.
    """
    rows = Message.objects.filter(pk=messages.pk) if isinstance(messages, Message) else messages
    return rows.filter(state__in=among).update(state="cancelled", reason=reason, claim=None, claimed_at=None)
