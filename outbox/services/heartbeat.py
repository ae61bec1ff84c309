"""Signs of life of the parts of the machinery, kept in the database."""

from datetime import datetime, timedelta

from django.db.migrations.recorder import MigrationRecorder

from outbox.models import Heartbeat

WORKER = "worker"
PLANNER = "planner"
# After so long a day is missing: what should have left meanwhile is looked at by a person first.
SILENCE = timedelta(hours=24)
# How long a part may be silent before somebody should look.
PATIENCE = {WORKER: timedelta(minutes=5), PLANNER: timedelta(hours=26)}


def beat(name: str, *, now: datetime) -> None:
    """Say that this part is alive."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, at=now)], update_conflicts=True, unique_fields=["name"], update_fields=["at"]
    )


def last_beat(name: str) -> datetime | None:
    return Heartbeat.objects.filter(name=name).values_list("at", flat=True).first()


def made_at() -> datetime | None:
    """When this database was made: the time of its first migration. A part that never began is given time from then."""
    first = MigrationRecorder.Migration.objects.order_by("applied").first()
    return first.applied if first else None


def is_fresh(name: str, *, now: datetime, within: timedelta) -> bool:
    """Whether the part has been heard of in this time."""
    last = last_beat(name)
    return last is not None and now - last < within
