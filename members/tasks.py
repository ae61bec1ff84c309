"""Nudges to the import: the clock, a service, a log line."""

import structlog
from celery import shared_task

from care.lib import clock
from members.importing import uploads

log = structlog.get_logger(__name__)


@shared_task(name="members.import", soft_time_limit=150, time_limit=170)
def import_members() -> None:
    """Longer than other tasks, yet over before another worker takes over (`uploads`)."""
    log.info("members.imported", files=uploads.work(now=clock.now()))
