"""What holds for every request: who must sign in, its language, that idle sessions end, that caches keep nothing."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme

from care.lib import clock

Handler = Callable[[HttpRequest], HttpResponse]

# Somebody who looks after others is signed out after this long without a click; a member's session lasts longer.
TEAM_IDLE = 12 * 3600
_NOTED_EVERY = 300


class SignInFirst(LoginRequiredMiddleware):
    """Who is not signed in is asked to, and comes back to the page they were on.

    That is not always the address asked for: a session may have ended since the page was opened, and a button, or a
    part of the page that htmx asks for, has no page of its own. The whole page moves to the sign-in, never a part.
    """

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        is_part = "HX-Request" in request.headers
        if request.method == "GET" and not is_part:
            return super().handle_no_permission(request, view_func)
        page = request.headers.get("HX-Current-URL" if is_part else "Referer", "")
        is_ours = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
        sign_in = redirect_to_login(urlsplit(page)._replace(scheme="", netloc="").geturl() if is_ours else "/")
        if is_part:  # a redirect would be followed unseen, and the sign-in page put where the part belongs
            sign_in.status_code = 401
            sign_in.headers["HX-Redirect"] = sign_in.url
            del sign_in.headers["Location"]
        return sign_in


def not_by_address(get_response: Handler) -> Handler:
    """Whoever comes by address to what only a button sends to (back, reload, a link) is told so, on a page of ours."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code == 405 and request.method == "GET":
            response.content = render_to_string("405.html", request=request)
        return response

    return middleware


def too_many_requests(get_response: Handler) -> Handler:
    """A page on which allauth says that one has tried too often answers 429, so that machines understand it too."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code == 200 and getattr(request, "has_tried_too_often", False):
            response.status_code = 429
        return response

    return middleware


def idle_time_out(get_response: Handler) -> Handler:
    """Sign team members and staff out after 12 idle hours.

    The session notes when it was last used, at most every five minutes; only one that was idle for so long costs a look
    at whose it is. That also prolongs a member's session, which ends 14 days after its last use.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = int(clock.now().timestamp())
            idle = now - request.session.get("seen_at", now)
            if idle > TEAM_IDLE and (request.user.is_staff or request.user.teams.exists()):
                logout(request)
            elif idle > _NOTED_EVERY or "seen_at" not in request.session:
                request.session["seen_at"] = now
        return get_response(request)

    return middleware


def language(get_response: Handler) -> Handler:
    """The language a person chose, else the one of their browser. A page for a member may activate the member's own."""

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = getattr(request.user, "language", "") if request.user.is_authenticated else ""
        chosen = chosen or request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        known = dict(settings.LANGUAGES)
        translation.activate(chosen if chosen in known else translation.get_language_from_request(request))
        request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
        timezone.deactivate()
        response = get_response(request)
        patch_vary_headers(response, ["Accept-Language", "Cookie"])
        response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
        return response

    return middleware


def private_by_default(get_response: Handler) -> Handler:
    """Pages are personal unless they say otherwise: no browser or proxy keeps them, no other site embeds them."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if "Cache-Control" not in response.headers:
            add_never_cache_headers(response)
            response.headers["Cache-Control"] = "no-store, private"
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return middleware
