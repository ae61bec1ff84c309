"""The project's own nudges."""

from datetime import datetime

import structlog
from celery import Task, shared_task

from attentions.services.work import plan_everybody, was_planned_between
from care import housekeeping
from care.lib import clock
from care.lib.nudge import GATHERING, MEMBERS_CHANGED
from members.models import Community

log = structlog.get_logger(__name__)


@shared_task(name="care.housekeeping", soft_time_limit=600, time_limit=660)
def keep_house() -> None:
    """Longer than other tasks, since it reads whole tables; still far below the broker's visibility timeout."""
    log.info("housekeeping.done", **housekeeping.run(clock.now()))


@shared_task(name=MEMBERS_CHANGED, bind=True)
def members_changed(self: Task, community: str) -> None:
    """Plan one community: Today shows who was added or has left within moments, not only when Beat plans again.

    What has changed was there before the nudge was sent: a planning that began since has seen it.
    """
    now = clock.now()
    arrives_at = datetime.fromisoformat(str(self.request.eta)) if self.request.eta else now
    for one in Community.objects.filter(pk=community):
        if was_planned_between(arrives_at - GATHERING, now, community=one):
            continue
        counts, seconds = plan_everybody(now=now, community=one)
        log.info("members_changed.planned", created=counts.created, moved=counts.moved, seconds=round(seconds, 3))
