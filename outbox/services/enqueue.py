"""Putting messages into the outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from members.models import Community, Member
from outbox.models import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message as it was approved, before it is given its day and its row.

    `ready_at` None means from `due_at` on. With `takes_a_day` it is a greeting of which a member gets one a day: it goes
    out on the first free day from `local_day` on (None: the day of `due_at` in `zone`), at the same hour of their day.
    """

    message_class: str
    to_email: str
    subject: str
    text: str
    due_at: datetime
    expires_at: datetime
    community: Community | None = None
    member: Member | None = None
    origin: str = ""
    category: str = ""
    priority: int = 50
    is_automatic: bool = False
    ready_at: datetime | None = None
    takes_a_day: bool = False
    local_day: date | None = None
    zone: str = "UTC"
    to_name: str = ""
    from_name: str = ""
    reply_to: str = ""
    language: str = "en"
    html: str = ""


def enqueue(draft: Draft, *, now: datetime) -> Message:
    """One message for the outbox; see `enqueue_many`."""
    return enqueue_many([draft], now=now)[0]


def enqueue_many(drafts: Sequence[Draft], *, now: datetime) -> list[Message]:
    """Messages for the outbox, in the order of their drafts; `due_at` of each says when it will go.

    Raises OriginTaken when a draft's origin has a message already, NoAddress when one has nowhere to go.
    """
    raise NotImplementedError
