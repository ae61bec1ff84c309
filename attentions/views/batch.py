"""Every letter of the queue in full on one page, approved at once: what was read is what leaves."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from attentions import presenting, queue
from attentions.models import Attention
from attentions.services import approval
from attentions.services.batch import Read, approve_read
from care.lib import clock, keyset
from care.lib.htmx import render
from members.access import TeamRequest, team

PAGE = 50
_COLUMNS = (keyset.Column("due_at"), keyset.Column("id"))
_RELATED = ("member", "ritual", "community", "assigned_to")
# The session remembers what was approved last, so that it can be undone as a whole.
_LAST = "last_batch"


@team("builder")
@require_http_methods(["GET", "HEAD", "POST"])
def batch(request: TeamRequest) -> HttpResponse:
    """The letters, each with a tick and room for a line of one's own."""
    if request.method != "POST":
        return _page(request)
    rows, read = _posted(request)
    result = approve_read(rows, read, community=request.community, by=request.user, now=clock.now())
    _say(request, rows, result)
    if result.changed:
        return _page(request, only=result.changed, status=409)
    return redirect(
        reverse("attentions:batch", args=[request.community.slug]) if not result.approved else _after(request)
    )


@team("builder")
@require_POST
def undo(request: TeamRequest) -> HttpResponse:
    """Take back what was approved together last, as far as it has not begun to leave."""
    ids = [UUID(pk) for pk in request.session.pop(_LAST, [])]
    rows = list(request.community.attentions.filter(pk__in=ids).select_related("community"))
    undone = sum(approval.undo(row, by=request.user, now=clock.now()) for row in rows)
    if undone:
        words = ngettext("%(n)s is taken back.", "%(n)s are taken back.", undone)
        messages.success(request, words % {"n": number_format(undone)})
    if undone < len(rows) or not rows:
        messages.warning(request, _("Too late to undo the others: they are leaving, or have left."))
    return redirect("attentions:batch", request.community.slug)


def _posted(request: TeamRequest) -> tuple[list[Attention], dict[UUID, Read]]:
    """The letters of the form and how they were read; 404 for one that is not of here, or not of the form."""
    try:
        ids = [UUID(pk) for pk in request.POST.getlist("letter")][: PAGE * 2]
    except ValueError:
        raise Http404 from None
    rows, picked = list(request.community.attentions.filter(pk__in=ids)), set(request.POST.getlist("pick"))
    if len(rows) != len(set(ids)) or not picked <= {str(row.pk) for row in rows}:
        raise Http404
    read = {
        row.pk: Read(
            digest=request.POST.get(f"seen-{row.pk}", ""),
            line=request.POST.get(f"line-{row.pk}", row.personal_line),
            is_picked=str(row.pk) in picked,
        )
        for row in rows
    }
    return rows, read


def _say(request: TeamRequest, rows: list[Attention], result: approval.Result) -> None:
    """What happened to each: how many are approved, what was settled by somebody else, what has changed."""
    count = len(result.approved)
    if count:
        request.session[_LAST] = [str(pk) for pk in result.approved]
        undo_url = reverse("attentions:batch_undo", args=[request.community.slug])
        words = ngettext(
            "%(n)s is approved. You have a minute to undo it.",
            "%(n)s are approved. You have a minute to undo that.",
            count,
        )
        messages.success(request, words % {"n": number_format(count)}, extra_tags=f"undo:{undo_url}")
    names = {row.pk: presenting.person(row).name for row in presenting.with_people(rows, request.community)}
    for pk, why in result.refused.items():
        if pk not in result.changed:
            messages.warning(request, _("%(name)s: %(words)s") % {"name": names[pk], "words": why})
    if not count and not result.refused:
        messages.info(request, _("Nothing was ticked, so nothing was approved."))


def _after(request: TeamRequest) -> str:
    """On to the next letters, or to Today when none is left."""
    left = queue.letters_to_approve(request.team_member, now=clock.now()).exists()
    return reverse("attentions:batch" if left else "care:today", args=[request.community.slug])


def _page(request: TeamRequest, *, only: list[UUID] | None = None, status: int = 200) -> HttpResponse:
    """A page of letters; with `only`, those that have to be read again."""
    now = clock.now()
    rows = queue.letters_to_approve(request.team_member, now=now).select_related(*_RELATED)
    if only is not None:
        rows = rows.filter(pk__in=only)
    page = keyset.page(rows, _COLUMNS, cursor=None if only else request.GET.get("cursor"), size=PAGE)
    context = {
        "items": presenting.items(page.rows, team_member=request.team_member, now=now),
        "page": page,
        "is_again": only is not None,
    }
    return render(request, "attentions/batch.html", context, status=status)
