"""The nudge to the outbox: the clock, a service, a log line. It may run twice, and at the same time as itself."""

import structlog
from billiard.exceptions import SoftTimeLimitExceeded
from celery import shared_task

from care.lib import clock
from outbox.services import beat, delivery, quarantine
from outbox.services.heartbeat import WORKER

log = structlog.get_logger(__name__)
# Less than the soft limit of a task; what is left waits for the next nudge.
SECONDS = 40


@shared_task(name="outbox.drain")
def drain() -> None:
    """Deliver, then show a sign of life: a worker that does not get through is missed, whatever the reason.

    One gets through also while the mail server does not answer or sending is stopped: the page *Sending* tells that.
    """
    quarantine.check_clock(clock.now())  # the machine is checked by every delivery
    try:
        log.info("outbox.drained", **delivery.drain(clock.now, seconds=SECONDS).as_dict())
    except SoftTimeLimitExceeded:
        log.warning("outbox.out_of_time")  # a mail server that keeps us waiting; the rest is for the next nudge
    beat(WORKER, now=clock.now())
