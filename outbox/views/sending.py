"""How sending does on this install and in this community, and starting it again."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from care.lib import clock
from care.lib.htmx import render
from care.lib.nudge import nudge
from members.access import TeamRequest, team
from outbox import sending
from outbox.services import release_brake, resume_channel, resume_sending


@team("builder")
@require_safe
def show(request: TeamRequest) -> HttpResponse:
    state = sending.look(request.community, now=clock.now())
    return render(request, "outbox/sending.html", {"state": state, "may_resume": request.team_member.may("owner")})


@team("owner")
@require_POST
def resume(request: TeamRequest) -> HttpResponse:
    """This machine is the one that may send."""
    if resume_sending(by=request.user, now=clock.now()):
        messages.success(request, _("Sending goes on."))
    return _back(request)


@team("owner")
@require_POST
def channel(request: TeamRequest) -> HttpResponse:
    """The settings of the mail server are mended."""
    resume_channel(by=request.user)
    messages.success(request, _("Care tries the mail server again now."))
    return _back(request)


@team("builder")
@require_POST
def brake(request: TeamRequest) -> HttpResponse:
    """Somebody has looked at what the brake held."""
    number = release_brake(request.community, by=request.user)
    words = ngettext("%(n)s letter may leave now.", "%(n)s letters may leave now.", number) % {
        "n": number_format(number)
    }
    messages.success(request, words)
    return _back(request)


def _back(request: TeamRequest) -> HttpResponse:
    nudge("outbox.drain")
    return HttpResponseRedirect(reverse("outbox:sending", args=[request.community.slug]), status=303)
