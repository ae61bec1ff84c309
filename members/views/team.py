"""The team of a community: who is on it, inviting, roles, and taking somebody off."""

from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from care.lib import clock
from care.lib.htmx import render
from members.access import TeamRequest, team
from members.forms.team import InviteForm, RoleForm
from members.models import Role, TeamMember
from members.services import team as service
from members.services.sessions import renew_session


@team("builder")
@require_safe
def team_list(request: TeamRequest) -> HttpResponse:
    return _page(request, InviteForm())


@team("owner")
@require_POST
@reauthentication_required
def invite(request: TeamRequest) -> HttpResponse:
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        service.invite(request.community, by=request.user, now=clock.now(), **form.cleaned_data)
    except ValidationError as error:
        form.add_error("email", error.messages)
        return _page(request, form, status=422)
    messages.success(request, _("The invitation is on its way to %s.") % form.cleaned_data["email"])
    return _to_list(request)


@team("owner")
@require_POST
@reauthentication_required
def resend(request: TeamRequest, invitation: UUID) -> HttpResponse:
    invited = get_object_or_404(request.community.invitations, pk=invitation)
    if service.resend(invited, by=request.user, now=clock.now()):
        messages.success(request, _("A new link is on its way to %s. The old one no longer works.") % invited.email)
    else:
        messages.info(request, _("This invitation is no longer open."))
    return _to_list(request)


@team("owner")
@require_POST
def revoke(request: TeamRequest, invitation: UUID) -> HttpResponse:
    invited = get_object_or_404(request.community.invitations, pk=invitation)
    if service.revoke(invited, by=request.user, now=clock.now()):
        messages.success(request, _("The invitation of %s was taken back.") % invited.email)
    else:
        messages.info(request, _("This invitation is no longer open."))
    return _to_list(request)


@team("owner")
@require_POST
@reauthentication_required
def role(request: TeamRequest, team_member: UUID) -> HttpResponse:
    person = get_object_or_404(service.people_of(request.community), pk=team_member)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose one of the roles."))
        return _to_list(request)
    try:
        changed = service.change_role(person, role=form.cleaned_data["role"], by=request.user)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return _to_list(request)
    if changed:
        _renew_session(request, person)
        messages.success(
            request, _("%(name)s is now: %(role)s.") % {"name": person.user, "role": person.get_role_display()}
        )
    return redirect("members:home") if person.user == request.user else _to_list(request)


@team("owner")
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(allow_get=True)
def remove(request: TeamRequest, team_member: UUID) -> HttpResponse:
    """Asks first, and says what becomes of what they did."""
    person = get_object_or_404(service.people_of(request.community), pk=team_member)
    if request.method != "POST":
        return render(request, "members/team_remove.html", {"person": person})
    try:
        service.remove(person, by=request.user)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return _to_list(request)
    _renew_session(request, person)
    messages.success(request, _("%s is no longer on the team.") % person.user)
    return redirect("members:home") if person.user == request.user else _to_list(request)


def _page(request: TeamRequest, form: InviteForm, *, status: int = 200) -> HttpResponse:
    people = sorted(service.people_of(request.community), key=lambda person: -Role(person.role).rank)
    context = {
        "form": form,
        "here": reverse("members:team", args=[request.community.slug]),
        "people": people,
        "invitations": service.open_invitations(request.community, now=clock.now()),
        "may_manage": request.team_member.may("owner"),
        "roles": Role.choices,
    }
    return render(request, "members/team.html", context, status=status)


def _to_list(request: TeamRequest) -> HttpResponse:
    response = redirect("members:team", request.community.slug)
    response.status_code = 303
    return response


def _renew_session(request: TeamRequest, person: TeamMember) -> None:
    """One's own session goes on under a new key when one's own role changed."""
    if person.user == request.user:
        renew_session(request)
