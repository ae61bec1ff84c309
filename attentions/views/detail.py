"""One attention, whole: why, the letter as it would leave, what is known of the person, what happened to it."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from django.http import HttpResponse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from attentions import history, phrases, presenting, queue
from attentions.forms.acts import SNOOZE, DoneForm
from attentions.models import Attention
from attentions.views.answering import find
from care.lib import clock, days
from care.lib.htmx import render
from care.lib.places import place
from members.access import TeamRequest, team
from outbox.letter import parts_of

GESTURES = 8
NOTES = 5


@team("greeter")
@require_safe
def detail(request: TeamRequest, attention: UUID) -> HttpResponse:
    """Everything about one gesture, and everything one can do about it."""
    return page(request, find(request, attention))


def page(
    request: TeamRequest,
    row: Attention,
    *,
    done_form: DoneForm | None = None,
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of one attention, as `find` gives it; with what was typed into a form that could not be taken.

    `typed` is by field of the item: its `personal_line` or `note`.
    """
    now, typed = clock.now(), typed or {}
    item: presenting.Item = replace(presenting.item(row, team_member=request.team_member, now=now), **typed)  # type: ignore[arg-type]
    state = phrases.state_of(row, now=now, until=now + queue.AHEAD)
    messages = history.messages_of(row)
    sent = next((one for one in reversed(messages) if one.state != "cancelled"), None)
    context = {
        "item": item,
        "here": item.url,
        "attention": row,
        "state": state,
        "state_words": phrases.STATES[state],
        "state_tone": phrases.STATE_TONES[state],
        "when": _when(row, item),
        "asks_again": phrases.asks_again(row),
        "use": item.use if row.state == "proposed" else "",
        "skip_words": phrases.skip_reason(row.declined_reason),
        "skip_reasons": [pair for pair in phrases.SKIP_REASONS.items() if pair[0] != "objected"],
        "snooze": list(SNOOZE.items()),
        "done_form": done_form or DoneForm(attention=row, note=item.note),
        "cost": row.cost_cents / 100 if row.cost_cents is not None else None,
        "sent": sent,
        "letter": parts_of(sent.text) if sent else None,
        "local_time": phrases.clock_time(now, phrases.zone_of(row)),
        "place": place(phrases.zone_of(row)),
        "has_zone": bool(row.member and row.member.time_zone),
        "hold": _hold(row),
        "events": history.events(row, messages),
        "gestures": _gestures(row),
        "notes": row.member.notes.visible_to(request.team_member)
        .select_related("author")
        .order_by("-created_at")[:NOTES]
        if row.member
        else [],
    }
    return render(request, "attentions/detail.html", context, status=status)


def _when(row: Attention, item: presenting.Item) -> str:
    """When it is due, or when it was done."""
    if row.done_at is None:
        return item.when
    day = formats.date_format(timezone.localtime(row.done_at), "DATE_FORMAT")
    return _("Done on %(day)s") % {"day": day}


def _hold(row: Attention) -> str:
    """That the member is on hold: nothing leaves meanwhile, whatever was approved."""
    ends = row.member.hold_ends_at if row.member else None
    if ends is None or ends <= clock.now():
        return ""
    last = days.local_day(ends, phrases.zone_of(row)) - days.ONE_DAY
    return _("On hold until %(day)s: nothing leaves to them before that.") % {
        "day": formats.date_format(last, "DATE_FORMAT")
    }


def _gestures(row: Attention) -> list[tuple[Attention, str]]:
    """The last gestures that reached this member, with their names."""
    if row.member is None:
        return []
    done = row.member.attentions.filter(state="done").exclude(pk=row.pk).order_by("-done_at")[:GESTURES]
    return [(one, one.detail if one.kind == phrases.BY_HAND else phrases.kind_title(one.kind)) for one in done]
