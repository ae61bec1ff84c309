"""What must be true of the data at any moment. Mostly the database refuses the contrary; this looks all the same."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from attentions.models import Attention
from care.health import parts_at
from care.lib.batches import batches
from members.audit import first_broken_line
from members.models import Community
from outbox.models import Message
from outbox.querysets import IN_FLIGHT, OPEN
from outbox.services.claiming import LEASE
from outbox.services.heartbeat import PLANNER

# What the next sweep would settle, a minute later at most, is not broken yet.
_SWEPT_WITHIN = timedelta(minutes=5)
_BATCH = 500
_SHOWN = 5
_ATTENTION = "attention:"


@dataclass(frozen=True, slots=True)
class Broken:
    """An invariant that does not hold: how many rows break it, and the ids of the first few."""

    name: str
    sentence: str
    count: int
    ids: list[str]


@dataclass(frozen=True, slots=True)
class Invariant:
    """`rows(now)` are the ids of those that break it. The names are those of docs/operations.md."""

    name: str
    sentence: str
    rows: Callable[[datetime], QuerySet[Any, Any] | list[Any]]

    def check(self, now: datetime) -> Broken | None:
        """None when it holds."""
        rows = self.rows(now)
        count = len(rows) if isinstance(rows, list) else rows.count()
        return Broken(self.name, self.sentence, count, [str(pk) for pk in rows[:_SHOWN]]) if count else None


def check_all(now: datetime) -> list[Broken]:
    """The invariants that are broken at `now`. Only reads."""
    return [broken for broken in (invariant.check(now) for invariant in INVARIANTS) if broken]


def twins_of_messages(now: datetime) -> QuerySet[Any, Any]:
    """Messages for which an earlier one with the same origin lives as well."""
    live = Message.objects.exclude(origin="").exclude(state="cancelled")
    return live.filter(Exists(live.filter(origin=OuterRef("origin"), pk__lt=OuterRef("pk")))).values_list(
        "pk", flat=True
    )


def twins_of_attentions(now: datetime) -> QuerySet[Any, Any]:
    """Attentions whose turn of a ritual was taken by an earlier one, for the same member or for the community."""
    planned = Attention.objects.filter(ritual__isnull=False)
    earlier = planned.filter(ritual=OuterRef("ritual"), cycle=OuterRef("cycle"), pk__lt=OuterRef("pk"))
    for_member = Q(member__isnull=False) & Exists(earlier.filter(member=OuterRef("member")))
    for_community = Q(member__isnull=True) & Exists(earlier.filter(member__isnull=True))
    return planned.filter(for_member | for_community).values_list("pk", flat=True)


def sent_without_date(now: datetime) -> QuerySet[Any, Any]:
    """Messages that are sent and have no `sent_at`, or the other way round."""
    wrong = Q(state="sent", sent_at__isnull=True) | (~Q(state="sent") & Q(sent_at__isnull=False))
    return Message.objects.filter(wrong).values_list("pk", flat=True)


def stuck_in_flight(now: datetime) -> QuerySet[Any, Any]:
    """Messages claimed so long ago that whoever claimed them is dead and no sweep came by."""
    late = Message.objects.filter(state__in=IN_FLIGHT).claimed_before(now - LEASE - _SWEPT_WITHIN)
    return late.values_list("pk", flat=True)


def queued_too_late(now: datetime) -> QuerySet[Any, Any]:
    """Messages that still wait although they are of no use any more."""
    return Message.objects.filter(state="queued", expires_at__lt=now - _SWEPT_WITHIN).values_list("pk", flat=True)


def across_communities(now: datetime) -> list[UUID]:
    """Messages and attentions whose member or ritual is of another community."""
    messages = Message.objects.filter(member__isnull=False).exclude(member__community=F("community"))
    attentions = Attention.objects.filter(
        (Q(member__isnull=False) & ~Q(member__community=F("community")))
        | (Q(ritual__isnull=False) & ~Q(ritual__community=F("community")))
    )
    return [*messages.values_list("pk", flat=True), *attentions.values_list("pk", flat=True)]


def open_for_the_unreachable(now: datetime) -> QuerySet[Any, Any]:
    """Greetings and invitations still on their way to members who are gone or cannot be reached."""
    wanted = Q(member__reachable="ok") & (
        Q(member__status="active") | Q(message_class="invitation", member__status="invited")
    )
    unwanted = Message.objects.open().exclude(message_class="account").exclude(wanted)
    just_changed = Q(member__updated_at__gte=now - _SWEPT_WITHIN)
    return unwanted.exclude(just_changed).values_list("pk", flat=True)


def vanished(now: datetime) -> list[UUID]:
    """Approved notes without any message, and open messages whose attention is not approved."""
    return [*_notes_without_message(), *_messages_without_attention(now)]


def silent_planner(now: datetime) -> list[str]:
    """The planner, when it has shown no sign of life for too long."""
    return [part.name for part in parts_at(now) if part.name == PLANNER and part.status == "failing"]


def broken_audits(now: datetime) -> list[UUID]:
    """Communities whose audit is not the chain it was written as."""
    return [community.pk for community in Community.objects.order_by("pk") if first_broken_line(community) is not None]


INVARIANTS = (
    Invariant("I1", "No attention has two live messages.", twins_of_messages),
    Invariant("I2", "No turn of a ritual has two attentions.", twins_of_attentions),
    Invariant("I3", "A message has the date of its sending if and only if it is sent.", sent_without_date),
    Invariant("I4", "No message is on its way for longer than a worker can need.", stuck_in_flight),
    Invariant("I5", "No message waits that is of no use any more.", queued_too_late),
    Invariant("I6", "No message or attention reaches into another community.", across_communities),
    Invariant("I7", "No greeting waits for somebody who cannot be written to.", open_for_the_unreachable),
    Invariant("I8", "Nothing vanishes between an approved note and its message.", vanished),
    Invariant("I9", "The planner has run within the last 26 hours.", silent_planner),
    Invariant("I10", "The audit is the chain it was written as.", broken_audits),
)


def _notes_without_message() -> Iterator[UUID]:
    approved = Attention.objects.filter(state="approved", channel="email").order_by("pk")
    for ids in batches(approved.values_list("pk", flat=True).iterator(_BATCH), _BATCH):
        missing = {f"{_ATTENTION}{pk}": pk for pk in ids}
        live = Message.objects.exclude(origin="").exclude(state="cancelled")  # these have an index
        for messages in (live, Message.objects.filter(state="cancelled")):
            if missing:
                for origin in messages.filter(origin__in=list(missing)).values_list("origin", flat=True):
                    missing.pop(origin, None)
        # Read again: what was taken back in the meantime is no longer approved.
        yield from approved.filter(pk__in=missing.values()).values_list("pk", flat=True)


def _messages_without_attention(now: datetime) -> Iterator[UUID]:
    messages = Message.objects.filter(state__in=OPEN, origin__startswith=_ATTENTION, created_at__lt=now - _SWEPT_WITHIN)
    for rows in batches(messages.order_by("pk").values_list("pk", "origin").iterator(_BATCH), _BATCH):
        owners = {pk: UUID(origin.removeprefix(_ATTENTION)) for pk, origin in rows}
        approved = set(Attention.objects.filter(pk__in=owners.values(), state="approved").values_list("pk", flat=True))
        orphans = [pk for pk, owner in owners.items() if owner not in approved]
        yield from messages.filter(pk__in=orphans).values_list("pk", flat=True)
