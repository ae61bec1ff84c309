"""The one place that talks to the broker.

A nudge carries no facts: it says "look into the database now" to a worker. One that is lost costs at most the
minutes until Beat's next one, so a broker that is down is logged and never stops a request.
"""

import time
from datetime import timedelta

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

# Members of a community have changed: whoever plans with them may look again, sooner than Beat would have it.
MEMBERS_CHANGED = "care.members_changed"
# Changes come in swarms. A nudge of them arrives so much later, and one look then serves all that came before it.
GATHERING = timedelta(seconds=2)
# One that takes connections and does not answer costs a request two seconds: it is left alone for a while after that.
_REST_SECONDS = 30.0
_COUNTDOWN = {MEMBERS_CHANGED: GATHERING.total_seconds()}
_resting_until = 0.0


def nudge(task: str, *where: str) -> None:
    """Ask a worker to run `task` soon, after the current transaction has committed.

    `where` says at most where to look: the id of a community.
    """
    transaction.on_commit(lambda: _send(task, *where), robust=True)


def _send(task: str, *where: str) -> None:
    global _resting_until
    if time.monotonic() < _resting_until:
        return
    try:
        current_app.send_task(task, args=where, countdown=_COUNTDOWN.get(task))
    except (OSError, OperationalError, RedisError) as error:
        _resting_until = time.monotonic() + _REST_SECONDS
        log.warning("nudge.lost", task=task, error=type(error).__name__, rest_seconds=_REST_SECONDS)
