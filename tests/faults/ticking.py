"""Letting simulated time pass: what Beat's nudges do, with the clock in the test's hand."""

from datetime import datetime
from typing import Any

from attentions.models import Ritual
from attentions.services import following, rituals
from attentions.services.work import plan_everybody
from members.models import Community
from outbox.services import beat, deliver, release_brake
from outbox.services.heartbeat import PLANNER
from tests.outbox.drafts import a_sign_of_life


def tick(now: datetime) -> None:
    """One round of everything, as `manage.py tick` does it on a machine whose clock says `now`."""
    a_sign_of_life(now)
    plan(now)
    deliver(now)
    following.settle(now=now)


def plan(now: datetime) -> None:
    """As Beat's nudge to the planner."""
    plan_everybody(now=now)
    beat(PLANNER, now=now)


def let_go(now: datetime) -> int:
    """Where the day of many falls together the brake holds their letters: somebody looks and lets them leave.

    The number of them. Each community has one person in its team.
    """
    released = sum(release_brake(community, by=community.team.get().user) for community in Community.objects.all())
    if released:
        deliver(now)
    return released


def practise(community: Community, kind: str, *, now: datetime, starts: Any = None, **changes: Any) -> Ritual:
    """A ritual that is on, by itself unless told otherwise, and trusted from the start."""
    ritual = rituals.ritual_for(community, kind)
    rituals.change_ritual(ritual, by=None, now=now, is_on_trial=False, **{"approval": "auto", **changes})
    rituals.switch_on(ritual, by=None, now=now, effective_from=starts, is_on_trial=False)
    return ritual
