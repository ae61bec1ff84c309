"""What a team must know about its letters before anything else."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from members.models import Community
from outbox.sending import Sending, look


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
    return banners_of(look(community, now=now), place=place)


def banners_of(state: Sending, *, place: str) -> list[Banner]:
    """What this state of sending has to say; each leads to `place`, where one can do something about it."""
    found = []
    if state.install:
        text = _("%(reason)s Planning goes on; somebody has to say that this machine may send.")
        reason = state.install.get_quarantine_reason_display()
        found.append(
            Banner("danger", _("Nothing leaves for now."), text % {"reason": reason}, place, _("See and resume"))
        )
    if state.channel:
        text = _("Letters wait until its settings are mended.")
        found.append(Banner("danger", _("The mail server does not let us in."), text, place, _("See what it said")))
    if state.unreachable:
        text = _("Letters are tried again by themselves.")
        found.append(Banner("warning", _("The mail server does not answer."), text, place, _("See what happened")))
    if state.worker.is_silent:
        text = _("The part of Care that sends letters is not running.")
        found.append(Banner("danger", _("Sending stands still."), text, place, _("What to do")))
    if state.planner.is_silent:
        text = _("No new gestures have been prepared for more than a day.")
        found.append(Banner("danger", _("Planning stands still."), text, place, _("What to do")))
    if state.held.number:
        number = state.held.number
        title = ngettext("%(n)s letter is held back.", "%(n)s letters are held back.", number) % {"n": state.held}
        text = _("More than usual wanted to leave by themselves today. Look at them, then let them go.")
        found.append(Banner("warning", title, text, place, _("Look at them")))
    if state.paused_at:
        text = _("No greetings or invitations leave until somebody resumes.")
        found.append(Banner("info", _("Your community is paused."), text, place, _("See")))
    return found
