"""The development mailbox: what the embedded install would have sent, readable in the browser."""

from functools import wraps
from pathlib import Path

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace, csp_update
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from care.lib.htmx import render, with_address
from members.access import View, public
from outbox import mailbox
from outbox.channels.urls import mailbox_folder

# Styles stand in the elements of a letter; nothing else of it may do anything, not even load a picture.
_NOTHING = dict.fromkeys(settings.CONTENT_SECURITY_POLICY["DIRECTIVES"])
_LETTER_CSP = {
    **_NOTHING,
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}


def _with_mailbox(view: View) -> View:
    """Only while developing, and only where letters go into a folder: elsewhere the page does not exist."""

    @public("development only: letters on this machine that are sent to nobody")
    @require_safe
    @wraps(view)
    def wrapper(request: HttpRequest, **kwargs: str) -> HttpResponseBase:
        folder = mailbox_folder()
        if not settings.TRYING_OUT or folder is None:
            raise Http404
        return view(request, folder, **kwargs)

    return wrapper


@_with_mailbox
def index(request: HttpRequest, folder: Path) -> HttpResponse:
    query = request.GET.get("q", "")[:100]
    context = {"posts": mailbox.latest(folder, to=query), "query": query, "latest": mailbox.LATEST}
    response = render(request, "outbox/mailbox.html", context, partial="results")
    return with_address(request, response, request.get_full_path())


@csp_update({"frame-src": [SELF]})
@_with_mailbox
def letter(request: HttpRequest, folder: Path, key: str) -> HttpResponse:
    return render(request, "outbox/mailbox_letter.html", {"post": _found(folder, key)})


@csp_replace(_LETTER_CSP)
@xframe_options_sameorigin
@_with_mailbox
def page(request: HttpRequest, folder: Path, key: str) -> HttpResponse:
    """The HTML part as the frame shows it; links open in a window of their own."""
    html = _found(folder, key).html
    return HttpResponse(html.replace("<head>", '<head><base target="_blank">', 1))


def _found(folder: Path, key: str) -> mailbox.Post:
    post = mailbox.find(folder, key)
    if post is None:
        raise Http404
    return post
