"""Letters whose day another note has taken: what goes out after its own day says so."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import override

from attentions import letters
from attentions.kinds import kind_of
from attentions.models import Attention
from outbox import letter as frame
from outbox import services as outbox
from outbox.models import Message


def framed(row: Attention, letter: letters.Letter) -> tuple[str, str]:
    """The text and the page of a letter to a member, with signature, reason and the way out."""
    assert row.member is not None  # noqa: S101  a letter has a reader
    with override(letter.language):
        return frame.frame(
            text=letter.text,
            member=row.member,
            community=row.community,
            why=letters.why(row, kind_of(row.kind)),
            category=row.kind,
            language=letter.language,
        )


def reword_late(row: Attention, message: Message, *, wordings: letters.Wordings, used: letters.Used) -> bool:
    """Say in a letter for its day that it is late, when it has been given a later one."""
    if message.local_day is None or message.local_day <= row.due_on:
        return False
    late = letters.write(row, now=message.due_at, wordings=wordings, used=used)
    text, html = framed(row, late)
    return outbox.reword(message, subject=late.subject, text=text, html=html)


def reword_moved(newer: Sequence[Attention]) -> int:
    """The same for what was approved before, and has now made room for these; how many.

    What was approved is what leaves: only a letter that would still be written as it was gets the sentence, and no
    other word of it changes.
    """
    theirs = Message.objects.filter(member__in={row.member_id for row in newer}, state="queued", reason="cap")
    own = [f"attention:{row.pk}" for row in newer]
    moved = {message.origin: message for message in theirs.exclude(origin__in=own)}
    ids = [origin.removeprefix("attention:") for origin in moved if origin.startswith("attention:")]
    approved = Attention.objects.filter(pk__in=ids, state="approved", ritual__isnull=False)
    rows = [row for row in approved.select_related("member__community", "community", "ritual") if kind_of(row.kind)]
    wordings, used = letters.wordings_of({row.ritual for row in rows if row.ritual}), letters.used_variants(rows)
    count = 0
    for row in rows:
        message = moved[f"attention:{row.pk}"]
        on_its_day = letters.write(row, now=row.due_at, wordings=wordings, used=used)
        if (message.subject, message.text) == (on_its_day.subject, framed(row, on_its_day)[0]):
            count += reword_late(row, message, wordings=wordings, used=used)
    return count
