"""What holds for every request: its language, that idle sessions end, that personal pages are not kept by caches."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers, patch_vary_headers

from care.lib import clock

Handler = Callable[[HttpRequest], HttpResponse]

# Somebody who looks after others is signed out after this long without a click; a member's session lasts longer.
TEAM_IDLE = 12 * 3600
_NOTED_EVERY = 300


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
    """Pages are personal unless they say otherwise: no browser or proxy keeps them."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if "Cache-Control" not in response.headers:
            add_never_cache_headers(response)
            response.headers["Cache-Control"] = "no-store, private"
        return response

    return middleware
