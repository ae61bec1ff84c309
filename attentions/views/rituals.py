"""The gallery of rituals, and one of them: how it is practised, what it would do, switching it on and off."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from attentions import gallery as reading
from attentions.forms.rituals import RitualForm
from attentions.kinds import Kind, kind_of
from attentions.models import Ritual
from attentions.planning import outlook as planning
from attentions.services import rituals as service
from care.lib import clock
from care.lib.htmx import render
from care.lib.nudge import nudge
from members.access import TeamRequest, team


@team("greeter")
@require_safe
def gallery(request: TeamRequest) -> HttpResponse:
    """Every sort of attention that Care knows, and what this community does with it."""
    now = clock.now()
    context = {
        "cards": reading.cards(request.community, now=now),
        "start": reading.start(request.community),
        "may_change": request.team_member.may("builder"),
    }
    return render(request, "attentions/rituals.html", context)


@team("builder")
@require_http_methods(["GET", "HEAD", "POST"])
def ritual(request: TeamRequest, kind: str) -> HttpResponse:
    """How one ritual is practised."""
    known, row = find(request, kind)
    form = RitualForm(request.POST or None, ritual=row)
    if not form.is_valid():
        return _page(request, row, known, form, status=422 if form.is_bound else 200)
    if kept := _save(request, row, form):
        nudge("attentions.plan")
        on = _("Saved. What is planned follows within a minute; what is approved and changes by this asks again.")
        messages.success(request, on if kept.is_on else _("Saved. Nothing is planned until you switch it on."))
    return redirect("attentions:ritual", request.community.slug, kind)


@team("builder")
@require_safe
def outlook(request: TeamRequest, kind: str) -> HttpResponse:
    """What it would do with the settings in the address, else with those that are saved."""
    known, row = find(request, kind)
    form = RitualForm(request.GET, ritual=row) if "hour" in request.GET else None
    if form is not None and not form.is_valid():
        return _page(request, row, known, form, partial="unclear", status=422)
    seen = form.as_if_saved() if form else row
    now = clock.now()
    context = {
        **_context(request, row, known),
        "seen": seen,
        "choices": [(name, request.GET[name]) for name in form.fields if name in request.GET] if form else [],
        "outlook": reading.told(planning.outlook(seen, known, now=now), seen, now=now),
    }
    return render(request, "attentions/outlook.html", context, partial="outlook")


@team("builder")
@require_safe
def audience_count(request: TeamRequest, kind: str) -> HttpResponse:
    """How many the chosen audience holds."""
    known, row = find(request, kind)
    form = RitualForm(ritual=row)
    row.audience = form.fields["audience"].clean(request.GET.get("audience", ""))
    context = {**_context(request, row, known), "form": form}
    return render(request, "attentions/ritual.html", context, partial="audience_count")


@team("builder")
@require_POST
def switch_on(request: TeamRequest, kind: str) -> HttpResponse:
    """Begin to practise it, with the settings as they stand in the form."""
    known, row = find(request, kind)
    form = RitualForm(request.POST, ritual=row) if "hour" in request.POST else None
    if form is not None and not form.is_valid():
        return _page(request, row, known, form, status=422)
    if kept := _save(request, row, form):
        service.switch_on(kept, by=request.user, now=clock.now())
        nudge("attentions.plan")
        messages.success(
            request, _("%(ritual)s is on. What is due appears on Today within a minute.") % {"ritual": known.title}
        )
    return redirect("attentions:ritual", request.community.slug, kind)


@team("builder")
@require_POST
def switch_off(request: TeamRequest, kind: str) -> HttpResponse:
    """Stop practising it."""
    row = get_object_or_404(request.community.rituals, kind=kind)
    service.switch_off(row, by=request.user)
    nudge("attentions.plan")
    messages.success(request, _("It is off. What had not left is withdrawn; what has left stays on record."))
    if kind_of(kind) is None:
        return redirect("attentions:rituals", request.community.slug)
    return redirect("attentions:ritual", request.community.slug, kind)


def find(request: TeamRequest, key: str) -> tuple[Kind[Any], Ritual]:
    """The kind and the community's ritual of it, not saved yet where it never touched it; 404 for an unknown kind."""
    known, row = kind_of(key), reading.ritual_of(request.community, key)
    if known is None or row is None:
        raise Http404
    return known, row


def _save(request: TeamRequest, row: Ritual, form: RitualForm | None) -> Ritual | None:
    """Keep the settings of a valid form; makes the ritual when this is the first time.

    None, having said why, when they were refused: the form has asked the same, but somebody changed the ritual since.
    """
    changes = form.changes() if form else {}
    kept = service.ritual_for(request.community, row.kind)
    if changes:
        try:
            service.change_ritual(kept, by=request.user, now=clock.now(), **changes)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return None
    return kept


def _context(request: TeamRequest, row: Ritual, known: Kind[Any]) -> dict[str, Any]:
    now = clock.now()
    return {
        "kind": known,
        "ritual": row,
        "now": now,
        "card": reading.card(known, row, community=request.community, now=now),
        "reach": reading.reach(row, now=now),
        "wordings": reading.wordings(row, known),
        "outlook_url": reverse("attentions:outlook", args=[request.community.slug, known.key]),
    }


def _page(
    request: TeamRequest, row: Ritual, known: Kind[Any], form: RitualForm, *, partial: str = "", status: int = 200
) -> HttpResponse:
    context = {**_context(request, row, known), "form": form}
    return render(request, "attentions/ritual.html", context, partial=partial or None, status=status)
