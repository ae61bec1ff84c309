"""Saved audiences: the same filter as the member list, under a name."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from care.lib import clock
from care.lib.counts import Count, counts_to
from care.lib.htmx import render
from members import audiences
from members.access import TeamRequest, team
from members.audiences import Filter, FilterError
from members.forms.audiences import AudienceForm
from members.forms.members import refuse
from members.listing import meant, moment
from members.models import Audience
from members.services import audiences as service

# Counted no further than this, all audiences in one statement.
COUNTED = 10_000


@team("builder")
@require_safe
def audience_list(request: TeamRequest) -> HttpResponse:
    saved = [_Shown(audience) for audience in request.community.audiences.all()]
    known = audiences.known_of(request.community)
    here, members = moment(request.team_member, now=clock.now()), request.community.members.kept()
    readable = [(one, one.told) for one in saved if one.told is not None]
    counts = counts_to([members.filter(audiences.condition(told, here)) for _one, told in readable], COUNTED)
    for (one, told), count in zip(readable, counts, strict=True):
        one.count, one.sentence = count, audiences.describe(told, known)
    return render(request, "members/audiences.html", {"saved": saved})


@team("builder")
@require_http_methods(["GET", "HEAD", "POST"])
def audience_new(request: TeamRequest) -> HttpResponse:
    """Keep the filter of the address under a name."""
    told, form = _told(request), AudienceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            saved = service.save_audience(request.community, filter=told, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            refuse(form, error)
        else:
            messages.success(request, _("“%s” is kept. Rituals and exports can use it.") % saved.name)
            return _to_list(request)
    return _page(request, form, told)


@team("builder")
@require_http_methods(["GET", "HEAD", "POST"])
def audience_edit(request: TeamRequest, audience: UUID) -> HttpResponse:
    """Another name; and another filter, when the address brings one from the member list."""
    saved = get_object_or_404(request.community.audiences, pk=audience)
    told = _told(request) if "filter" in request.GET else _Shown(saved).told
    form = AudienceForm(request.POST or None, initial={"name": saved.name})
    if request.method == "POST" and form.is_valid():
        try:
            service.change_audience(saved, by=request.user, filter=told, **form.cleaned_data)
        except ValidationError as error:
            refuse(form, error)
        else:
            messages.success(request, _("“%s” is saved.") % saved.name)
            return _to_list(request)
    return _page(request, form, told, saved)


@team("builder")
@require_http_methods(["GET", "HEAD", "POST"])
def audience_delete(request: TeamRequest, audience: UUID) -> HttpResponse:
    saved = get_object_or_404(request.community.audiences, pk=audience)
    if request.method != "POST":
        return render(request, "members/audience_delete.html", {"audience": saved})
    try:
        service.delete_audience(saved, by=request.user)
    except service.InUse as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("“%s” is deleted. The members are all still here.") % saved.name)
    return _to_list(request)


class _Shown:
    """A saved audience with its filter read; `told` is None when it can no longer be."""

    def __init__(self, audience: Audience) -> None:
        self.audience = audience
        self.told: Filter | None = None
        self.sentence = self.error = ""
        self.count: Count | None = None
        try:
            self.told = audiences.parse(audience.filter)
        except FilterError as error:
            self.error = str(error)


def _told(request: TeamRequest) -> Filter:
    try:
        return audiences.from_query(request.GET)
    except FilterError as error:
        raise Http404(str(error)) from None


def _page(request: TeamRequest, form: AudienceForm, told: Filter | None, saved: Audience | None = None) -> HttpResponse:
    now, members = clock.now(), request.community.members.kept()
    count = None
    if told is not None:
        [count] = counts_to([meant(told, members, team_member=request.team_member, now=now)], COUNTED)
    context = {
        "form": form,
        "audience": saved,
        "told": told,
        "sentence": audiences.describe(told, audiences.known_of(request.community)) if told is not None else "",
        "count": count,
    }
    return render(request, "members/audience_edit.html", context, status=422 if form.is_bound else 200)


def _to_list(request: TeamRequest) -> HttpResponse:
    return HttpResponseRedirect(reverse("members:audiences", args=[request.community.slug]), status=303)
