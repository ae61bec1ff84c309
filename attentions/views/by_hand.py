"""Gestures of one's own for a member: planned in three clicks, or done already and written down."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from attentions import cautions
from attentions.forms.gestures import GestureForm, RecordForm
from attentions.services import by_hand as service
from care.lib import clock
from care.lib.htmx import render
from members.access import TeamRequest, team
from members.models import Member


@team("builder")
@require_http_methods(["GET", "HEAD", "POST"])
def plan_by_hand(request: TeamRequest, member: UUID) -> HttpResponse:
    """What, when, how."""
    who, now = _member(request, member), clock.now()
    form = GestureForm(request.POST or None, member=who, now=now)
    if form.is_valid():
        try:
            data = form.cleaned_data
            row = service.plan_by_hand(
                who,
                by=request.user,
                now=now,
                detail=data["detail"],
                due_on=form.on_day(),
                channel=data["channel"],
                personal_line=data["personal_line"],
            )
        except ValidationError as error:
            _tell(form, error)
        else:
            messages.success(request, _("Planned for %(name)s.") % {"name": who.called})
            return redirect("attentions:detail", request.community.slug, row.pk)
    return _page(request, "attentions/plan_by_hand.html", who, form)


@team("builder")
@require_http_methods(["GET", "HEAD", "POST"])
def record_done(request: TeamRequest, member: UUID) -> HttpResponse:
    """What was done, when, what came of it."""
    who, now = _member(request, member), clock.now()
    form = RecordForm(request.POST or None, member=who, now=now)
    if form.is_valid():
        data = form.cleaned_data
        try:
            service.record_done(
                who,
                by=request.user,
                now=now,
                detail=data["detail"],
                done_on=form.on_day(),
                note=data["note"],
                cost_cents=data["cost"],
            )
        except ValidationError as error:
            _tell(form, error)
        else:
            messages.success(request, _("Written down. It stands on the page of %(name)s.") % {"name": who.called})
            return redirect(reverse("members:detail", args=[request.community.slug, who.pk]))
    return _page(request, "attentions/record_done.html", who, form)


def _member(request: TeamRequest, member: UUID) -> Member:
    return get_object_or_404(request.community.members.kept().select_related("community"), pk=member)


def _tell(form: Form, error: ValidationError) -> None:
    """What the service refuses, beside the field it is about if there is one."""
    names = {"due_on": "on", "done_on": "on"}
    for field, found in error.update_error_dict({}).items():
        form.add_error(None if field == NON_FIELD_ERRORS else names.get(field, field), found)


def _page(request: TeamRequest, template: str, who: Member, form: Form) -> HttpResponse:
    context = {
        "form": form,
        "member": who,
        "member_url": reverse("members:detail", args=[request.community.slug, who.pk]),
        "warnings": _warnings(who),
    }
    return render(request, template, context, status=422 if form.is_bound else 200)


def _warnings(who: Member) -> list[str]:
    """What to think of before a gesture: they asked for silence, have left, are in mourning."""
    now = clock.now()
    is_refused = cautions.refusals([who.pk], now=now).cover(who, service.KIND, at=now)
    return cautions.wishes(who, is_refused=is_refused) + cautions.on_hold(who, now=now, tells_reason=True)
