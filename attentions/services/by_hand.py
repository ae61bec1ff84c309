"""Gestures of a person: planned for one member in three clicks, done, or done already and written down."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from attentions.models import Attention
from care.lib import days
from care.lib.ids import uuid7
from care.lib.states import move
from members import audit
from members.models import Member, User
from members.services.locking import hold_row
from members.services.reached import not_reached, reached

KIND = "by_hand"
# A gesture a person planned does not go out of date by itself; it stays until done or skipped.
ENDLESS = timedelta(days=3650)
# Later than this is a slip of the finger, and the end of its use may be no date at all.
FARTHEST = timedelta(days=3650)


@transaction.atomic
def plan_by_hand(
    member: Member,
    *,
    by: User,
    now: datetime,
    detail: str,
    due_on: date,
    channel: str = "by_hand",
    personal_line: str = "",
    hour: int = 9,
) -> Attention:
    """Plan a gesture for one member: a call, a card, a mail in one's own words.

    Raises ValidationError when it has no name, the day is past or too far ahead, or a mail is wanted and there is no
    address, and when the member was erased.
    """
    hold_row(member)
    detail = detail.strip()
    if not detail:
        raise ValidationError({"detail": _("Say in a few words what you want to do.")})
    if due_on < days.local_day(now, member.zone):
        raise ValidationError({"due_on": _("This day is past. To write down what is done, choose “already done”.")})
    if due_on > days.local_day(now, member.zone) + FARTHEST:
        raise ValidationError({"due_on": _("Choose a day within the next ten years.")})
    if channel == "email" and not member.email:
        raise ValidationError({"channel": _("We have no e-mail address of theirs: choose “by hand”.")})
    attention = _create(member, now=now, detail=detail, due_on=due_on, channel=channel, hour=hour)
    attention.personal_line = personal_line.strip()[:1_000]
    attention.save(force_insert=True)
    audit.record(member.community, actor=by, verb="attention.planned", subject=attention)
    return attention


@transaction.atomic
def record_done(
    member: Member,
    *,
    by: User,
    now: datetime,
    detail: str,
    done_on: date,
    note: str = "",
    cost_cents: int | None = None,
) -> Attention:
    """Write down a gesture that is done already.

    Raises ValidationError without a name, for a day to come, and when the member was erased.
    """
    hold_row(member)
    if not detail.strip():
        raise ValidationError({"detail": _("Say in a few words what you did.")})
    if done_on > days.local_day(now, member.zone):
        raise ValidationError({"done_on": _("This day has not come yet.")})
    attention = _create(member, now=now, detail=detail.strip(), due_on=done_on, channel="by_hand", hour=12)
    attention.state, attention.approved_by, attention.approved_at = "done", by, now
    attention.done_by, attention.done_at = by, min(attention.due_at, now)
    attention.note, attention.cost_cents = note.strip()[:2_000], cost_cents
    attention.save(force_insert=True)
    reached(member.pk, at=attention.done_at)
    audit.record(member.community, actor=by, verb="attention.recorded", subject=attention)
    return attention


def _create(member: Member, *, now: datetime, detail: str, due_on: date, channel: str, hour: int) -> Attention:
    pk = uuid7()
    due_at = days.at_hour(due_on, hour, member.zone)
    return Attention(
        id=pk,
        community=member.community,
        member=member,
        kind=KIND,
        cycle=f"{KIND}:{pk}",
        channel=channel,
        due_on=due_on,
        due_at=due_at,
        expires_at=due_at + ENDLESS,
        detail=detail[:200],
        created_at=now,
        proposed_at=now,
    )


@transaction.atomic
def done(attention: Attention, *, by: User, now: datetime, note: str = "", cost_cents: int | None = None) -> bool:
    """Say that a by-hand gesture is done. False when somebody was faster or a mail is on its way."""
    if attention.channel != "by_hand":
        return False
    did = move(
        attention,
        to="done",
        among=("proposed", "approved"),
        done_by=by,
        done_at=now,
        note=note.strip()[:2_000],
        cost_cents=cost_cents,
        approved_by=attention.approved_by or by,
        approved_at=attention.approved_at or now,
    )
    if did:
        reached(attention.member_id, at=now)
        audit.record(attention.community, actor=by, verb="attention.done", subject=attention)
    return did


@transaction.atomic
def set_note(attention: Attention, *, by: User, note: str) -> bool:
    """Write down what happened so far with a gesture that is not done. False when it is settled, or a mail."""
    note = note.strip()[:2_000]
    if attention.channel != "by_hand" or attention.state not in ("proposed", "approved") or note == attention.note:
        return False
    kept = move(attention, to=attention.state, among=(attention.state,), note=note)
    if kept:
        audit.record(attention.community, actor=by, verb="attention.noted", subject=attention)
    return kept


@transaction.atomic
def undo_done(attention: Attention, *, by: User) -> bool:
    """Take a *done* back."""
    done_at = attention.done_at
    back = move(
        attention, to="proposed", among=("done",), done_by=None, done_at=None, approved_by=None, approved_at=None
    )
    if back:
        others = Attention.objects.filter(member=attention.member_id, state="done")
        not_reached(attention.member_id, at=done_at, last=others.aggregate(last=Max("done_at"))["last"])
        audit.record(attention.community, actor=by, verb="attention.undone", subject=attention)
    return back
