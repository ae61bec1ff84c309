"""Finding each greeting its day among what its member gets already."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from care.lib.days import at_hour, local_day
from outbox.caps import WEEK, Wish, arrange
from outbox.models import Message


class Raced(Exception):
    """A greeting that was to move has just been claimed or taken back: look again."""


@dataclass(frozen=True, slots=True)
class Place:
    """A greeting that needs a day: not before `day` (None: the day it is due), in a time zone."""

    message: Message
    zone: str
    day: date | None = None

    @property
    def wanted(self) -> date:
        return self.day or local_day(self.message.due_at, self.zone)


def make_room(places: Sequence[Place]) -> None:
    """Give new messages their days; move less urgent ones that wait. In a transaction, before the new are written.

    One query reads what all their members get already, at most two move what must go. Raises Raced, or IntegrityError
    from the database, when another process was faster.
    """
    if not places:
        return
    first = min(place.wanted for place in places) - timedelta(days=WEEK)
    present = defaultdict(list)
    members = {place.message.member_id for place in places if place.message.member_id}
    for row in Message.objects.taking_days(first, members=members):
        present[row.member_id].append(row)
    arriving = defaultdict(list)
    for place in places:
        arriving[place.message.member_id].append(place)
    moved: list[Message] = []
    for member, theirs in arriving.items():
        moved += _arrange_member(theirs, present[member])
    _write_moves(moved)


def _arrange_member(arriving: list[Place], present: list[Message]) -> list[Message]:
    """Set the days of one member's new messages; give back those of the present ones that have to move."""
    waiting = [row for row in present if row.state == "queued"]
    cap = arriving[0].message.community.weekly_cap  # type: ignore[union-attr]
    days = arrange(
        [
            *(Wish(row.priority, False, _day(row), str(row.pk)) for row in waiting),
            *(Wish(new.message.priority, True, new.wanted, str(new.message.pk)) for new in arriving),
        ],
        taken=[_day(row) for row in present if row.state != "queued"],
        weekly_cap=cap,
    )
    for new in arriving:
        shift(new.message, zone=new.zone, of=new.wanted, to=days[str(new.message.pk)])
    moved = [row for row in waiting if days[str(row.pk)] != row.local_day]
    for row in moved:
        shift(row, zone=row.member.zone, of=_day(row), to=days[str(row.pk)])  # type: ignore[union-attr]
    return moved


def _day(row: Message) -> date:
    assert row.local_day is not None  # noqa: S101  `taking_days` asks for it
    return row.local_day


def shift(message: Message, *, zone: str, of: date, to: date) -> None:
    """Put a message on day `to` of its member, at the hour it was due; when that is not `of`, all its times follow."""
    message.local_day = to
    if to == of:
        return
    message.reason = "cap"
    local = message.due_at.astimezone(ZoneInfo(zone))
    due_at = at_hour(to, local.hour, zone) + timedelta(minutes=local.minute)
    message.expires_at += max(due_at - message.due_at, timedelta(0))
    message.due_at, message.ready_at = due_at, max(message.ready_at, due_at)


def _write_moves(moved: Iterable[Message]) -> None:
    """First free all the days, then take the new ones: a chain of moves would clash on the way."""
    rows = {row.pk: row for row in moved}
    if not rows:
        return
    freed = Message.objects.filter(pk__in=rows, state="queued").update(local_day=None)
    if freed < len(rows):
        raise Raced
    Message.objects.bulk_update(rows.values(), ["local_day", "due_at", "ready_at", "expires_at", "reason"])
