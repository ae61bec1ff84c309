"""What must change so that the rows equal the plan: pure comparison, one ritual at a time.

Reconcile, not append: a run may come twice, late, or after the facts have changed, and ends with the same rows. The
database finds what differs (`sets`); what to do about it is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from attentions.planning.plan import Hours, Planned

# The states in which the planner may still change a row. What a person declined or what is done stays.
OPEN = ("proposed", "approved")
# The states the planner itself (or time) has ended, which a new date may open again.
REOPENABLE = ("withdrawn", "expired")


@dataclass(frozen=True, slots=True)
class Existing:
    """A row as it stands."""

    id: UUID
    member_id: UUID
    cycle: str
    due_at: datetime
    expires_at: datetime
    channel: str
    detail: str
    state: str

    def equals(self, planned: Planned) -> bool:
        return (self.due_at, self.expires_at, self.channel, self.detail) == (
            planned.due_at,
            planned.expires_at,
            planned.channel,
            planned.detail,
        )


@dataclass(slots=True)
class Changes:
    """What to write. `create` come with their state: `proposed`, or `expired` when an outage made us miss them."""

    create: list[tuple[Planned, str]] = field(default_factory=list)
    move: list[tuple[Existing, Planned]] = field(default_factory=list)
    reopen: list[tuple[Existing, Planned]] = field(default_factory=list)
    withdraw: list[Existing] = field(default_factory=list)


def first_state(turn: Planned | Hours, *, now: datetime, planned_through: date | None) -> str:
    """The state in which a turn that has no row yet is written down; empty: it is not.

    A turn whose time is over is not begun any more, unless planning never got as far as its day because Care was
    stopped: then it is written down as missed, so that a person sees it.
    """
    if turn.expires_at > now:
        return "proposed"
    was_missed = planned_through is not None and turn.due_on > planned_through
    return "expired" if was_missed else ""


def reconcile(
    planned: Iterable[Planned], existing: Iterable[Existing], *, now: datetime, planned_through: date | None
) -> Changes:
    """Compare the plan of a window with the rows of that window (and those that share a turn with the plan)."""
    rows = {(row.member_id, row.cycle): row for row in existing}
    changes = Changes()
    wanted: set[tuple[UUID, str]] = set()
    for turn in planned:
        key = (turn.member_id, turn.cycle)
        wanted.add(key)
        row = rows.get(key)
        if row is None:
            if state := first_state(turn, now=now, planned_through=planned_through):
                changes.create.append((turn, state))
        elif row.state in OPEN and not row.equals(turn):
            changes.move.append((row, turn))
        elif row.state in REOPENABLE and turn.expires_at > now:
            changes.reopen.append((row, turn))
    changes.withdraw = [row for key, row in rows.items() if key not in wanted and row.state in OPEN]
    return changes
