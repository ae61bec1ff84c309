"""Nudges to the planner: the clock, a service, a log line."""

import structlog
from celery import shared_task

from attentions.services import following, work
from care.lib import clock
from outbox.services.heartbeat import PLANNER, beat

log = structlog.get_logger(__name__)


@shared_task(name="attentions.plan")
def plan() -> None:
    now = clock.now()
    counts, seconds = work.plan_everybody(now=now)
    beat(PLANNER, now=now)  # after it: a planner that fails must be missed
    log.info("attentions.planned", created=counts.created, moved=counts.moved, seconds=round(seconds, 3))


@shared_task(name="attentions.settle")
def settle() -> None:
    log.info("attentions.settled", changed=following.settle(now=clock.now()))
