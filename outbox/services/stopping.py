"""Stopping the messages of what asked for them."""

from collections.abc import Collection

from outbox.models import Message
from outbox.services.cancelling import NEVER_ARRIVED, NOT_LEAVING_YET, cancel


def stop(origins: Collection[str], *, reason: str) -> set[str]:
    """Take back the messages of these origins; answers the origins that have no live message any more.

    An origin that never had one is free too, and one whose message failed or came too late: nothing of it has arrived,
    and it is not tried again. One whose message is on its way, has left, or has an unknown outcome is not: whatever
    asked for it must stand as it is.
    """
    messages = Message.objects.live_of(origins)
    cancel(messages, reason=reason, among=(*NOT_LEAVING_YET, *NEVER_ARRIVED))
    return set(origins) - set(messages.values_list("origin", flat=True))
