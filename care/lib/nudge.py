"""The one place that talks to the broker.

A nudge carries no facts: it says "look into the database now" to a worker. One that is lost costs at most the minute
until Beat's next one, so a broker that is down is logged and never stops a request.
"""

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)


def nudge(task: str) -> None:
    """Ask a worker to run `task` soon, after the current transaction has committed."""
    transaction.on_commit(lambda: _send(task), robust=True)


def _send(task: str) -> None:
    try:
        current_app.send_task(task)
    except (OSError, OperationalError, RedisError) as error:
        log.warning("nudge.lost", task=task, error=type(error).__name__)
