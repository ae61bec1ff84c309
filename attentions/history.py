"""What happened to one attention, oldest first: planning, people, its letters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from attentions import phrases
from attentions.models import Attention
from members.models import AuditEntry, User
from outbox import words
from outbox.models import Message

Text = str | Promise

# What the audit's verbs say, with an icon and a tone.
_VERBS: dict[str, tuple[str, str, Text]] = {
    "attention.planned": ("calendar", "", gettext_lazy("Planned")),
    "attention.recorded": ("check", "ok", gettext_lazy("Written down as done")),
    "attention.approved": ("check", "accent", gettext_lazy("Approved")),
    "attention.undone": ("undo-2", "", gettext_lazy("Taken back")),
    "attention.skipped": ("x", "", gettext_lazy("Skipped")),
    "attention.unskipped": ("undo-2", "", gettext_lazy("Skip taken back")),
    "attention.snoozed": ("clock", "", gettext_lazy("Snoozed, or brought back")),
    "attention.handed_over": ("forward", "", gettext_lazy("Handed over")),
    "attention.changed": ("pencil", "", gettext_lazy("Personal line changed")),
    "attention.noted": ("pencil", "", gettext_lazy("What happened was written down")),
    "attention.done": ("circle-check", "ok", gettext_lazy("Done")),
}


_SAYS_APPROVED = ("attention.approved", "attention.recorded", "attention.done")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; `by` is empty when it was nobody of the team."""

    at: datetime
    icon: str
    tone: str
    title: Text
    by: str = ""
    text: Text = ""


def events(attention: Attention, messages: Iterable[Message]) -> list[Event]:
    """Everything we know of it and its messages, in order. Two queries."""
    entries = _entries(attention)
    found = []
    if attention.ritual_id:
        planned = _("Planned by the ritual “%(ritual)s”.") % {"ritual": phrases.kind_title(attention.kind)}
        found.append(Event(attention.created_at, "sprout", "", _("Came up"), text=planned))
    people = User.objects.in_bulk({entry.actor_id for entry in entries if entry.actor_id})
    for entry in entries:
        icon, tone, title = _VERBS.get(entry.verb, ("pencil", "", entry.verb))
        by = str(people[entry.actor_id]) if entry.actor_id in people else ""
        found.append(Event(entry.at, icon, tone, title, by=by))
    if attention.approved_at and not any(entry.verb in _SAYS_APPROVED for entry in entries):
        # Approved together with others, which the audit holds as one line.
        by = str(attention.approved_by or _("the ritual itself"))
        found.append(Event(attention.approved_at, "check-check", "accent", _("Approved"), by=by))
    found += [_letter(message) for message in messages]
    if attention.state == "expired":
        found.append(Event(attention.expires_at, "hourglass", "warm", _("Too late")))
    return sorted(found, key=lambda event: event.at)


def messages_of(attention: Attention) -> list[Message]:
    """The letters written for it, oldest first: one, or several when approvals were taken back."""
    theirs = attention.community.messages.filter(member=attention.member_id)  # by index
    return list(theirs.filter(origin=f"attention:{attention.pk}").order_by("created_at"))


def _entries(attention: Attention) -> list[AuditEntry]:
    entries = AuditEntry.objects.filter(
        community=attention.community, object_type=attention._meta.label_lower, object_id=str(attention.pk)
    )
    return list(entries.order_by("seq"))


def _letter(message: Message) -> Event:
    return Event(
        message.sent_at or message.created_at,
        words.ICONS.get(message.state, "mail"),
        words.TONES.get(message.state, ""),
        _("Letter: %(state)s") % {"state": message.get_state_display()},
    )
