"""Nudges to the outbox: the clock, a service, a log line. Each may run twice, and at the same time as itself."""

import structlog
from celery import shared_task

from care.lib import clock
from outbox.services import delivery, quarantine

log = structlog.get_logger(__name__)
# Less than the soft limit of a task; what is left waits for the next nudge.
SECONDS = 40


@shared_task(name="outbox.drain")
def drain() -> None:
    quarantine.check_clock(clock.now())
    log.info("outbox.drained", **delivery.drain(clock.now, seconds=SECONDS).as_dict())


@shared_task(name="outbox.heartbeat")
def heartbeat() -> None:
    quarantine.watch(clock.now())
    log.debug("outbox.heartbeat")
