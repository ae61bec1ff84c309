"""The settings of a community, and pausing all its sending."""

from copy import copy

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from care.lib import clock
from care.lib.htmx import render
from members.access import TeamRequest, team
from members.forms.settings import CommunityForm
from members.services import communities


@team("builder")
@require_http_methods(["GET", "HEAD", "POST"])
def community_settings(request: TeamRequest) -> HttpResponse:
    # The form writes what was typed into its community even when it is refused: a copy keeps it out of the page.
    is_owner = request.team_member.may("owner")
    form = CommunityForm(request.POST or None, instance=copy(request.community), may_set_zone=is_owner)
    if not form.is_valid():
        context = {"form": form, "may_pause": is_owner}
        return render(request, "members/settings.html", context, status=422 if form.is_bound else 200)
    changed = communities.change_community(request.community, by=request.user, changes=form.cleaned_data)
    if "time_zone" in changed:
        messages.success(request, _("Saved. What is planned moves to the new hours within a quarter of an hour."))
    else:
        messages.success(request, _("Saved.") if changed else _("Nothing was changed."))
    return _to_settings(request)


@team("owner")
@require_POST
def pause(request: TeamRequest) -> HttpResponse:
    if communities.pause(request.community, by=request.user, now=clock.now()):
        messages.success(request, _("Sending is paused. Nothing leaves to members until you resume."))
    return _to_settings(request)


@team("owner")
@require_POST
def resume(request: TeamRequest) -> HttpResponse:
    if communities.resume(request.community, by=request.user):
        messages.success(request, _("Sending goes on. What became too late meanwhile is shown, not sent."))
    return _to_settings(request)


def _to_settings(request: TeamRequest) -> HttpResponse:
    response = redirect("members:settings", request.community.slug)
    response.status_code = 303
    return response
