"""The Today page: what a builder opens at 8 in the morning."""

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from attentions import gallery, presenting, queue
from care import numbers, today
from care.lib import clock
from care.lib.htmx import render
from care.lib.whole import whole
from members.access import TeamRequest, team


@team("greeter")
@require_safe
def page(request: TeamRequest) -> HttpResponse:
    """Everything that waits for this person, and what comes."""
    now, community, me = clock.now(), request.community, request.team_member
    zone = request.user.time_zone or community.time_zone
    # What waits is read last: the planner may be at work, and a page that foresees more than it shows would look wrong.
    upcoming, not_reached = today.fortnight(community, now=now), today.not_reached(community, now=now)
    more = whole(request.GET.get("more", ""), most=today.MOST_MORE)
    waiting, alone = today.rows_for(me, now=now, more=more), today.leaving_alone(community, now=now)
    start = None if waiting else gallery.start(community)
    counted = None if start else numbers.counted(community, now=now)
    several = sum(row.is_letter for row in waiting) > 1
    items = presenting.items([*waiting, *alone], team_member=me, now=now)
    context = {
        "greeting": today.greeting(request.user, now=now, zone=zone),
        "today": now,
        "open_count": queue.open_count(me, now=now),
        "undelivered": today.undelivered(community, now=now) if me.may("builder") else [],
        "queue": items[: len(waiting)],
        "more": more + 1 if more < today.MOST_MORE else 0,
        "automatic": items[len(waiting) :],
        "upcoming": upcoming,
        "not_reached": not_reached,
        "numbers": numbers.strip(counted) if counted else [],
        "batch_url": reverse("attentions:batch", args=[community.slug]) if me.may("builder") and several else "",
        "start": start,
        "may_change": me.may("builder"),
        "empty_words": "" if waiting or start else today.empty_words(community, counted=counted, now=now),
    }
    return render(request, "care/today.html", context)
