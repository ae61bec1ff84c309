"""The list of members, one member's page, and the record on it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from care.lib import clock, days
from care.lib.htmx import render, with_address
from members.access import TeamRequest, team
from members.forms.filters import FilterForm, SortForm
from members.forms.members import MemberForm, NoteForm, refuse, written
from members.forms.own import OwnDatesForm, dates_in
from members.listing import listing
from members.models import Member
from members.search import search
from members.seen import Seen, seen
from members.services.members import AlreadyHere, create_member
from members.services.own import correct
from members.timeline import contract

STRETCH = 30
SUGGESTED = 10
# What happened at this very instant has happened already.
A_MOMENT = timedelta(microseconds=1)


@team("greeter")
@require_safe
def member_list(request: TeamRequest) -> HttpResponse:
    now = clock.now()
    shown = listing(request.GET, team_member=request.team_member, now=now)
    context = {
        "shown": shown,
        "people": seen(shown.page.rows, request.team_member, now=now),
        "is_empty": not shown.page.rows and not shown.filter and not request.GET.get("at") and not shown.error,
        "filter_form": FilterForm(shown.filter, community=request.community),
        "sort_form": SortForm(initial={"sort": shown.order}),
        "may_edit": request.team_member.may("builder"),
    }
    response = render(request, "members/list.html", context, partial="results", status=422 if shown.error else 200)
    if shown.error:
        return response
    query = shown.query(at=request.GET.get("at", ""))  # the filter and nothing else
    return with_address(request, response, request.path + (f"?{query}" if query else ""))


@team("greeter")
@require_safe
def detail(request: TeamRequest, member: UUID) -> HttpResponse:
    row = find(request, member)
    partial = "stretch" if "before" in request.GET else "timeline"
    return render(request, "members/detail.html", page_of(request, row), partial=partial)


@team("builder")
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: TeamRequest) -> HttpResponse:
    now = clock.now()
    today = days.local_day(now, request.community.time_zone)
    form = MemberForm(request.POST or None, community=request.community, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            member = create_member(
                request.community, by=request.user, now=now, tags_named=form.tags_named(), **form.changes()
            )
        except ValidationError as error:
            _refuse_record(form, error)
        else:
            messages.success(request, _("%s is on record.") % member.called)
            return HttpResponseRedirect(_url(member), status=303)
    return render(request, "members/edit.html", {"form": form}, status=422 if form.is_bound else 200)


@team("builder")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: TeamRequest, member: UUID) -> HttpResponse:
    """The facts and the important dates, saved together or not at all."""
    row, now = find(request, member), clock.now()
    today = days.local_day(now, request.community.time_zone)
    form = MemberForm(request.POST or None, community=request.community, member=row, today=today)
    first = list(row.dates.values("label", "month", "day", "year", "is_yearly"))
    dates = OwnDatesForm(request.POST or None, initial=first, prefix="dates")
    if request.method == "POST" and form.is_valid() and dates.is_valid():
        try:
            correct(row, changes=form.changes(), dates=dates_in(dates), by=request.user, now=now)
        except ValidationError as error:
            _refuse_record(form, error)
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(_url(row), status=303)
    context = {"form": form, "dates": dates, "who": Seen(find(request, member), request.team_member, now)}
    return render(request, "members/edit.html", context, status=422 if form.is_bound else 200)


@team("builder")
@require_safe
def suggest(request: TeamRequest) -> HttpResponse:
    """Members whose name begins to look like what is typed, as options of a field."""
    typed = request.GET.get("introducer", "").strip()
    members = search(request.community.members.kept(), typed, of=request.community).order_by("name_key")
    names = [written(row) for row in members[:SUGGESTED]] if typed else []
    return render(request, "members/_suggestions.html", {"names": names})


def find(request: TeamRequest, member: UUID) -> Member:
    """A member of this community who has not been erased; else a 404."""
    members = request.community.members.kept().select_related("introduced_by").prefetch_related("tags", "dates")
    return get_object_or_404(members, pk=member)


def page_of(
    request: TeamRequest, row: Member, *, note_form: NoteForm | None = None, typed_tag: str = ""
) -> dict[str, Any]:
    """All that a member's page shows to whoever asks. A note or a tag that was refused stands there as it was typed."""
    now = clock.now()
    sorts = contract.sorts()
    sort = request.GET.get("sort", "") if request.GET.get("sort") in sorts else ""
    before = _instant(request.GET.get("before", ""))
    who = Seen(row, request.team_member, now)
    chosen = {tag.pk for tag in who.tags}
    return {
        "who": who,
        "header": contract.header(row, now=now),
        "timeline": contract.timeline(
            row, before=before or now + A_MOMENT, limit=STRETCH, team_member=request.team_member, sort=sort
        ),
        "sorts": sorts.items(),
        "sort": sort,
        "is_earlier": before is not None,
        "note_form": note_form or NoteForm(may_restrict=who.sees_private),
        "typed_tag": typed_tag,
        "other_tags": [tag for tag in request.community.tags.order_by("key")[:200] if tag.pk not in chosen],
        "may_edit": who.sees_private,
    }


def _instant(text: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo and 1900 <= instant.year <= 2200 else None


def _url(member: Member) -> str:
    return reverse("members:detail", args=[member.community.slug, member.pk])


def _refuse_record(form: MemberForm, error: ValidationError) -> None:
    """Show what the services refused; who has the address already is one click away."""
    if isinstance(error, AlreadyHere):
        link = format_html('<a href="{}">{}</a>', _url(error.member), _("Open their page"))
        form.add_error("email", format_html("{} {}", error.message_dict["email"][0], link))
    else:
        refuse(form, error)
