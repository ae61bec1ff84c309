"""The delivery log as a team reads it: a few shelves instead of nine states."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from care.lib.counts import Count, counts_to
from care.lib.keyset import Column, Page, page
from members.models import Community
from outbox.models import Message
from outbox.querysets import MessageQuerySet

PAGE = 50
_AT_MOST = 99


@dataclass(frozen=True, slots=True)
class Shelf:
    """Messages that mean the same to the team. `is_ahead`: what comes soonest stands first."""

    key: str
    label: Promise
    states: tuple[str, ...]
    empty: Promise
    is_counted: bool = False
    is_ahead: bool = False


_EVERY = Shelf("", _("All"), (), _("When the first note is approved, it appears here, with all that happens to it."))
SHELVES: Mapping[str, Shelf] = {
    shelf.key: shelf
    for shelf in (
        _EVERY,
        Shelf(
            "needs_you",
            _("Needs you"),
            ("unknown", "held", "failed"),
            _("No letter needs you: none is held back, none has failed, and all outcomes are known."),
            is_counted=True,
        ),
        Shelf("waiting", _("Waiting"), ("queued", "claimed", "sending"), _("Nothing waits to leave."), is_ahead=True),
        Shelf("sent", _("Sent"), ("sent",), _("Nothing has been sent yet.")),
        Shelf("not_sent", _("Not sent"), ("cancelled", "expired"), _("Nothing was taken back, nothing came too late.")),
    )
}


def shelf_of(key: str) -> Shelf:
    """The shelf with this key; all messages for a key that is not known."""
    return SHELVES.get(key, _EVERY)


def on_shelf(community: Community, shelf: Shelf) -> MessageQuerySet:
    rows = Message.objects.of(community)
    return rows.filter(state__in=shelf.states) if shelf.states else rows


def read(community: Community, shelf: Shelf, *, cursor: str | None) -> Page[Message]:
    """A page of a shelf: two queries at most, whatever the number of messages."""
    columns = [Column("due_at", is_descending=not shelf.is_ahead), Column("id", is_descending=not shelf.is_ahead)]
    rows = on_shelf(community, shelf).select_related("member").defer("text", "html")
    return page(rows, columns, cursor=cursor, size=PAGE)


def counts(community: Community) -> dict[str, Count]:
    """How many there are on the shelves where the number matters."""
    counted = [shelf for shelf in SHELVES.values() if shelf.is_counted]
    numbers = counts_to([on_shelf(community, shelf) for shelf in counted], _AT_MOST)
    return {shelf.key: number for shelf, number in zip(counted, numbers, strict=True)}
