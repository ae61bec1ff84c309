"""What the planning job does, whoever nudges it: Beat, a person, `tick`, a command."""

from __future__ import annotations

import time
from datetime import datetime

from django.db.models import F, Min, Q, QuerySet

from attentions.models import Ritual
from attentions.planning.run import Counts, plan_community
from attentions.services.approval import approve_by_themselves
from attentions.services.following import ask_about_missed, ask_again_where_facts_changed, settle
from care.lib.attempts import attempts
from care.lib.sizes import learn_sizes
from members.models import Community
from outbox.services.heartbeat import PLANNER, last_beat


def plan_everybody(*, now: datetime, community: Community | None = None, travels: bool = False) -> tuple[Counts, float]:
    """Settle what has left, plan, ask again where facts changed, approve what may go by itself.

    Returns what planning did and the seconds it took. May run at any time, twice, or after days of silence. When
    a community cannot be planned, or what has left not be settled, the rest is done, and then ExceptionGroup is raised.
    A run whose time is up leaves off, and the next begins with those it did not come to. What came due while nobody
    planned for over a day asks a person first, unless one `travels` in time on purpose.
    """
    began, counts = time.monotonic(), Counts()
    last_planned = None if travels else last_beat(PLANNER)
    with attempts("Some of the planning failed") as attempt:
        with attempt("settling.failed"):
            settle(now=now)
        with attempt("sizes.failed"):
            learn_sizes()  # many members may have come in since housekeeping did
        for one in [community] if community else _longest_waiting_first():
            with attempt("planning.failed", community=str(one.pk)):
                counts.add(plan_community(one, now=now))
                ask_again_where_facts_changed(one, now=now)
                if last_planned:
                    ask_about_missed(one, last_planned=last_planned, now=now)
                approve_by_themselves(one, now=now)
    return counts, time.monotonic() - began


def _longest_waiting_first() -> QuerySet[Community]:
    planned_at = Min("rituals__cursor__at", filter=Q(rituals__is_on=True))
    return Community.objects.annotate(planned_at=planned_at).order_by(F("planned_at").asc(nulls_first=True), "pk")


def was_planned_between(first: datetime, last: datetime, *, community: Community) -> bool:
    """Whether all rituals of this community that are on were planned as of an instant in between."""
    rituals = Ritual.objects.of(community).switched_on()
    return rituals.exists() and not rituals.exclude(cursor__at__range=(first, last)).exists()
