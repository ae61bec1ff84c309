"""Putting messages into the outbox."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import parseaddr
from hashlib import sha256

from django.conf import settings
from django.db import IntegrityError, transaction

from members.models import Community, Member
from outbox import letter
from outbox.models import Message
from outbox.services.placing import Place, Raced, make_room

_TRIES = 5
_BATCH = 500


class OriginTaken(Exception):
    """What asks for a message has one already that was not taken back. `origins` says which."""

    def __init__(self, origins: Sequence[str]) -> None:
        super().__init__(f"{len(origins)} origins have a message already, such as {origins[0]}")
        self.origins = origins


class NoAddress(Exception):
    """A message has nowhere to go: its member has no e-mail address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message as it was approved, before it is given its day and its row.

    `ready_at` None means from `due_at` on. With `takes_a_day` it is a greeting of which a member gets one a day: it
    goes out on the first free day from `local_day` on (None: the day of `due_at` in `zone`), at the same hour of their
    day. `from_name` is the person who writes; the name of the community is put beside it.
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
    """Messages for the outbox, in the order of their drafts, all or none; `due_at` of each says when it will go.

    A greeting that takes a day may push a less urgent one that waits to a later day, or go later itself. Raises
    OriginTaken when a draft's origin has a message already, NoAddress when one has nowhere to go.
    """
    if not all(draft.to_email for draft in drafts):
        raise NoAddress
    with transaction.atomic():
        return [
            message
            for start in range(0, len(drafts), _BATCH)
            for message in _enqueue_batch(drafts[start : start + _BATCH], now=now)
        ]


def _enqueue_batch(drafts: Sequence[Draft], *, now: datetime) -> list[Message]:
    """Try until no other process takes a day away between looking and writing: the database has the last word."""
    for left in reversed(range(_TRIES)):
        try:
            with transaction.atomic():
                messages = [_message(draft, now=now) for draft in drafts]
                make_room(_places(drafts, messages))
                return Message.objects.bulk_create(messages)
        except (IntegrityError, Raced):
            _refuse_taken_origins(drafts)
            if not left:
                raise
    raise AssertionError("unreachable")


def reword(message: Message, *, subject: str, text: str, html: str) -> bool:
    """Other words for a message that has just been put here, before anybody could claim it; in the same transaction."""
    message.subject, message.text, message.html = subject, text, html
    message.content_sha256 = digest(message)
    words = {"subject": subject, "text": text, "html": html, "content_sha256": message.content_sha256}
    return bool(Message.objects.filter(pk=message.pk, state="queued").update(**words))


def taken(origins: Collection[str]) -> set[str]:
    """Those of these origins that have a message which was not taken back."""
    return set(Message.objects.live_of(origins).values_list("origin", flat=True))


def _refuse_taken_origins(drafts: Iterable[Draft]) -> None:
    origins = [draft.origin for draft in drafts if draft.origin]
    if (already := taken(origins)) or len(set(origins)) < len(origins):
        raise OriginTaken(sorted(already) or origins)


def _places(drafts: Sequence[Draft], messages: Sequence[Message]) -> list[Place]:
    return [
        Place(message, draft.zone, draft.local_day)
        for draft, message in zip(drafts, messages, strict=True)
        if draft.takes_a_day
    ]


def _message(draft: Draft, *, now: datetime) -> Message:
    message = Message(
        community=draft.community,
        member=draft.member,
        origin=draft.origin,
        message_class=draft.message_class,
        category=draft.category,
        priority=draft.priority,
        is_automatic=draft.is_automatic,
        due_at=draft.due_at,
        ready_at=draft.ready_at or draft.due_at,
        expires_at=draft.expires_at,
        to_email=draft.to_email,
        to_name=draft.to_name,
        from_name=letter.sender(draft.from_name, community=draft.community, language=draft.language),
        reply_to=draft.reply_to,
        language=draft.language,
        subject=draft.subject,
        text=draft.text,
        html=draft.html,
        created_at=now,
    )
    message.content_sha256 = digest(message)
    message.message_id = f"<d.{message.pk.hex}@{_domain()}>"
    return message


def digest(message: Message) -> str:
    """What was approved: subject, both bodies and recipient. Compared again just before sending."""
    parts = (message.subject, message.text, message.html, message.to_email)
    return sha256("\0".join(parts).encode()).hexdigest()


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
