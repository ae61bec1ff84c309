"""Notes and tags on a member's page."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from care.lib import clock
from care.lib.htmx import render
from members.access import TeamRequest, team
from members.forms.members import NoteForm
from members.models import Member
from members.services import notes, tags
from members.views.members import find, page_of


@team("greeter")
@require_POST
def note_add(request: TeamRequest, member: UUID) -> HttpResponse:
    row = find(request, member)
    form = NoteForm(request.POST, may_restrict=request.team_member.may("builder"))
    if form.is_valid():
        try:
            notes.add_note(row, by=request.team_member, now=clock.now(), **form.cleaned_data)
        except ValidationError as error:
            form.add_error("text", error.messages)
        else:
            return _answer(request, row, "timeline", _("Noted."))
    return _part(request, page_of(request, row, note_form=form), "timeline", status=422)


@team("greeter")
@require_POST
def note_delete(request: TeamRequest, member: UUID, note: UUID) -> HttpResponse:
    """One's own note, or any as an owner. A note that one may not see is not there."""
    row = find(request, member)
    notes.delete_note(get_object_or_404(row.notes.visible_to(request.team_member), pk=note), by=request.team_member)
    return _answer(request, row, "timeline", _("The note is gone."))


@team("greeter")
@require_POST
def tag_add(request: TeamRequest, member: UUID) -> HttpResponse:
    row = find(request, member)
    typed = request.POST.get("tag", "")[:100]
    try:
        tags.add_tag(row, name=typed, by=request.user)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return _part(request, page_of(request, row, typed_tag=typed), "tags", status=422)
    return _answer(request, row, "tags")


@team("builder")
@require_POST
def tag_remove(request: TeamRequest, member: UUID, tag: UUID) -> HttpResponse:
    row = find(request, member)
    tags.remove_tag(row, tag=get_object_or_404(request.community.tags, pk=tag), by=request.user)
    return _answer(request, row, "tags")


def _answer(request: TeamRequest, row: Member, partial: str, said: str = "") -> HttpResponse:
    """The part of the page that changed, or without htmx the page again."""
    if said:
        messages.success(request, said)
    if not request.htmx:
        return HttpResponseRedirect(reverse("members:detail", args=[request.community.slug, row.pk]), status=303)
    return _part(request, page_of(request, find(request, row.pk)), partial)


def _part(request: TeamRequest, context: dict[str, Any], partial: str, *, status: int = 200) -> HttpResponse:
    """The part of the page with what is to be said, or without htmx the whole page."""
    context |= {"oob": bool(request.htmx), "here": context["who"].url}
    return render(request, "members/detail.html", context, partial=partial, status=status)
