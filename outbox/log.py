"""The delivery log as a team reads it, filtered by state."""

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
    """The messages in one state, or all of them; one state each, so that an index serves every page of it.

    `needs_you`: a person has to look; shown, with a number, only when there are some. `is_ahead`: the soonest first.
    """

    key: str
    label: Promise
    empty: Promise
    needs_you: bool = False
    is_ahead: bool = False


_EVERY = Shelf("", _("All"), _("When the first note is approved, it appears here, with all that happens to it."))
SHELVES: Mapping[str, Shelf] = {
    shelf.key: shelf
    for shelf in (
        _EVERY,
        Shelf("unknown", _("Outcome unknown"), _("The outcome of every letter is known."), needs_you=True),
        Shelf("held", _("Held back"), _("No letter is held back."), needs_you=True),
        Shelf("failed", _("Failed"), _("No letter has failed."), needs_you=True),
        Shelf("queued", _("Waiting"), _("Nothing waits to leave."), is_ahead=True),
        Shelf("sent", _("Sent"), _("Nothing has been sent yet.")),
        Shelf("cancelled", _("Taken back"), _("Nothing was taken back.")),
        Shelf("expired", _("Too late"), _("Nothing came too late.")),
    )
}


def shelf_of(key: str) -> Shelf:
    """The shelf with this key; all messages for a key that is not known."""
    return SHELVES.get(key, _EVERY)


def on_shelf(community: Community, shelf: Shelf) -> MessageQuerySet:
    rows = Message.objects.of(community)
    return rows.filter(state=shelf.key) if shelf.key else rows


def read(community: Community, shelf: Shelf, *, cursor: str | None) -> Page[Message]:
    """A page of a shelf: two queries at most, whatever the number of messages."""
    columns = [Column("due_at", is_descending=not shelf.is_ahead), Column("id", is_descending=not shelf.is_ahead)]
    rows = on_shelf(community, shelf).select_related("member").defer("text", "html")
    return page(rows, columns, cursor=cursor, size=PAGE)


def shown(community: Community, chosen: Shelf) -> list[tuple[Shelf, Count]]:
    """The shelves to choose from, with the number of those that need a person; one query."""
    urgent = [shelf for shelf in SHELVES.values() if shelf.needs_you]
    numbers = dict(zip(urgent, counts_to([on_shelf(community, shelf) for shelf in urgent], _AT_MOST), strict=True))
    counted = [(shelf, numbers.get(shelf, Count(0))) for shelf in SHELVES.values()]
    return [(shelf, count) for shelf, count in counted if not shelf.needs_you or count.number or shelf == chosen]
