"""After approval: attentions follow what became of their messages and of the facts they were made of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from attentions import letters
from attentions.models import Attention
from attentions.querysets import AttentionQuerySet
from attentions.services.unapproving import UNAPPROVED, unapprove
from care.lib.batches import batches
from members.models import Community
from members.services.reached import reached
from outbox.models import Message
from outbox.querysets import UNDER_WAY
from outbox.services.heartbeat import SILENCE

BATCH = 500


def settle(*, now: datetime) -> int:
    """Bring approved attentions in line with their messages; the number that changed.

    sent -> done; expired, or failed and of no use any more -> expired; held because late -> asks again, with the
    belated words; no live message any more (the member opted out or left) -> withdrawn, or, when a person had planned
    it, which no plan would bring back, asks again. Failed and unknown ones stay, for a person to settle.
    """
    changed = 0
    rows = dict(approved_letters(now).order_by("due_at").values_list("pk", "approved_at"))
    for batch in batches(rows.items(), BATCH):
        changed += _settle_batch(dict(batch), now=now)
    return changed


def approved_letters(now: datetime) -> AttentionQuerySet:
    """Those due within a day from now, of all communities: by an index, as this is asked every minute."""
    return Attention.objects.filter(state="approved", channel="email", due_at__lte=now + timedelta(days=1))


def _settle_batch(approvals: Mapping[UUID, datetime | None], *, now: datetime) -> int:
    """Settle these, unless somebody has meanwhile taken the approval of that instant back, or given another one."""
    messages = {
        message.origin: message
        for message in Message.objects.live_of([f"attention:{pk}" for pk in approvals]).only(
            "id", "origin", "state", "reason", "sent_at", "expires_at", "member_id"
        )
    }
    changed = 0
    for pk, approved_at in approvals.items():
        message = messages.get(f"attention:{pk}")
        if message is not None and message.state in UNDER_WAY:
            continue  # as nearly all are: nothing has become of them yet
        row = Attention.objects.filter(pk=pk, state="approved", approved_at=approved_at)
        if message is None:
            of_a_person = row.filter(ritual__isnull=True).exclude(member__status="erased")
            asks_again = of_a_person.update(state="proposed", asks_again="withdrawn", **UNAPPROVED)
            changed += asks_again or row.update(state="withdrawn")
        elif message.state == "sent":
            reached(message.member_id, at=message.sent_at)  # before: a crash in between repeats it, and loses nothing
            changed += row.update(state="done", done_at=message.sent_at, done_by=F("approved_by"))
        elif message.state == "expired" or (message.state == "failed" and message.expires_at <= now):
            changed += row.update(state="expired")
        elif (message.state, message.reason) == ("held", "late"):
            with transaction.atomic():
                if row.select_for_update(of=("self",)).values("pk").first():
                    changed += len(unapprove([pk], reason="late"))
    return changed


def ask_about_missed(community: Community, *, last_planned: datetime, now: datetime) -> int:
    """After a day without planning: let a person look at what came due meanwhile and would leave by itself only now.

    Where the clock was ahead when it was planned, what is not due yet has not been missed, and does not ask for that
    any more. The number of those that changed.
    """
    if last_planned > now:
        early = Attention.objects.of(community).proposed().filter(asks_again="late", due_at__gt=now)
        return early.update(asks_again="")
    if now - last_planned <= SILENCE:
        return 0
    missed = Attention.objects.of(community).by_themselves(now, until=now).filter(due_at__gt=last_planned)
    return missed.update(asks_again="late")


def ask_again_where_facts_changed(community: Community, *, now: datetime) -> int:
    """Un-approve what was made of facts that have changed since (a name, an address); the number of them."""
    rows = (
        Attention.objects.of(community)
        .letters()
        .filter(state="approved")
        .exclude(facts_sha256="")
        .select_related("member", "community", "ritual")
    )
    stale = [row.pk for row in rows.iterator(chunk_size=BATCH) if letters.facts_digest(row) != row.facts_sha256]
    return len(unapprove(stale, reason="changed"))
