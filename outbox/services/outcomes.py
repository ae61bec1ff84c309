"""What the result of a try means for a message, and writing it down."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from members.services import reach
from outbox.channels.contract import Fate, Result
from outbox.models import Attempt, Message
from outbox.querysets import IN_FLIGHT

# After the first, second, third and fourth try that did not get through. After the fifth it has failed.
WAITS = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=12))
_SAID = 300  # as many characters of the mail server's words as are kept


@dataclass(frozen=True, slots=True)
class Ending:
    """The state a try brings its message to, and why. `ready_at` is when a queued one may be tried again.

    `result` is None when it came to no try. `is_counted` False: the try does not use up one of the message's five.
    `wipes`: the words of the message go too.
    """

    state: str
    at: datetime
    reason: str = ""
    ready_at: datetime | None = None
    result: Result | None = None
    is_counted: bool = True
    wipes: bool = False

    @property
    def is_plain(self) -> bool:
        """Sent, and nothing more to it."""
        return self.state == "sent" and not self.wipes


def ending_of(message: Message, result: Result, *, now: datetime) -> Ending:
    """Pure: what becomes of a claimed message after this result."""
    is_account = message.message_class == "account"
    match result.fate:
        case Fate.SENT:
            return Ending("sent", now, result=result, wipes=is_account)  # it held a login code, and has served
        case Fate.REFUSED:
            return Ending("failed", now, "no_mailbox" if result.is_unknown_address else "refused", result=result)
        case Fate.SETUP:
            return Ending("queued", now, "configuration", message.ready_at, result, is_counted=False)
        case Fate.UNKNOWN if not is_account:
            return Ending("unknown", now, "no_answer", result=result)
        case _:
            wait = next_wait(message.attempts)
            if wait is None:
                return Ending("failed", now, "temporary", result=result)
            return Ending("queued", now, "temporary", now + wait, result)


def next_wait(tries: int) -> timedelta | None:
    """How long to wait after so many tries; None when that was enough."""
    return WAITS[tries - 1] if tries <= len(WAITS) else None


def record(message: Message, ending: Ending) -> bool:
    """Write down how a claimed message fared; False when it is not this claim's any more.

    Belongs into the caller's transaction. The lease of a process that was asleep for minutes may have run out: then the
    row is `unknown` by now, and what we know for sure still counts.
    """
    mine = Message.objects.filter(pk=message.pk, claim=message.claim, state__in=IN_FLIGHT)
    is_written = mine.update(**_fields(message, ending))
    if not is_written and ending.state == "sent":
        is_written = Message.objects.filter(pk=message.pk, state="unknown").update(**_fields(message, ending))
    if ending.reason == "no_mailbox" and message.member_id:
        reach.mark_bounced(message.member_id, address=message.to_email, now=ending.at)
    return bool(is_written)


def _fields(message: Message, ending: Ending) -> dict[str, Any]:
    fields: dict[str, Any] = {"state": ending.state, "reason": ending.reason, "claim": None, "claimed_at": None}
    fields["error"] = said(ending.result) if ending.result else ""
    if ending.state == "sent":
        fields["sent_at"] = ending.at
    if ending.wipes:
        fields |= {"text": "", "html": ""}
    if ending.ready_at is not None:
        fields["ready_at"] = ending.ready_at
    if not ending.is_counted:
        fields["attempts"] = message.attempts - 1
    return fields


def note_tries(tried: Iterable[tuple[Message, Ending]]) -> None:
    """Keep the story of these tries, for whoever wants to know. A crash may lose it, never the outcome itself."""
    Attempt.objects.bulk_create(
        Attempt(
            message_id=message.pk,
            number=message.attempts,
            at=ending.at,
            phase=ending.result.phase,
            outcome=ending.result.fate,
            code=ending.result.code,
            detail=said(ending.result),
        )
        for message, ending in tried
        if ending.result
    )


def said(result: Result) -> str:
    """What the other side answered, in one line of at most _SAID characters, as a column holds it."""
    return " ".join(f"{result.code or ''} {result.detail}".split())[:_SAID].replace("\0", "")
