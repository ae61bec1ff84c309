"""Accepting an invitation to a team."""

from datetime import datetime

from allauth.account.utils import perform_login
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from care.lib import clock
from care.lib.htmx import render
from members.access import public
from members.forms.team import NewAccountForm
from members.models import Invitation
from members.services import team as service
from members.services.accounts import find_account
from members.services.sessions import renew_session
from members.views.home import today_url


@public("whoever holds the link was invited by mail; looking changes nothing, accepting needs a POST")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Shows an invitation; a POST accepts it, with the account that is signed in or with a new one."""
    now = clock.now()
    invited = service.invitation_of(token)
    if invited is None or _why_closed(invited, now):
        return _closed(request, invited, now)
    try:
        return _show_or_accept(request, invited, now)
    except ValidationError:  # accepted since it was read, by a second click or in another window
        invited.refresh_from_db()
        return (
            _closed(request, invited, now) if _why_closed(invited, now) else _page(request, invited, must_sign_in=True)
        )


def _show_or_accept(request: HttpRequest, invited: Invitation, now: datetime) -> HttpResponse:
    if request.user.is_authenticated:
        return _with_own_account(request, invited, now)
    owner = find_account(invited.email)
    if owner and owner.has_usable_password():
        return _page(request, invited, must_sign_in=True)
    return _with_new_account(request, invited, now)


def _with_own_account(request: HttpRequest, invited: Invitation, now: datetime) -> HttpResponse:
    if find_account(invited.email) != request.user:
        return _page(request, invited, is_other=True, status=403 if request.method == "POST" else 200)
    if request.method != "POST":
        return _page(request, invited)
    service.accept_as(request.user, invited, now=now)
    renew_session(request)
    _welcome(request, invited)
    return redirect(today_url(invited.community))


def _with_new_account(request: HttpRequest, invited: Invitation, now: datetime) -> HttpResponse:
    form = NewAccountForm(request.POST or None, email=invited.email)
    if not form.is_valid():
        return _page(request, invited, form=form, status=422 if form.is_bound else 200)
    language = translation.get_language() or ""
    joined = service.accept_as_new(invited, language=language, now=now, **form.cleaned_data)
    _welcome(request, invited)
    return perform_login(request, joined.user, email=invited.email, redirect_url=today_url(invited.community))


def _closed(request: HttpRequest, invited: Invitation | None, now: datetime) -> HttpResponse:
    context = {"why": _why_closed(invited, now), "community": invited.community if invited else None}
    return render(request, "members/invitation_closed.html", context, status=410 if invited else 404)


def _page(request: HttpRequest, invited: Invitation, *, status: int = 200, **context: object) -> HttpResponse:
    shown = {"invitation": invited, "community": invited.community, **context}
    return render(request, "members/invitation.html", shown, status=status)


def _welcome(request: HttpRequest, invited: Invitation) -> None:
    messages.success(request, _("Welcome to the team of %s.") % invited.community.name)


def _why_closed(invited: Invitation | None, now: datetime) -> str:
    """unknown, used, revoked, expired; nothing while it is open."""
    if invited is None:
        return "unknown"
    try:
        service.check_open(invited, now=now)
    except service.InvitationClosed as closed:
        return str(closed.code)
    return ""
