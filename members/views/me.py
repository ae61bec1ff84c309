"""A member's own pages: what is held on them, correcting it, taking it along, leaving, being erased."""

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from care.lib import clock
from care.lib.htmx import render
from members import confirmation, tokens
from members.access import UserRequest, own_pages
from members.forms.own import EraseForm, OwnDatesForm, OwnRecordForm, dates_in
from members.identity import members_of, still_exists
from members.models import Member
from members.privacy.contract import fields, sections
from members.privacy.erasing import erase_member
from members.privacy.exporting import export_member
from members.seen import written_value
from members.services.members import set_status
from members.services.own import correct


@own_pages
@require_safe
def own_list(request: UserRequest) -> HttpResponse:
    """One card for each community; straight to the page when there is only one."""
    mine = list(members_of(request.user).select_related("community").order_by("community__name"))
    if len(mine) == 1:
        return redirect("members:own", mine[0].pk)
    return render(request, "me/list.html", {"mine": mine})


@own_pages
@require_safe
def own(request: UserRequest, member: UUID) -> HttpResponse:
    me = _mine(request, member)
    context = {
        "custom": [
            (field.label, written_value(field, me.custom[field.key]) if field.key in me.custom else "")
            for field in me.community.custom_fields.all()
        ],
        "tags": me.tags.all(),
        "dates": [(row.label, day_in_words(row.month, row.day, row.year), row.is_yearly) for row in me.dates.all()],
        "birthday": day_in_words(me.birth_month, me.birth_day, me.birth_year),
        "is_on_hold": bool(me.hold_ends_at and me.hold_ends_at > clock.now()),
        "notes_count": me.notes.count(),
        "sections": sections(me),
        "kept": sorted(fields().items()),
        "preferences_url": _preferences_url(me),
    }
    return _page(request, "me/own.html", me, context)


@own_pages
@require_http_methods(["GET", "HEAD", "POST"])
def own_edit(request: UserRequest, member: UUID) -> HttpResponse:
    """Correct one's record. Nothing is written unless all of it is right."""
    me = _mine(request, member)
    custom = me.community.custom_fields.filter(is_shown_to_member=True)
    form = OwnRecordForm(request.POST or None, member=me, custom=custom)
    first = list(me.dates.values("label", "month", "day", "year", "is_yearly"))
    dates = OwnDatesForm(request.POST or None, initial=first, prefix="dates")
    if request.method == "POST" and form.is_valid() and dates.is_valid():
        try:
            correct(me, changes=form.changes(), dates=dates_in(dates), by=request.user, now=clock.now())
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Saved. Thank you for keeping it right."))
            return redirect("members:own", me.pk)
    return _page(request, "me/edit.html", me, {"form": form, "dates": dates}, status=422 if form.is_bound else 200)


@own_pages
@require_POST
def own_export(request: UserRequest, member: UUID) -> StreamingHttpResponse:
    """Everything as a zip of JSON and CSV, made now and kept nowhere."""
    me = _mine(request, member)
    pieces = export_member(me, by=request.user, now=clock.now())
    answer = StreamingHttpResponse(pieces, content_type="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{me.community.slug}-my-data.zip"'
    return answer


@own_pages
@require_http_methods(["GET", "HEAD", "POST"])
def own_leave(request: UserRequest, member: UUID) -> HttpResponse:
    me = _mine(request, member)
    if request.method != "POST":
        return _page(request, "me/leave.html", me)
    try:
        set_status(me, Member.Status.LEFT, by=request.user, now=clock.now())
    except ValidationError as error:  # somebody of the team was faster
        messages.error(request, " ".join(error.messages))
        return redirect("members:own", me.pk)
    messages.success(request, _("You have left %s. Nothing more will reach you.") % me.community.name)
    return redirect("members:own", me.pk)


@own_pages
@require_http_methods(["GET", "HEAD", "POST"])
def own_erase(request: UserRequest, member: UUID) -> HttpResponse:
    """Erase everything personal: the name of the community typed, and a code from the mailbox of this very moment."""
    me, now = _mine(request, member), clock.now()
    purpose = f"erase:{me.pk}"
    form = EraseForm(request.POST if "code" in request.POST else None, community=me.community)
    if "send" in request.POST:
        if not confirmation.send_code(request, purpose=purpose, to=me.email, language=me.speaks, now=now):
            messages.info(
                request, _("We sent a code less than a minute ago. Wait a minute before you ask for another.")
            )
        return redirect("members:own_erase", me.pk)
    if form.is_valid():
        if confirmation.check_code(request, purpose=purpose, code=form.cleaned_data["code"], now=now):
            return _erased(request, me)
        form.add_error("code", _("This is not the code, or it has run out. Look again, or send a new one."))
    context = {"form": form, "is_waiting": confirmation.is_waiting(request, purpose=purpose, now=now)}
    return _page(request, "me/erase.html", me, context, status=422 if form.is_bound else 200)


def _erased(request: UserRequest, me: Member) -> HttpResponse:
    community = me.community.name
    erase_member(me, by=request.user, now=clock.now())
    if not still_exists(request.user):
        logout(request)
    messages.success(request, _("Everything %s kept on you is erased. We wish you well.") % community)
    return redirect("members:home")


def _mine(request: UserRequest, member: UUID) -> Member:
    """One's own record, in one's own language and hours; anybody else's is a 404."""
    me = get_object_or_404(members_of(request.user).select_related("community", "introduced_by"), pk=member)
    has_chosen = request.user.language or settings.LANGUAGE_COOKIE_NAME in request.COOKIES
    if not has_chosen:
        translation.activate(me.speaks)
    timezone.activate(ZoneInfo(me.zone))
    return me


def _page(
    request: UserRequest, template: str, me: Member, context: dict[str, object] | None = None, *, status: int = 200
) -> HttpResponse:
    return render(request, template, {"me": me, "community": me.community, **(context or {})}, status=status)


def day_in_words(month: int | None, day: int | None, year: int | None) -> str:
    """A day of the year as people say it; empty when there is none."""
    if month is None or day is None:
        return ""
    return date_format(date(year or 2024, month, day), "DATE_FORMAT" if year else "MONTH_DAY_FORMAT")


def _preferences_url(me: Member) -> str:
    """Where the package that sends lets a member choose; known by its name only."""
    try:
        return reverse("outbox:preferences_link", args=[tokens.sign("preferences", me.pk)])
    except NoReverseMatch:
        return ""
