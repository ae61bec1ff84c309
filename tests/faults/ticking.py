"""Letting simulated time pass: what Beat's nudges do, with the clock in the test's hand."""

from datetime import datetime

from attentions.services import following
from attentions.services.work import plan_everybody
from outbox.services import beat, deliver, quarantine
from outbox.services.heartbeat import PLANNER


def tick(now: datetime) -> None:
    """One round of everything, as `manage.py tick` does it on a machine whose clock says `now`."""
    quarantine.watch(now)
    plan_everybody(now=now)
    beat(PLANNER, now=now)
    deliver(now)
    following.settle(now=now)
