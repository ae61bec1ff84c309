"""What a team must know about its letters before anything else."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from care.lib.counts import count_to
from members.models import Community
from outbox.models import ChannelHealth, Heartbeat, Install
from outbox.services.brakes import held_by_brake
from outbox.services.heartbeat import PATIENCE, PLANNER, WORKER


@dataclass(frozen=True, slots=True)
class Banner:
    """As `components/banners.html` shows it: `level` is info, warning or danger; `url` and `action` may be empty."""

    level: str
    title: str
    text: str
    url: str = ""
    action: str = ""


def banners(community: Community, *, now: datetime) -> list[Banner]:
    """The gravest first; usually none. Four short queries."""
    place = reverse("outbox:sending", args=[community.slug])
    found = [_quarantine(place), _channel(place), *_silent_parts(place, now=now), _brake(community, place)]
    if community.paused_at:
        found.append(_pause(place))
    return [banner for banner in found if banner]


def _quarantine(place: str) -> Banner | None:
    install = Install.objects.filter(quarantined_at__isnull=False).first()
    if install is None:
        return None
    return Banner(
        "danger",
        _("Nothing leaves for now."),
        _("%(reason)s Planning goes on; somebody has to say that this machine may send.")
        % {"reason": install.get_quarantine_reason_display()},
        place,
        _("See and resume"),
    )


def _channel(place: str) -> Banner | None:
    if not ChannelHealth.objects.filter(paused_at__isnull=False).exists():
        return None
    return Banner(
        "danger",
        _("The mail server does not let us in."),
        _("Letters wait until its settings are mended."),
        place,
        _("See what it said"),
    )


def _silent_parts(place: str, *, now: datetime) -> list[Banner]:
    """The worker that sends, the planner that prepares: when did they last show a sign of life?"""
    last = dict(Heartbeat.objects.values_list("name", "at"))
    worker, planner = last.get(WORKER), last.get(PLANNER)
    found = []
    if worker is None or now - worker > PATIENCE[WORKER]:
        title, text = _("Sending stands still."), _("The part of Care that sends letters is not running.")
        found.append(Banner("danger", title, text, place, _("What to do")))
    if planner is not None and now - planner > PATIENCE[PLANNER]:
        title, text = _("Planning stands still."), _("No new gestures have been prepared for more than a day.")
        found.append(Banner("danger", title, text, place, _("What to do")))
    return found


def _brake(community: Community, place: str) -> Banner | None:
    held = count_to(held_by_brake(community), 1_000)
    if not held.number:
        return None
    title = ngettext("%(n)d letter is held back.", "%(n)d letters are held back.", held.number) % {"n": held.number}
    return Banner(
        "warning",
        title,
        _("More than usual wanted to leave by themselves today. Look at them, then let them go."),
        place,
        _("Look at them"),
    )


def _pause(place: str) -> Banner:
    title, text = _("Your community is paused."), _("No greetings or invitations leave until somebody resumes.")
    return Banner("info", title, text, place, _("See"))
