"""Where people arrive, their own account, and the language they read in."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from care.lib.htmx import render
from members.access import UserRequest, public, signed_in
from members.accounts import LoginCodeForm
from members.forms.settings import AccountForm, LanguageForm
from members.identity import communities_of, members_of
from members.models import Community
from members.services.accounts import change_account

_A_YEAR = 365 * 24 * 3600


@public("the front page: it says what Care is, and sends everybody who is signed in where they belong")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return render(request, "members/front.html", {"form": LoginCodeForm(), "mailbox_url": _mailbox_url()})
    communities = list(communities_of(request.user))
    if len(communities) == 1:
        return redirect(today_url(communities[0]))
    if communities or not members_of(request.user).exists():
        return render(request, "members/home.html", {"communities": [(one, today_url(one)) for one in communities]})
    return redirect("members:me")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: UserRequest) -> HttpResponse:
    """One's own name, language and time zone."""
    form = AccountForm(request.POST or None, initial=_account(request))
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        has_own_pages = members_of(request.user).exists()
        return render(request, "members/account.html", {"form": form, "has_own_pages": has_own_pages}, status=status)
    change_account(request.user, **form.cleaned_data)
    chosen = form.cleaned_data["language"]
    with translation.override(chosen or translation.get_language()):
        messages.success(request, _("Saved."))
    return _read_in(chosen, redirect("members:account"))


@public("choosing a language is for everybody, and changes nothing but how pages read")
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Read in another language from now on: a cookie, and the account of whoever is signed in."""
    form = LanguageForm(request.POST)
    response = HttpResponseRedirect(_back(request), status=303)
    if not form.is_valid():
        return response
    if request.user.is_authenticated:
        change_account(request.user, language=form.cleaned_data["language"])
    return _read_in(form.cleaned_data["language"], response)


def today_url(community: Community) -> str:
    """The Today page, which lives above this package and is known by its name only."""
    try:
        return reverse("care:today", args=[community.slug])
    except NoReverseMatch:
        return reverse("members:team", args=[community.slug])


def _mailbox_url() -> str:
    """Where letters are read while trying Care out; elsewhere there is no such page."""
    try:
        is_kept_here = settings.TRYING_OUT and settings.EMAIL_URL.startswith("maildir:")
        return reverse("outbox:mailbox") if is_kept_here else ""
    except NoReverseMatch:
        return ""


def _account(request: UserRequest) -> dict[str, str]:
    return {field: getattr(request.user, field) for field in AccountForm.base_fields}


def _read_in(language_code: str, response: HttpResponse) -> HttpResponse:
    if language_code:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language_code,
            max_age=_A_YEAR,
            samesite="Lax",
            secure=settings.LANGUAGE_COOKIE_SECURE,
        )
    else:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
    return response


def _back(request: HttpRequest) -> str:
    """The page one came from, when it is ours."""
    there = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(there, allowed_hosts=None, require_https=False)
    return there if there and ours else "/"
