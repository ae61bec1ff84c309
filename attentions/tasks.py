"""Nudges to the planner: the clock, a service, a log line."""

import structlog
from celery import shared_task

from attentions.services import following, work
from care.lib import clock

log = structlog.get_logger(__name__)


@shared_task(name="attentions.plan")
def plan() -> None:
    counts, seconds = work.plan_everybody(now=clock.now())
    log.info("attentions.planned", created=counts.created, moved=counts.moved, seconds=round(seconds, 3))


@shared_task(name="attentions.settle")
def settle() -> None:
    log.info("attentions.settled", changed=following.settle(now=clock.now()))
