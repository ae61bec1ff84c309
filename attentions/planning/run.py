"""The shell around the pure plan: lets the database write what is missing, mends what differs, moves the cursor.

A day's planning is a handful of statements per ritual, whatever the number of members. One planner works on a community
at a time (an advisory lock on PostgreSQL, the one writer on SQLite); without that the unique key would still keep every
turn single.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from attentions.kinds import Kind
from attentions.kinds import kinds as all_kinds
from attentions.models import Attention, PlannerCursor, Ritual
from attentions.planning.plan import Planned, Rule, window_at
from attentions.planning.reconcile import Changes, Existing, reconcile
from attentions.planning.sets import Wanted, open_rows
from attentions.services.unapproving import UNAPPROVED, unapprove
from care.lib.batches import batches
from care.lib.days import Window, local_day
from members import audiences
from members.models import Community, Member
from members.querysets import MemberQuerySet
from outbox import services as outbox
from outbox.querysets import refuses

DAYS_AHEAD = 14
BATCH = 500


@dataclass(slots=True)
class Counts:
    """What a run did, as the `plan` command prints it."""

    created: int = 0
    moved: int = 0
    withdrawn: int = 0
    unchanged: int = 0

    def add(self, other: Counts) -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def plan_community(community: Community, *, now: datetime, kinds: Sequence[Kind[Any]] | None = None) -> Counts:
    """Make the open attentions of a community equal to what its rituals want at `now`.

    Each ritual is a transaction of its own: one that fails leaves the others planned and its own cursor where it was.
    """
    by_key = {kind.key: kind for kind in (all_kinds() if kinds is None else kinds)}
    counts = Counts()
    for ritual in Ritual.objects.of(community).select_related("audience").order_by("pk"):
        with transaction.atomic():
            _prepare(community)
            counts.add(_plan_ritual(ritual, by_key.get(ritual.kind), community=community, now=now))
    _expire(community, now=now)
    return counts


def _prepare(community: Community) -> None:
    """For this transaction: nobody else plans the community, and comparing a large one stays in memory."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('plan'), hashtext(%s))", [str(community.pk)])
            cursor.execute("SET LOCAL work_mem = '64MB'")


def _plan_ritual(ritual: Ritual, kind: Kind[Any] | None, *, community: Community, now: datetime) -> Counts:
    """Plan one ritual. Where its kind is gone its rows stay as they are, until it is switched off."""
    # Read again under the lock: it may have been switched off since.
    ritual = Ritual.objects.select_related("audience", "community").get(pk=ritual.pk)
    cursor = PlannerCursor.objects.filter(ritual=ritual).first()
    through = cursor.planned_through if cursor else None
    window = window_at(now, late_days=ritual.late_days, ahead=DAYS_AHEAD, planned_through=through)
    if not ritual.is_on:
        return _write(reconcile([], open_rows(ritual, window), now=now, planned_through=through), now=now)
    if kind is None:
        return Counts()
    wanted = _wanted(ritual, kind, window=window, now=now, planned_through=through)
    found = wanted.compare()
    counts = _write(reconcile(found.planned, found.existing, now=now, planned_through=through), now=now)
    counts.created = wanted.write(found.missing)
    counts.unchanged = found.turns - counts.created - counts.moved
    PlannerCursor.objects.update_or_create(
        ritual=ritual, defaults={"community": community, "planned_through": window.last, "at": now}
    )
    return counts


def _wanted(ritual: Ritual, kind: Kind[Any], *, window: Window, now: datetime, planned_through: date | None) -> Wanted:
    assert ritual.effective_from is not None  # noqa: S101  the database refuses a ritual that is on without it
    rule = Rule(ritual.effective_from, ritual.hour, ritual.late_days, by_mail=ritual.channel == "email")
    members = inside(ritual, Member.objects.of(ritual.community).for_planning(), now=now)
    members = members.exclude(refuses(ritual.kind, now=now))
    return Wanted(ritual, kind, rule, members, window, now=now, planned_through=planned_through)


def inside(ritual: Ritual, members: MemberQuerySet, *, now: datetime) -> MemberQuerySet:
    """Those of `members` who are in the ritual's audience; all of them when it has none."""
    if ritual.audience is None:
        return members
    community = ritual.community
    told, today = audiences.parse(ritual.audience.filter), local_day(now, community.time_zone)
    return audiences.apply(told, members, community=community, today=today, now=now)


def _write(changes: Changes, *, now: datetime) -> Counts:
    """Move, open again and withdraw; what is missing is written as a set."""
    moving = [*changes.move, *changes.reopen]
    unapproved = unapprove([row.id for row, _turn in changes.move if row.state == "approved"], reason="moved")
    # One that had ended may have left a letter that came too late; it makes way for the next.
    free = outbox.stop([f"attention:{row.id}" for row, _turn in changes.reopen], reason="moved")
    ready = [
        (row, turn)
        for row, turn in moving
        if (row.state == "proposed" or row.id in unapproved or f"attention:{row.id}" in free)
    ]
    _move(ready, now=now)
    gone = [row.id for row in changes.withdraw if row.state == "proposed"]
    gone += unapprove([row.id for row in changes.withdraw if row.state == "approved"], reason="withdrawn")
    for ids in batches(gone, BATCH):
        Attention.objects.filter(pk__in=ids, state="proposed").update(state="withdrawn")
    return Counts(moved=len(moving), withdrawn=len(changes.withdraw))


def _move(pairs: list[tuple[Existing, Planned]], *, now: datetime) -> None:
    """Give rows their new time; what had ended opens again, as if it had never been approved.

    No snooze outlives the use it was bounded by.
    """
    fields = ["due_on", "due_at", "expires_at", "channel", "detail", "state", "proposed_at", *UNAPPROVED]
    for batch in batches(pairs, BATCH):
        rows = [
            Attention(
                id=row.id,
                due_on=turn.due_on,
                due_at=turn.due_at,
                expires_at=turn.expires_at,
                channel=turn.channel,
                detail=turn.detail,
                state="proposed",
                proposed_at=now,
                **UNAPPROVED,
            )
            for row, turn in batch
        ]
        Attention.objects.filter(state__in=("proposed", "withdrawn", "expired")).bulk_update(rows, fields)
        shifted = [row.id for row, turn in batch if turn.expires_at != row.expires_at]
        Attention.objects.filter(pk__in=shifted, snoozed_until__isnull=False).update(snoozed_until=None)


def _expire(community: Community, *, now: datetime) -> None:
    """What nobody approved in time is over; it stays in sight as such."""
    over = Attention.objects.of(community).proposed().filter(due_at__lte=now, expires_at__lte=now)  # the first by index
    over.update(state="expired")
