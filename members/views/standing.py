"""Whether anything may leave to a member: their hold and their status."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from care.lib import clock
from care.lib.htmx import render
from members.access import TeamRequest, team
from members.forms.members import HoldForm, StatusForm, refuse
from members.models import Member
from members.seen import Seen, written_day
from members.services import members as service
from members.views.members import find


@team("builder")
@require_http_methods(["GET", "HEAD", "POST"])
def hold(request: TeamRequest, member: UUID) -> HttpResponse:
    row, now = find(request, member), clock.now()
    who = Seen(row, request.team_member, now)
    form = HoldForm(request.POST or None, initial={"until": row.hold_until, "reason": row.hold_reason})
    if request.method == "POST" and form.is_valid():
        try:
            service.hold(row, by=request.user, now=now, **form.cleaned_data)
        except ValidationError as error:
            refuse(form, error)
        else:
            until = row.hold_until
            day = written_day(until.month, until.day, until.year) if until else ""
            messages.success(
                request, _("Nothing leaves to %(name)s until %(day)s has passed.") % {"name": who.called, "day": day}
            )
            return HttpResponseRedirect(who.url, status=303)
    return render(request, "members/hold.html", {"form": form, "who": who}, status=422 if form.is_bound else 200)


@team("builder")
@require_POST
def release(request: TeamRequest, member: UUID) -> HttpResponse:
    row, now = find(request, member), clock.now()
    who = Seen(row, request.team_member, now)
    if service.release_hold(row, by=request.user, now=now):
        messages.success(request, _("The hold has ended: gestures for %s are planned again.") % who.called)
    else:
        messages.info(request, _("There was no hold any more."))
    return HttpResponseRedirect(who.url, status=303)


@team("builder")
@require_http_methods(["GET", "HEAD", "POST"])
def status(request: TeamRequest, member: UUID) -> HttpResponse:
    row, now = find(request, member), clock.now()
    who = Seen(row, request.team_member, now)
    form = StatusForm(request.POST or None, choices=_choices(), initial={"status": row.status, "on": row.left_on})
    if request.method == "POST" and form.is_valid():
        try:
            service.set_status(row, form.cleaned_data["status"], on=form.cleaned_data["on"], by=request.user, now=now)
        except ValidationError as error:
            refuse(form, error)
        else:
            messages.success(
                request, _("%(name)s: %(status)s.") % {"name": who.called, "status": row.get_status_display()}
            )
            return HttpResponseRedirect(who.url, status=303)
    return render(request, "members/status.html", {"form": form, "who": who}, status=422 if form.is_bound else 200)


def _choices() -> list[tuple[str, str]]:
    """Each status with what it means for what leaves."""
    means = {
        Member.Status.INVITED: _("Asked to join, not here yet. Nothing is proposed until they are active."),
        Member.Status.ACTIVE: _("A member in good standing: gestures are planned for them."),
        Member.Status.LEFT: _("They have gone. What is planned is withdrawn, what waits is not sent."),
        Member.Status.BANNED: _("They had to go. What is planned is withdrawn, what waits is not sent."),
        Member.Status.DECEASED: _("Everything stops at once, and nothing reminds anybody of a birthday to come."),
    }
    return [(status, format_html("{}<small>{}</small>", status.label, text)) for status, text in means.items()]
