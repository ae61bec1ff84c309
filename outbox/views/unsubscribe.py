"""One click in a letter or a mail program, and that sort of letter comes no more (RFC 8058)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from care.lib import clock
from care.lib.htmx import render
from members.access import public
from outbox import links
from outbox.categories import label
from outbox.services import opt_out
from outbox.views.preferences import for_a_member


@csrf_exempt
@public("the signed token says who it is and which category to end; it can do nothing else")
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, token: str) -> HttpResponse:
    """A GET shows a button and changes nothing: link scanners follow links. A POST needs no cookie and no login."""
    member_id, category = links.read_unsubscribe(token) or (None, "")
    member = links.member_of(member_id) if member_id else None
    if member is None:
        raise Http404
    for_a_member(request, member)
    is_done = request.method == "POST"
    if is_done:
        opt_out(member, category, source="one_click", now=clock.now())
    context = {
        "community": member.community,
        "category": label(category),
        "is_done": is_done,
        "preferences_url": links.preferences_url(member.pk),
    }
    return render(request, "outbox/unsubscribe.html", context)
