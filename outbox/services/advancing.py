"""The one statement that is carried out for each letter: the outcome of the last one, and the mark of the next."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, F, Q, QuerySet, Value, When

from care.lib.prepared import PreparedUpdate
from outbox.models import Message
from outbox.querysets import may_leave

_NONE = UUID(int=0)


def advance(*, sent: Message | None, start: Message | None, now: datetime) -> tuple[bool, bool]:
    """Bring `sent` from sending to sent and `start` from claimed to sending, in one commit; both of one claim.

    Answers for each whether it did: `sent` may not be this claim's any more, `start` may have been taken back, or its
    member may have left or opted out since the claim. What is None counts as done.
    """
    one = sent or start
    if one is None or one.claim is None:
        return True, True
    done = _advance.run(sent.pk if sent else _NONE, start.pk if start else _NONE, one.claim, now)
    return sent is None or sent.pk in done, start is None or start.pk in done


def _build(sent: UUID, start: UUID, claim: UUID, now: datetime) -> tuple[QuerySet[Message], dict[str, Any]]:
    is_sent = Q(pk=sent)
    may_start = Q(pk=start, state="claimed") & may_leave(now)
    return Message.objects.filter(is_sent & Q(state="sending") | may_start, claim=claim), {
        "state": Case(When(is_sent, then=Value("sent")), default=Value("sending")),
        "sent_at": Case(When(is_sent, then=Value(now)), default=None),
        "claim": Case(When(is_sent, then=None), default=F("claim")),
        "claimed_at": Case(When(is_sent, then=None), default=F("claimed_at")),
        "reason": "",
        "error": "",
    }


_advance = PreparedUpdate(_build, uuids=3, instants=1)
