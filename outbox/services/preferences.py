"""What a member wants to get: who says no is not written to, from this moment on."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from members import audit
from members.models import Member, User
from outbox.models import Message, OptOut
from outbox.services.cancelling import cancel


@transaction.atomic
def opt_out(
    member: Member,
    category: str,
    *,
    source: str,
    now: datetime,
    until: datetime | None = None,
    by: User | None = None,
) -> int:
    """No more of this category (`*`: of none), for good or until an instant; what waits of it is taken back.

    `source` says how we know: `one_click`, `preferences`, `team`. Doing it twice changes nothing, and is written
    into the audit once. How many messages were taken back.
    """
    row, is_news = OptOut.objects.select_for_update().get_or_create(
        member=member,
        category=category,
        defaults={"community_id": member.community_id, "until": until, "source": source, "created_at": now},
    )
    if not is_news and row.until != until:
        row.until, row.source, is_news = until, source, True
        row.save(update_fields=["until", "source"])
    if is_news:
        audit.record(member.community, actor=by, verb="member.opted_out", subject=member, fields=[category])
    waiting = Message.objects.filter(member=member).exclude(message_class=Message.Class.ACCOUNT)
    if category != OptOut.ALL:
        waiting = waiting.filter(category=category)
    if until is not None:
        waiting = waiting.filter(Q(ready_at__lt=until))
    return cancel(waiting, reason="opted_out")


@transaction.atomic
def opt_in(member: Member, category: str, *, by: User | None = None) -> bool:
    """Yes again to this category (`*`: an end to the pause, or to none at all); False when it was never no."""
    is_changed = bool(OptOut.objects.filter(member=member, category=category).delete()[0])
    if is_changed:
        audit.record(member.community, actor=by, verb="member.opted_in", subject=member, fields=[category])
    return is_changed


def refused(member: Member, *, now: datetime) -> dict[str, datetime | None]:
    """What a member does not want at `now`: category to the end of the pause, or None for good."""
    rows = OptOut.objects.in_force(now).filter(member=member)
    return dict(rows.values_list("category", "until"))


@transaction.atomic
def choose(member: Member, *, wanted: set[str], known: set[str], source: str, now: datetime) -> None:
    """Yes to the categories in `wanted`, no to the others in `known`; what does not change is left alone."""
    refusals = refused(member, now=now)
    for category in sorted(known):
        if category in wanted and category in refusals:
            opt_in(member, category)
        elif category not in wanted and category not in refusals:
            opt_out(member, category, source=source, now=now)
