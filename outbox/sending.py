"""How sending does: what the page of that name shows."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from care.lib.counts import Count, count_to
from members.models import Community
from outbox.models import ChannelHealth, Heartbeat, Install
from outbox.services.brakes import held_by_brake
from outbox.services.heartbeat import PATIENCE, PLANNER, WORKER, made_at

# A mail server that does not answer for so long is news; until then it may just be busy.
A_MOMENT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the machinery and when it last showed a sign of life."""

    name: str
    last_at: datetime | None
    is_silent: bool


@dataclass(frozen=True, slots=True)
class Sending:
    """Everything that can stop letters. `install`, `channel` and `unreachable` are set only while they stop some."""

    install: Install | None
    channel: ChannelHealth | None
    unreachable: ChannelHealth | None
    held: Count
    worker: Part
    planner: Part
    paused_at: datetime | None

    @property
    def is_well(self) -> bool:
        stopped = self.install or self.channel or self.unreachable or self.held.number or self.paused_at
        return not (stopped or self.worker.is_silent or self.planner.is_silent)


def look(community: Community, *, now: datetime) -> Sending:
    """How it does at `now`; five short queries at most."""
    beats = dict(Heartbeat.objects.values_list("name", "at"))
    begun = made_at() if {WORKER, PLANNER} - beats.keys() else None
    unwell = ChannelHealth.objects.filter(Q(paused_at__isnull=False) | Q(unreachable_since__lt=now - A_MOMENT)).first()
    is_paused = unwell is not None and unwell.paused_at is not None
    return Sending(
        install=Install.objects.filter(quarantined_at__isnull=False).first(),
        channel=unwell if is_paused else None,
        unreachable=None if is_paused else unwell,
        held=count_to(held_by_brake(community), 1_000),
        worker=_part(WORKER, beats.get(WORKER), begun, now=now),
        planner=_part(PLANNER, beats.get(PLANNER), begun, now=now),
        paused_at=community.paused_at,
    )


def _part(name: str, last_at: datetime | None, begun: datetime | None, *, now: datetime) -> Part:
    return Part(name, last_at, is_silent=now - (last_at or begun or now) > PATIENCE[name])
