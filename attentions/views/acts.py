"""What one can do with one attention: approve, undo, add a line, snooze, skip, hand over, say that it is done."""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from attentions import letters, phrases, presenting
from attentions.forms.acts import ApproveForm, DoneForm, HandOverForm, SkipForm, SnoozeForm
from attentions.models import Attention
from attentions.services import approval, by_hand
from attentions.views import detail
from attentions.views.answering import back, find, lost, refused, settled, waiting_again
from care.lib import clock, days
from care.lib.htmx import render
from members.access import TeamRequest, team

LATER = timedelta(hours=3)
MORNING = 7


@team("builder")
@require_POST
def approve(request: TeamRequest, attention: UUID) -> HttpResponse:
    """Say yes to the letter that was seen, with the personal line that was posted."""
    row, now = find(request, attention), clock.now()
    form = ApproveForm(request.POST)
    if not form.is_valid():
        return refused(request, row, _first_error(form), personal_line=request.POST.get("personal_line", ""))
    lines = {row.pk: form.cleaned_data["personal_line"]} if "personal_line" in request.POST else {}
    if _says_nothing(row, lines.get(row.pk, row.personal_line)):
        return refused(request, row, str(letters.NO_WORDS), personal_line="")
    shown = {row.pk: request.POST["seen"]} if "seen" in request.POST else None
    result = approval.approve([row], community=request.community, by=request.user, now=now, lines=lines, shown=shown)
    row = find(request, attention)
    if row.pk in result.changed:
        typed = lines.get(row.pk, "")
        if typed and not row.personal_line:
            approval.set_personal_line(row, by=request.user, line=typed)
        return refused(request, row, result.refused[row.pk], personal_line=typed or row.personal_line)
    if row.pk in result.refused:
        return lost(request, row, result.refused[row.pk])
    leaves = presenting.leaves_at(row)
    is_soon = leaves is None or leaves <= now + approval.UNDO
    seconds = int(approval.UNDO.total_seconds()) if is_soon else None
    return settled(request, row, _approved_words(row, leaves, now=now), undo="undo", undo_seconds=seconds)


def _says_nothing(row: Attention, line: str) -> bool:
    return row.state == "proposed" and letters.says_nothing(row, approval.clean_line(line))


def _approved_words(row: Attention, leaves: datetime | None, *, now: datetime) -> str:
    if row.channel == "by_hand":
        return _("approved. It stays on Today until somebody says that it is done.")
    if leaves is None or leaves <= now + approval.UNDO:
        return _("approved. It leaves in a minute.")
    when = phrases.moment(leaves, now=now, zone=phrases.zone_of(row))
    if days.local_day(leaves, phrases.zone_of(row)) > days.local_day(max(row.due_at, now), phrases.zone_of(row)):
        return _("approved. It leaves %(when)s, because they get another note before.") % {"when": when}
    return _("approved. It leaves %(when)s, their time.") % {"when": when}


@team("builder")
@require_POST
def undo(request: TeamRequest, attention: UUID) -> HttpResponse:
    """Take back an approval whose letter has not begun to leave, or a "done" by hand."""
    row = find(request, attention)
    if row.state == "done" and row.channel == "by_hand":
        undone = by_hand.undo_done(row, by=request.user)
    else:
        undone = approval.undo(row, by=request.user, now=clock.now())
    if undone:
        return waiting_again(request, row, _("taken back. It waits again."))
    row = find(request, attention)
    if row.state == "proposed":
        return lost(request, row, _("this was taken back already."))
    if row.state in ("approved", "done"):
        return lost(request, row, _("too late to undo: it is leaving, or has left."))
    return lost(request, row, settled_words(row))


@team("builder")
@require_POST
def edit(request: TeamRequest, attention: UUID) -> HttpResponse:
    """Keep the personal line; it goes into this letter only."""
    row = find(request, attention)
    form = ApproveForm(request.POST)
    if not form.is_valid():
        return refused(request, row, _first_error(form), personal_line=request.POST.get("personal_line", ""))
    line = form.cleaned_data["personal_line"]
    if _says_nothing(row, line):
        return refused(request, row, str(letters.NO_WORDS), personal_line="")
    if not approval.set_personal_line(row, by=request.user, line=line):
        return lost(request, find(request, attention), _("what is approved does not change. Undo it first."))
    return waiting_again(request, row, _("your line is kept."))


@team("builder")
@require_POST
def snooze(request: TeamRequest, attention: UUID) -> HttpResponse:
    """Out of the queue for a while, at most until its time is nearly over."""
    row, now = find(request, attention), clock.now()
    form = SnoozeForm(request.POST)
    if not form.is_valid():
        return refused(request, row, _("Choose until when."))
    if refusal := _keep_words(request, row):
        return refusal
    wanted = _until(form.cleaned_data["days"], request=request, now=now)
    if not approval.snooze(row, by=request.user, until=wanted):
        return lost(request, find(request, attention), settled_words(find(request, attention)))
    row = find(request, attention)
    until = row.snoozed_until or now
    when = phrases.moment(until, now=now, zone=timezone.get_current_timezone_name())
    words = _("back %(when)s.") % {"when": when}
    if until < wanted:
        words = _("back %(when)s: not later, because its time ends soon after.") % {"when": when}
    return settled(request, row, words, undo="wake", is_plain=True)


def _keep_words(request: TeamRequest, row: Attention) -> HttpResponse | None:
    """Keep what was typed beside the button, if there was a field for it; a refusal when that cannot be.

    What a colleague wrote there since the page was shown is not overwritten by somebody who has not seen it.
    """
    name = "note" if row.channel == "by_hand" else "personal_line"
    if name not in request.POST:
        return None
    form = DoneForm(request.POST, attention=row) if name == "note" else ApproveForm(request.POST)
    if not form.is_valid():
        return _refuse(request, row, name, _first_error(form))
    typed: str = form.cleaned_data[name]
    told = (typed, request.POST.get("shown", ""), getattr(row, name))
    words, shown, kept = ("\n".join(text.strip().splitlines()) for text in told)
    if words in (shown, kept):
        return None
    if kept not in ("", shown):
        said = _("Meanwhile somebody wrote “%(line)s”. Once more, and your words take its place.") % {"line": kept}
        return _refuse(request, row, name, said)
    if name == "note":
        by_hand.set_note(row, by=request.user, note=typed)
    else:
        approval.set_personal_line(row, by=request.user, line=typed)
    return None


def _refuse(request: TeamRequest, row: Attention, name: str, words: str) -> HttpResponse:
    """The gesture with what was typed, in its place; without a script, on its page."""
    typed = {name: request.POST[name]}
    if request.htmx:
        return refused(request, row, words, **typed)
    messages.error(request, words)
    return detail.page(request, row, typed=typed, status=422)


def _until(count: int, *, request: TeamRequest, now: datetime) -> datetime:
    """Later today, else the morning so many days from now where the builder lives."""
    if not count:
        return now + LATER
    zone = timezone.get_current_timezone_name()
    return days.at_hour(days.local_day(now, zone) + timedelta(days=count), MORNING, zone)


@team("builder")
@require_POST
def wake(request: TeamRequest, attention: UUID) -> HttpResponse:
    """End a snooze."""
    row = find(request, attention)
    if approval.snooze(row, by=request.user, until=None):
        return waiting_again(request, row, _("back in the queue."))
    return lost(request, find(request, attention), settled_words(find(request, attention)))


@team("builder")
@require_POST
def skip(request: TeamRequest, attention: UUID) -> HttpResponse:
    """Decide against it, with a reason if one is given."""
    row = find(request, attention)
    form = SkipForm(request.POST)
    if not form.is_valid():
        return refused(request, row, _first_error(form))
    if refusal := _keep_words(request, row):
        return refusal
    reason = form.cleaned_data["reason"]
    if not approval.skip(row, by=request.user, reason=reason):
        return lost(request, find(request, attention), settled_words(find(request, attention)))
    words = _("skipped: %(reason)s.") % {"reason": phrases.skip_reason(reason)} if reason else _("skipped.")
    return settled(request, row, words, undo="unskip", is_plain=True)


@team("builder")
@require_POST
def unskip(request: TeamRequest, attention: UUID) -> HttpResponse:
    """Take a skip back."""
    row = find(request, attention)
    if approval.unskip(row, by=request.user):
        return waiting_again(request, row, _("taken back. It waits again."))
    row = find(request, attention)
    return lost(request, row, _("the skip was taken back already.") if row.state == "proposed" else settled_words(row))


@team("builder")
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: TeamRequest, attention: UUID) -> HttpResponse:
    """Ask a colleague to look after it."""
    row, now = find(request, attention), clock.now()
    form = HandOverForm(request.POST if request.method == "POST" else None, attention=row)
    if not form.is_valid():
        item = presenting.item(row, team_member=request.team_member, now=now)
        context = {"form": form, "item": item, "next": back(request)}
        return render(request, "attentions/hand_over.html", context, status=422 if form.is_bound else 200)
    colleague = form.cleaned_data["to"].user if form.cleaned_data["to"] else None
    if not approval.hand_over(row, by=request.user, to=colleague):
        return lost(request, find(request, attention), settled_words(find(request, attention)))
    words = _("handed to %(who)s.") % {"who": colleague} if colleague else _("back with everybody.")
    return settled(request, row, words, is_plain=True)


@team("builder")
@require_POST
def done(request: TeamRequest, attention: UUID) -> HttpResponse:
    """Say that a gesture by hand is done."""
    row = find(request, attention)
    form = DoneForm(request.POST, attention=row)
    if not form.is_valid() and not request.htmx:
        return detail.page(request, row, done_form=form, status=422)
    if not form.is_valid():
        return refused(request, row, _first_error(form), note=request.POST.get("note", ""))
    note, cost = form.cleaned_data["note"], form.cleaned_data["cost"]
    if not by_hand.done(row, by=request.user, now=clock.now(), note=note, cost_cents=cost):
        row = find(request, attention)
        is_mail = row.state == "proposed" and row.channel == "email"
        return lost(request, row, _("this goes by mail: approve it instead.") if is_mail else settled_words(row))
    return settled(request, row, _("done. It stands on their page."), undo="undo")


def settled_words(row: Attention) -> str:
    """Why nothing was changed: what the attention has become meanwhile, and by whom."""
    if row.state == "approved":
        return _("%(who)s has approved this already.") % {"who": row.approved_by or _("The ritual")}
    if row.state == "done" and row.channel == "by_hand" and row.done_by:
        return _("%(who)s has done this already.") % {"who": row.done_by}
    if row.state == "proposed":
        return _("this has just changed. Please look at it again.")
    return _("this is settled already: %(state)s.") % {"state": row.get_state_display()}


def _first_error(form: ApproveForm | SkipForm | DoneForm) -> str:
    return next(str(error) for errors in form.errors.values() for error in errors)
