"""Bulk actions: choose, look at whom it touches, confirm, undo."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from care.lib import clock, days
from care.lib.htmx import render
from members.access import TeamRequest, team
from members.bulk import ACTIONS, Action, Preview, Selection, preview, selection
from members.facts import tag_key
from members.forms.bulk import TagForm, UntagForm
from members.forms.members import HoldReasonForm, HoldUntilForm, refuse
from members.listing import pairs
from members.seen import seen
from members.services import tags
from members.services.members import clean_hold, hold_many


@team("builder")
@require_http_methods(["GET", "HEAD", "POST"])
def bulk(request: TeamRequest) -> HttpResponse:
    """The address says whom and what, and never why. Asked first, then shown, then done on a post.

    What the post does is what was shown: when the number it was shown with no longer holds, it is shown again.
    """
    now = clock.now()
    action = _action(request)
    picked = selection(request.GET, team_member=request.team_member, now=now)
    form = _form(request, action)
    if not form.is_bound or not _is_valid(form, today=days.local_day(now, request.community.time_zone)):
        return _page(request, action, picked, form)
    shown = preview(action, picked.members, tag=form.cleaned_data.get("tag", ""), now=now)
    why = HoldReasonForm(request.POST if request.method == "POST" else None) if action == "hold" else None
    if request.method != "POST":
        return _page(request, action, picked, form, shown, why)
    if why and not why.is_valid():
        return _page(request, action, picked, form, shown, why, status=422)
    if request.POST.get("count") != str(shown.count):
        messages.warning(request, _("The list has changed meanwhile: look at it once more."))
        return _page(request, action, picked, form, shown, why, status=409)
    _do(request, action, shown, {**form.cleaned_data, **(why.cleaned_data if why else {})})
    return HttpResponseRedirect(_back(request, picked), status=303)


@team("builder")
@require_POST
def undo(request: TeamRequest, batch: UUID) -> HttpResponse:
    """Take off again what one bulk action has put on."""
    count = tags.undo_tagging(request.community, batch=batch, by=request.user)
    said = ngettext(
        "The tag was taken off %s member again.", "The tag was taken off %s members again.", count
    ) % number_format(count)
    messages.info(request, said if count else _("There was nothing left to undo."))
    return HttpResponseRedirect(reverse("members:list", args=[request.community.slug]), status=303)


def _action(request: TeamRequest) -> Action:
    for action in ACTIONS:
        if request.GET.get("do") == action:
            return action
    raise Http404


def _is_valid(form: Form, *, today: date) -> bool:
    """Whether the service will take it: said before the preview, not after it."""
    if form.is_valid() and isinstance(form, HoldUntilForm):
        try:
            clean_hold(**form.cleaned_data, reason="-", today=today)
        except ValidationError as error:
            refuse(form, error)
    return form.is_valid()


def _form(request: TeamRequest, action: Action) -> Form:
    if action == "hold":
        return HoldUntilForm(request.GET if "until" in request.GET else None)
    given = request.GET if "tag" in request.GET else None
    if action == "tag":
        return TagForm(given)
    return UntagForm(given, names=list(request.community.tags.values_list("name", flat=True)))


def _do(request: TeamRequest, action: Action, shown: Preview, given: dict[str, Any]) -> None:
    count = shown.count
    if action == "hold":
        count = hold_many(shown.touched, community=request.community, by=request.user, now=clock.now(), **given)
        said = ngettext("%s member is on hold.", "%s members are on hold.", count)
        messages.success(request, said % number_format(count))
    elif action == "tag":
        count, batch = tags.tag_many(shown.touched, community=request.community, name=given["tag"], by=request.user)
        said = ngettext("%(count)s member is tagged %(tag)s.", "%(count)s members are tagged %(tag)s.", count)
        url = reverse("members:bulk_undo", args=[request.community.slug, batch])
        messages.success(request, said % {"count": number_format(count), "tag": given["tag"]}, extra_tags=f"undo:{url}")
    else:
        tag = get_object_or_404(request.community.tags, key=tag_key(given["tag"]))
        count = tags.untag_many(shown.touched, community=request.community, tag=tag, by=request.user)
        said = ngettext("%(count)s member lost the tag %(tag)s.", "%(count)s members lost the tag %(tag)s.", count)
        messages.success(request, said % {"count": number_format(count), "tag": given["tag"]})


def _page(
    request: TeamRequest,
    action: Action,
    picked: Selection,
    form: Form,
    shown: Preview | None = None,
    why: Form | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    now = clock.now()
    context: dict[str, Any] = {
        "action": action,
        "picked": picked,
        "form": form,
        "shown": shown,
        "why": why,
        "named": seen(shown.named, request.team_member, now=now) if shown else [],
        "hidden": _hidden(request, picked),
        "total": picked.members.count(),
        "known_tags": request.community.tags.order_by("key").values_list("name", flat=True)[:200],
        "back_url": _back(request, picked),
    }
    return render(request, "members/bulk.html", context, status=status if not form.errors else 422)


def _hidden(request: TeamRequest, picked: Selection) -> list[tuple[str, str]]:
    """The selection again, for the fields of a form that is sent as an address."""
    chosen = [("everyone", "1")] if picked.is_everyone else [("member", pk) for pk in request.GET.getlist("member")]
    return chosen + pairs(picked.told)


def _back(request: TeamRequest, picked: Selection) -> str:
    """The list as it was before."""
    query = picked.told.to_query()
    return reverse("members:list", args=[request.community.slug]) + (f"?{query}" if query else "")
