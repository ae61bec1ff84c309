"""The project's own nudge."""

import structlog
from celery import shared_task

from care import housekeeping
from care.lib import clock

log = structlog.get_logger(__name__)


@shared_task(name="care.housekeeping", soft_time_limit=600, time_limit=660)
def keep_house() -> None:
    """Longer than other tasks, since it reads whole tables; still far below the broker's visibility timeout."""
    log.info("housekeeping.done", **housekeeping.run(clock.now()))
