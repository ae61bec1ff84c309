"""The delivery log: what left, what did not, why, and what a person decides about it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from care.lib import clock
from care.lib.htmx import render
from care.lib.nudge import nudge
from members.access import TeamRequest, team
from outbox import letter, log, words
from outbox.banners import banners
from outbox.categories import label
from outbox.models import Message
from outbox.services import mark_sent, release, retry_failed, send_again
from outbox.services.settling import is_worth_a_try


@team("builder")
@require_safe
def index(request: TeamRequest) -> HttpResponse:
    """The log, by shelf, the newest first."""
    community, now = request.community, clock.now()
    shelf = log.shelf_of(request.GET.get("show", ""))
    found = log.read(community, shelf, cursor=request.GET.get("page"))
    context = {
        "shelves": log.shown(community, shelf),
        "shelf": shelf,
        "rows": [_row(message) for message in found.rows],
        "is_lost": found.is_lost,
        "earlier_url": _page_url(request, shelf, found.earlier),
        "later_url": _page_url(request, shelf, found.later),
        "banners": banners(community, now=now),
    }
    return render(request, "outbox/messages.html", context, partial="results")


@team("builder")
@require_safe
def detail(request: TeamRequest, message: UUID) -> HttpResponse:
    """One letter as it was approved, and everything that happened to it."""
    found = get_object_or_404(request.community.messages.select_related("member", "settled_by"), pk=message)
    return _detail(request, found)


@team("builder")
@require_POST
def found_sent(request: TeamRequest, message: UUID) -> HttpResponse:
    """An unknown one did arrive."""
    found = get_object_or_404(request.community.messages, pk=message)
    done = mark_sent(found, by=request.user, now=clock.now())
    return _answer(request, found, done, _("Good to know: it counts as sent."))


@team("builder")
@require_POST
def again(request: TeamRequest, message: UUID) -> HttpResponse:
    """An unknown one did not arrive."""
    found = get_object_or_404(request.community.messages, pk=message)
    done = send_again(found, by=request.user, now=clock.now())
    return _answer(request, found, done, _("It is sent once more."))


@team("builder")
@require_POST
def retry(request: TeamRequest, message: UUID) -> HttpResponse:
    """One that failed, or one that is held, may go."""
    found = get_object_or_404(request.community.messages, pk=message)
    one = request.community.messages.filter(pk=found.pk)
    act = release if found.state == "held" else retry_failed
    done = act(one, by=request.user, now=clock.now())
    return _answer(request, found, bool(done), _("It is on its way again."))


@team("builder")
@require_POST
def retry_all(request: TeamRequest) -> HttpResponse:
    """All that failed and are still of use."""
    number = retry_failed(request.community.messages.all(), by=request.user, now=clock.now())
    nudge("outbox.drain")
    words_for = ngettext("%(n)s letter is tried again.", "%(n)s letters are tried again.", number)
    if number:
        messages.success(request, words_for % {"n": number_format(number)})
    else:
        sorry = _("None of them can be tried again: time is over, the text is at fault, or the address has changed.")
        messages.info(request, sorry)
    return HttpResponseRedirect(reverse("outbox:messages", args=[request.community.slug]), status=303)


def _detail(request: TeamRequest, message: Message) -> HttpResponse:
    now = clock.now()
    tries = [(row, words.fate(row.outcome), words.phase(row.phase)) for row in message.tries.order_by("at", "id")]
    context = {
        **_row(message),
        "tries": tries,
        "category": label(message.category),
        "letter": letter.parts_of(message.text),
        "is_in_time": message.expires_at > now,
        "can_act": _can_act(message, now=now),
        "banners": banners(request.community, now=now),
    }
    return render(request, "outbox/message.html", context)


def _can_act(message: Message, *, now: datetime) -> bool:
    """Whether it waits for what a person decides, and a decision is of use."""
    if message.state == "failed":
        return is_worth_a_try(message, now=now)
    return message.state == "unknown" or (message.state == "held" and message.expires_at > now)


def _answer(request: TeamRequest, message: Message, done: bool, sentence: str) -> HttpResponse:
    """Say what came of it, and show the letter again."""
    if done:
        nudge("outbox.drain")
        messages.success(request, sentence)
    else:
        sorry = _("This could not be done: somebody was faster, its time is over, or the address has changed.")
        messages.info(request, sorry)
    place = reverse("outbox:message", args=[request.community.slug, message.pk])
    return HttpResponseRedirect(place, status=303)


def _row(message: Message) -> dict[str, Any]:
    return {"message": message, "tone": words.TONES.get(message.state, ""), "words": words.explain(message)}


def _page_url(request: HttpRequest, shelf: log.Shelf, cursor: str | None) -> str:
    if cursor is None:
        return ""
    query = request.GET.copy()
    query.clear()
    query.update({"show": shelf.key, "page": cursor} if shelf.key else {"page": cursor})
    return f"?{query.urlencode()}"
