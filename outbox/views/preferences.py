"""A member's own choices, without a login: the link in a letter says who they are, for two hours."""

from functools import wraps
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from care.lib import clock
from care.lib.days import ONE_DAY, local_day, start_of_day
from care.lib.htmx import render
from members.access import View, public
from members.models import Member
from outbox import links
from outbox.categories import categories
from outbox.forms import PauseForm, WantedForm
from outbox.models import OptOut
from outbox.services import choose, opt_in, opt_out, refused

_MARKER = "preferences"
_TWO_HOURS = 2 * 3600
_SOURCE = "preferences"


def for_a_member(request: HttpRequest, member: Member) -> None:
    """Speak the member's language, unless they chose another one, and tell time in their zone."""
    has_chosen = getattr(request.user, "language", "") or settings.LANGUAGE_COOKIE_NAME in request.COOKIES
    if not has_chosen:
        translation.activate(member.speaks)
    timezone.activate(ZoneInfo(member.zone))


def _known_member(view: View) -> View:
    """Give the view the member whose link was opened in this browser a short while ago; else say what to do."""

    @public("a signed marker, exchanged for the token of a letter, says whose choices these are")
    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        marker = request.get_signed_cookie(_MARKER, default="", salt=_MARKER, max_age=_TWO_HOURS)
        member = links.member_of(UUID(hex=marker)) if marker else None
        if member is None:
            closed = {"here": reverse("outbox:preferences")}
            return render(request, "outbox/preferences_closed.html", closed, status=403)
        for_a_member(request, member)
        return view(request, member, *args, **kwargs)

    return wrapper


@public("the signed token says whose choices these are; it is exchanged for a marker and leaves the address bar")
@require_safe
def enter(request: HttpRequest, token: str) -> HttpResponse:
    member_id = links.read_preferences(token)
    if member_id is None or links.member_of(member_id) is None:
        raise Http404
    path = reverse("outbox:preferences")
    response = HttpResponseRedirect(path)
    response.set_signed_cookie(
        _MARKER,
        member_id.hex,
        salt=_MARKER,
        max_age=_TWO_HOURS,
        path=path,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@_known_member
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, member: Member) -> HttpResponse:
    """Which categories; a POST keeps them."""
    now, known = clock.now(), {row.key for row in categories()}
    if request.method == "POST":
        form = WantedForm(request.POST)
        if form.is_valid():
            choose(member, wanted=set(form.cleaned_data["wanted"]), known=known, source=_SOURCE, now=now)
            return _done(request, _("Saved. This holds from now on."))
    return _page(request, member)


@_known_member
@require_POST
def pause(request: HttpRequest, member: Member) -> HttpResponse:
    now = clock.now()
    form = PauseForm(request.POST, today=local_day(now, member.zone))
    if not form.is_valid():
        return _page(request, member, pause_form=form, status=422)
    until = start_of_day(form.cleaned_data["until"] + ONE_DAY, member.zone)
    opt_out(member, OptOut.ALL, until=until, source=_SOURCE, now=now)
    return _done(request, _("All quiet until then."))


@_known_member
@require_POST
def stop(request: HttpRequest, member: Member) -> HttpResponse:
    opt_out(member, OptOut.ALL, source=_SOURCE, now=clock.now())
    return _done(request, _("Done. You get no more of these letters."))


@_known_member
@require_POST
def again(request: HttpRequest, member: Member) -> HttpResponse:
    """An end to the pause, or to no letters at all."""
    opt_in(member, OptOut.ALL)
    return _done(request, _("Welcome back. We write again from now on."))


def _done(request: HttpRequest, words: str) -> HttpResponse:
    messages.success(request, words)
    return HttpResponseRedirect(reverse("outbox:preferences"), status=303)


def _page(
    request: HttpRequest, member: Member, *, pause_form: PauseForm | None = None, status: int = 200
) -> HttpResponse:
    now = clock.now()
    refusals = refused(member, now=now)
    wanted = [row.key for row in categories() if row.key not in refusals]
    until = refusals.get(OptOut.ALL)
    context = {
        "community": member.community,
        "here": reverse("outbox:preferences"),
        "form": WantedForm(initial={"wanted": wanted}),
        "pause_form": pause_form or PauseForm(today=local_day(now, member.zone)),
        "is_off": OptOut.ALL in refusals,
        "paused_through": local_day(until, member.zone) - ONE_DAY if until else None,
    }
    return render(request, "outbox/preferences.html", context, status=status)
