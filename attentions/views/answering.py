"""How the actions answer: htmx gets the fragment that takes the item's place, a plain form a message and a redirect."""

from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django_htmx.http import trigger_client_event

from attentions import presenting, queue
from attentions.models import Attention
from care.lib import clock
from care.lib.htmx import render
from members.access import TeamRequest

QUEUE = "care/today.html"
BY_THEMSELVES = "care/_automatic.html"


def find(request: TeamRequest, attention: UUID) -> Attention:
    """One attention of the community in the address; another community's is a 404."""
    related = ("member__community", "community", "ritual", "assigned_to", "approved_by", "done_by")
    return get_object_or_404(request.community.attentions.select_related(*related), pk=attention)


def settled(
    request: TeamRequest,
    attention: Attention,
    words: str,
    *,
    undo: str = "",
    undo_seconds: int | None = None,
    is_plain: bool = False,
) -> HttpResponse:
    """The attention is dealt with: a slim line in its place, with what was done and, named by route, how to undo it."""
    undo_url = reverse(f"attentions:{undo}", args=[request.community.slug, attention.pk]) if undo else ""
    if not request.htmx:
        messages.success(request, _named(attention, words), extra_tags=f"undo:{undo_url}" if undo else "")
        return HttpResponseRedirect(back(request))
    context: dict[str, object] = {
        "words": words,
        "undo_url": undo_url,
        "undo_seconds": undo_seconds,
        "settled": "plain" if is_plain else "",
    }
    return _fragment(request, attention, "approved_row", context)


def lost(request: TeamRequest, attention: Attention, words: str) -> HttpResponse:
    """Somebody or something was faster: say so, 409 for htmx, a warning and a redirect for a plain form."""
    if not request.htmx:
        messages.warning(request, _named(attention, words))
        return HttpResponseRedirect(back(request))
    return _fragment(request, attention, "approved_row", {"words": words, "settled": "plain"}, status=409)


def waiting_again(request: TeamRequest, attention: Attention, words: str) -> HttpResponse:
    """It waits again: the whole item is back in its place, or the line of one that leaves by itself."""
    if not request.htmx:
        messages.success(request, _named(attention, words))
        return HttpResponseRedirect(back(request))
    row = find(request, attention.pk)
    if queue.leaving_alone(row.community, now=clock.now()).filter(pk=row.pk).exists():
        return _fragment(request, row, "row", {}, template=BY_THEMSELVES)
    return _fragment(request, row, "item", {})


def refused(request: TeamRequest, attention: Attention, words: str, **typed: str) -> HttpResponse:
    """What was typed cannot be taken: it is shown again as typed, by field of the item, with the reason."""
    if not request.htmx:
        messages.error(request, words)
        return HttpResponseRedirect(back(request))
    item: presenting.Item = replace(_item(request, attention), **typed)  # type: ignore[arg-type]
    response = _fragment(request, attention, "item", {"item": item}, status=422)
    return trigger_client_event(response, "care:toast", {"text": words, "level": "error"})


def _named(attention: Attention, words: str) -> str:
    return _("%(name)s: %(words)s") % {"name": presenting.person(attention).name, "words": words}


def _fragment(
    request: TeamRequest,
    attention: Attention,
    partial: str,
    context: dict[str, object],
    *,
    template: str = QUEUE,
    status: int = 200,
) -> HttpResponse:
    count = queue.open_count(request.team_member, now=clock.now())
    shown = {"item": _item(request, attention), "open_count": count, "oob": True, **context}
    return render(request, template, shown, partial=partial, status=status)


def _item(request: TeamRequest, attention: Attention) -> presenting.Item:
    return presenting.item(attention, team_member=request.team_member, now=clock.now())


def back(request: TeamRequest) -> str:
    """The page the form stood on, if it is one of ours; else Today."""
    for url in (request.POST.get("next", ""), request.headers.get("Referer", "")):
        if url and url_has_allowed_host_and_scheme(
            url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        ):
            return url
    return reverse("care:today", args=[request.community.slug])
