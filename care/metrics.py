"""Figures for Prometheus: how many of what, in which state. Nothing in them is about a person."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db.models import Count
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from attentions.models import Attention
from care.health import Health, look
from care.housekeeping import BROKEN_INVARIANTS
from members.models import Community, Member
from outbox.models import ChannelHealth, Message

# Counting goes over whole tables: however often somebody asks, they are counted once in this time.
_COUNTED_FOR_SECONDS = 60


class _Collector:
    """Reads everything at the moment of the scrape."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def collect(self) -> Iterator[Metric]:
        yield from _health(look(self._now))
        counts = cache.get_or_set("metrics", count_rows, _COUNTED_FOR_SECONDS) or {}
        for name, (text, labels, rows) in counts.items():
            yield _gauge(name, text, labels, rows)
        broken = cache.get(BROKEN_INVARIANTS)
        if broken is not None:
            yield _gauge("care_invariants_broken", "Invariants the last housekeeping found broken", [], [([], broken)])


def exposition(now: datetime) -> bytes:
    """All figures in the text format of Prometheus."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(now))
    return generate_latest(registry)


def count_rows() -> dict[str, tuple[str, list[str], list[tuple[list[str], int]]]]:
    """The counts that cost a reading of a table each: name -> (text, labels, rows of label values and number)."""
    return {
        "care_communities": ("Communities", [], [([], Community.objects.count())]),
        "care_members": ("Members by status", ["status"], _by(Member, "status")),
        "care_attentions": ("Attentions by state", ["state"], _by(Attention, "state")),
        "care_messages": ("Messages by class and state", ["class", "state"], _by(Message, "message_class", "state")),
        "care_channels_paused": (
            "Channels given up after configuration errors",
            [],
            [([], ChannelHealth.objects.filter(paused_at__isnull=False).count())],
        ),
    }


def _by(model: type[Any], *fields: str) -> list[tuple[list[str], int]]:
    rows = model._default_manager.order_by().values_list(*fields).annotate(Count("pk"))
    return [(list(row[:-1]), row[-1]) for row in rows]


def _health(health: Health) -> Iterator[Metric]:
    yield _gauge("care_up", "1 when the health page says ok or starting", [], [([], not health.failing)])
    yield _gauge("care_broker_up", "1 when the broker answers", [], [([], health.has_broker)])
    yield _gauge("care_quarantined", "1 when this machine may not send", [], [([], bool(health.quarantine))])
    silent = [([part.name], part.silent_for.total_seconds()) for part in health.parts if part.silent_for is not None]
    yield _gauge("care_silent_seconds", "Seconds since the last sign of life", ["part"], silent)


def _gauge(name: str, text: str, labels: list[str], rows: list[tuple[list[str], Any]]) -> Metric:
    gauge = GaugeMetricFamily(name, text, labels=labels)
    for values, number in rows:
        gauge.add_metric(values, float(number))
    return gauge
