"""How the install does: what /healthz, /metrics and `manage.py health` tell."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import redis
from django.conf import settings
from django.db import Error as DatabaseError
from redis.backoff import NoBackoff
from redis.retry import Retry

from outbox.models import Heartbeat, Install
from outbox.services.heartbeat import PATIENCE, made_at

_BROKER_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the machinery. `silent_for` is None when it has never shown a sign of life."""

    name: str
    silent_for: timedelta | None
    patience: timedelta
    is_new: bool

    @property
    def status(self) -> str:
        """`ok`, `failing`, or `starting` while the install is younger than our patience."""
        if self.silent_for is None:
            return "starting" if self.is_new else "failing"
        return "failing" if self.silent_for > self.patience else "ok"


@dataclass(frozen=True, slots=True)
class Health:
    """All of it. A broker that is down is no failure: nothing is lost by it, and a worker it silences is one."""

    has_database: bool
    has_broker: bool
    parts: tuple[Part, ...] = ()
    quarantine: str = ""

    @property
    def failing(self) -> list[str]:
        missing = [] if self.has_database else ["database"]
        return missing + [part.name for part in self.parts if part.status == "failing"]

    @property
    def status(self) -> str:
        if self.failing:
            return "failing"
        return "starting" if any(part.status == "starting" for part in self.parts) else "ok"

    def as_dict(self) -> dict[str, Any]:
        """What the health page and the command print; nothing personal."""
        return {
            "status": self.status,
            "failing": self.failing,
            "database": "ok" if self.has_database else "unreachable",
            "broker": "ok" if self.has_broker else "unreachable",
            "quarantine": self.quarantine or None,
            **{
                part.name: {
                    "status": part.status,
                    "silent_seconds": None if part.silent_for is None else int(part.silent_for.total_seconds()),
                    "patience_seconds": int(part.patience.total_seconds()),
                }
                for part in self.parts
            },
        }


def look(now: datetime) -> Health:
    """How everything does at `now`. A database or a broker that is gone is an answer, not an exception."""
    has_broker = broker_answers()
    try:
        parts, quarantine = tuple(parts_at(now)), quarantine_reason()
    except DatabaseError:
        return Health(has_database=False, has_broker=has_broker)
    return Health(has_database=True, has_broker=has_broker, parts=parts, quarantine=quarantine)


def parts_at(now: datetime) -> list[Part]:
    """The worker and the planner. One that never began is given the time from the making of the database."""
    beats = dict(Heartbeat.objects.values_list("name", "at"))
    age = now - (made_at() or now)
    return [
        Part(name, now - beats[name] if name in beats else None, patience, is_new=age < patience)
        for name, patience in PATIENCE.items()
    ]


def quarantine_reason() -> str:
    """Why this machine may not send (`restored`, `gap`, `clock`); empty when it may."""
    install = Install.objects.filter(quarantined_at__isnull=False).first()
    return install.quarantine_reason if install else ""


def broker_answers() -> bool:
    """Whether Redis answers a ping, within half a second."""
    client = redis.Redis.from_url(
        settings.CELERY_BROKER_URL.replace("redis+socket://", "unix://", 1),
        socket_timeout=_BROKER_SECONDS,
        socket_connect_timeout=_BROKER_SECONDS,
        retry=Retry(NoBackoff(), 0),  # the library's own default tries ten times
    )
    try:
        return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
    finally:
        client.close()
