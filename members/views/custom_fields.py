"""A community's own fields on its members."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from care.lib.htmx import render
from members.access import TeamRequest, team
from members.forms.custom_fields import CustomFieldForm
from members.forms.members import refuse
from members.services import custom_fields as service


@team("builder")
@require_safe
def field_list(request: TeamRequest) -> HttpResponse:
    return render(request, "members/fields.html", {"fields": request.community.custom_fields.all()})


@team("builder")
@require_http_methods(["GET", "HEAD", "POST"])
def field_new(request: TeamRequest) -> HttpResponse:
    form = CustomFieldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            field = service.add_field(request.community, by=request.user, **form.values())
        except ValidationError as error:
            refuse(form, error)
        else:
            messages.success(request, _("“%s” is now on every member's page.") % field.label)
            return _to_list(request)
    return render(request, "members/field_edit.html", {"form": form}, status=422 if form.is_bound else 200)


@team("builder")
@require_http_methods(["GET", "HEAD", "POST"])
def field_edit(request: TeamRequest, field: UUID) -> HttpResponse:
    kept = get_object_or_404(request.community.custom_fields, pk=field)
    form = CustomFieldForm(request.POST or None, field=kept)
    if request.method == "POST" and form.is_valid():
        try:
            service.change_field(kept, by=request.user, **form.values())
        except ValidationError as error:
            refuse(form, error)
        else:
            messages.success(request, _("“%s” is saved.") % kept.label)
            return _to_list(request)
    context = {"form": form, "field": kept}
    return render(request, "members/field_edit.html", context, status=422 if form.is_bound else 200)


@team("builder")
@require_http_methods(["GET", "HEAD", "POST"])
def field_delete(request: TeamRequest, field: UUID) -> HttpResponse:
    """Says first on how many members a value goes."""
    kept = get_object_or_404(request.community.custom_fields, pk=field)
    if request.method != "POST":
        context = {"field": kept, "count": service.members_with(kept)}
        return render(request, "members/field_delete.html", context)
    gone = service.delete_field(kept, by=request.user)
    said = ngettext(
        "“%(label)s” is deleted, with %(count)s value.", "“%(label)s” is deleted, with %(count)s values.", gone
    )
    messages.success(request, said % {"label": kept.label, "count": number_format(gone)})
    return _to_list(request)


@team("builder")
@require_POST
def field_move(request: TeamRequest, field: UUID) -> HttpResponse:
    """One place up or down."""
    ids = list(request.community.custom_fields.values_list("pk", flat=True))
    get_object_or_404(request.community.custom_fields, pk=field)
    here = ids.index(field)
    there = here + (1 if request.POST.get("way") == "down" else -1)
    if 0 <= there < len(ids):
        ids[here], ids[there] = ids[there], ids[here]
        service.order_fields(request.community, ids=ids, by=request.user)
    if request.htmx:
        return render(request, "members/fields.html", {"fields": request.community.custom_fields.all()}, partial="rows")
    return _to_list(request)


def _to_list(request: TeamRequest) -> HttpResponse:
    return HttpResponseRedirect(reverse("members:custom_fields", args=[request.community.slug]), status=303)
