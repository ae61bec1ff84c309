"""Approval: a person (or a ritual trusted to) says yes, and what was approved is what will be sent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from attentions import cautions, letters
from attentions.kinds import kind_of
from attentions.models import Attention, Ritual
from attentions.services.rewording import framed, reword_late, reword_moved
from attentions.services.unapproving import UNAPPROVED
from care.lib.addresses import has_controls
from care.lib.days import local_day
from care.lib.nudge import nudge
from care.lib.states import move
from members import audit
from members.models import Community, User
from outbox import services as outbox

UNDO = timedelta(seconds=60)
# A ritual that sends by itself takes up what is due this soon; the rest waits, so that late facts still count.
SOON = timedelta(minutes=30)
_AT_ONCE = 200


@dataclass(slots=True)
class Result:
    """What an approval did: ids approved, and for the others why not, in words.

    `changed` are those of the refused whose letter is no longer the one that was shown.
    """

    approved: list[UUID] = field(default_factory=list)
    refused: dict[UUID, str] = field(default_factory=dict)
    changed: list[UUID] = field(default_factory=list)


@transaction.atomic
def approve(
    attentions: Iterable[Attention],
    *,
    community: Community,
    by: User | None,
    now: datetime,
    undo: timedelta = UNDO,
    lines: Mapping[UUID, str] | None = None,
    shown: Mapping[UUID, str] | None = None,
) -> Result:
    """Approve these proposed attentions of one community: freeze what each says and hand it to the outbox.

    `by` None is a ritual that sends by itself. Those that are no longer proposed are refused with a sentence; of two
    people who approve at once each gets an answer, and one message leaves. Nothing leaves before `undo` has passed.
    `lines` are personal lines to put in first. With `shown`, an attention is approved only if its letter, without that
    new line, is the one whose `letters.digest` was shown.
    """
    ids = [attention.pk for attention in attentions]
    rows = list(
        Attention.objects.of(community)
        .filter(pk__in=ids)
        .select_related("member__community", "community", "ritual")
        .prefetch_related("approved_by")  # after the wait for the lock: a join would still see that nobody has
        .select_for_update(of=("self",))
        .order_by("due_at", "pk")
    )
    result = Result()
    taken = outbox.taken([f"attention:{row.pk}" for row in rows])
    refused = cautions.refusals({row.member_id for row in rows if row.member_id}, now=now)
    ready = [row for row in rows if _is_ready(row, taken=taken, refused=refused, now=now, result=result)]
    if shown is not None:
        ready = _as_shown(ready, shown, now=now, result=result)
    for row in ready:
        row.personal_line = clean_line((lines or {}).get(row.pk, row.personal_line))
        if letters.says_nothing(row, row.personal_line):
            result.refused[row.pk] = str(letters.NO_WORDS)
    ready = [row for row in ready if row.pk not in result.refused]
    mails = [row for row in ready if row.channel == "email"]
    _freeze(mails, by=by, now=now, undo=undo)
    for row in ready:
        row.state, row.approved_by, row.approved_at, row.asks_again = "approved", by, now, ""
        row.snoozed_until = None
    Attention.objects.filter(state="proposed").bulk_update(
        ready,
        [
            "state",
            "approved_by",
            "approved_at",
            "asks_again",
            "snoozed_until",
            "wording_variant",
            "facts_sha256",
            "personal_line",
        ],
        batch_size=_AT_ONCE,
    )
    result.approved = [row.pk for row in ready]
    if ready:
        audit.record(community, actor=by, verb="attention.approved", subject=_single(ready), count=len(ready))
        nudge("outbox.drain")
    return result


def _is_ready(
    row: Attention, *, taken: Collection[str], refused: cautions.Refusals, now: datetime, result: Result
) -> bool:
    """Whether this one can be approved; otherwise the result says why not."""
    refusal = ""
    if row.state == "approved":
        refusal = _("%(who)s has approved this already.") % {"who": row.approved_by or _("The ritual")}
    elif row.state != "proposed":
        refusal = _("This is settled already: %(state)s.") % {"state": row.get_state_display()}
    elif row.expires_at <= now:
        refusal = _("Its time is over. You can still write to them by hand.")
    elif row.channel == "email" and (obstacle := _against_mail(row, refused=refused, now=now)):
        refusal = obstacle
    elif f"attention:{row.pk}" in taken:
        refusal = _("A letter of it is in the outbox already: see Messages.")
    elif row.ritual_id and kind_of(row.kind) is None:
        refusal = _("This kind of attention is no longer part of Care. You can write to them by hand.")
    if refusal:
        result.refused[row.pk] = refusal
    return not refusal


def _against_mail(row: Attention, *, refused: cautions.Refusals, now: datetime) -> str:
    return cautions.against_mail(row.member, row.kind, refused=refused, at=max(row.due_at, now))


def _as_shown(
    rows: Sequence[Attention], shown: Mapping[UUID, str], *, now: datetime, result: Result
) -> list[Attention]:
    """Those whose letter still is the one that was shown; the result names the others."""
    wordings, used = letters.wordings_of({row.ritual for row in rows if row.ritual}), letters.used_variants(rows)
    same = []
    for row in rows:
        letter = letters.write(row, now=now, wordings=wordings, used=used) if row.member else None
        if letter and letters.digest(letter, to=row) == shown.get(row.pk):
            same.append(row)
        else:
            result.changed.append(row.pk)
            result.refused[row.pk] = _("Its text has changed since you saw it. Please read it again.")
    return same


def _single(rows: Sequence[Attention]) -> Attention | None:
    return rows[0] if len(rows) == 1 else None


def _freeze(rows: list[Attention], *, by: User | None, now: datetime, undo: timedelta) -> None:
    """Write the letters of these attentions and queue them, as they stand now."""
    wordings = letters.wordings_of({row.ritual for row in rows if row.ritual})
    used = letters.used_variants(rows)
    drafts, written = [], []
    for row in rows:
        letter = letters.write(row, now=now, wordings=wordings, used=used)
        row.wording_variant, row.facts_sha256 = letter.variant, letters.facts_digest(row)
        written.append(letter)
        drafts.append(_draft(row, letter, by=by, now=now, undo=undo))
    for row, letter, message in zip(rows, written, outbox.enqueue_many(drafts, now=now), strict=True):
        if not letter.is_late:
            reword_late(row, message, wordings=wordings, used=used)
    reword_moved(rows)


def _draft(row: Attention, letter: letters.Letter, *, by: User | None, now: datetime, undo: timedelta) -> outbox.Draft:
    kind, member, community = kind_of(row.kind), row.member, row.community
    assert member is not None  # noqa: S101  checked by `_is_ready`
    text, html = framed(row, letter)
    return outbox.Draft(
        community=community,
        member=member,
        origin=f"attention:{row.pk}",
        message_class="greeting",
        category=row.kind,
        priority=kind.priority if kind else 50,
        is_automatic=by is None,
        due_at=row.due_at,
        ready_at=max(row.due_at, now + undo),
        expires_at=row.expires_at,
        takes_a_day=row.ritual_id is not None,
        local_day=local_day(max(row.due_at, now), member.zone),
        zone=member.zone,
        to_email=member.email,
        to_name=member.called,
        from_name=community.sender_name,
        reply_to=community.reply_to,
        language=letter.language,
        subject=letter.subject,
        text=text,
        html=html,
    )


@transaction.atomic
def undo(attention: Attention, *, by: User, now: datetime) -> bool:
    """Take an approval back while its message has not begun to leave; False when it is too late."""
    if attention.channel == "email" and not outbox.stop([f"attention:{attention.pk}"], reason="undone"):
        return False
    undone = move(
        attention,
        to="proposed",
        among=("approved",),
        asks_again="undone",  # a ritual that sends by itself must not do so at once again
        **UNAPPROVED,
    )
    if undone:
        audit.record(attention.community, actor=by, verb="attention.undone", subject=attention)
    return undone


@transaction.atomic
def skip(attention: Attention, *, by: User, reason: str) -> bool:
    """Say no to this one, for good. False when somebody was faster."""
    skipped = move(attention, to="declined", among=("proposed",), declined_reason=reason.strip()[:200])
    if skipped:
        audit.record(attention.community, actor=by, verb="attention.skipped", subject=attention)
    return skipped


@transaction.atomic
def unskip(attention: Attention, *, by: User) -> bool:
    """Take a skip back."""
    back = move(attention, to="proposed", among=("declined",), declined_reason="")
    if back:
        audit.record(attention.community, actor=by, verb="attention.unskipped", subject=attention)
    return back


@transaction.atomic
def snooze(attention: Attention, *, by: User, until: datetime | None) -> bool:
    """Out of the queue until an instant, at most until its time is over; None brings it back now."""
    if until is not None:
        until = min(until, attention.expires_at - timedelta(hours=3))
    snoozed = move(attention, to="proposed", among=("proposed",), snoozed_until=until)
    if snoozed:
        audit.record(attention.community, actor=by, verb="attention.snoozed", subject=attention)
    return snoozed


@transaction.atomic
def hand_over(attention: Attention, *, by: User, to: User | None) -> bool:
    """Ask another person of the team to look after this one; None gives it back to everybody.

    False when nothing is left to look after: it is settled, or an approved mail, which leaves by itself.
    """
    if to is not None and not attention.community.team.filter(user=to).exists():
        return False
    if attention.state != "proposed" and (attention.state, attention.channel) != ("approved", "by_hand"):
        return False
    handed = move(attention, to=attention.state, among=(attention.state,), assigned_to=to)
    if handed:
        audit.record(attention.community, actor=by, verb="attention.handed_over", subject=attention)
    return handed


def clean_line(line: str) -> str:
    """A personal line as it is kept: at most 1,000 characters, without invisible ones."""
    text = line.replace("\r\n", "\n").strip()
    return "".join(char for char in text if char in "\n\t" or not has_controls(char))[:1_000]


@transaction.atomic
def set_personal_line(attention: Attention, *, by: User, line: str) -> bool:
    """Keep the line for this one person. Only before approval: what is approved does not change.

    False also for an empty one where it is the whole letter.
    """
    if letters.says_nothing(attention, clean_line(line)):
        return False
    kept = move(attention, to="proposed", among=("proposed",), personal_line=clean_line(line))
    if kept:
        audit.record(
            attention.community, actor=by, verb="attention.changed", subject=attention, fields=["personal_line"]
        )
    return kept


def approve_by_themselves(community: Community, *, now: datetime) -> int:
    """Approve what the rituals of a community may send without asking and is due soon; the number of them."""
    waited = Q(ritual__approval=Ritual.Approval.AUTO)
    for hours in set(Ritual.objects.of(community).filter(approval="veto").values_list("veto_hours", flat=True)):
        waited |= Q(ritual__approval="veto", ritual__veto_hours=hours, proposed_at__lte=now - timedelta(hours=hours))
    due = Attention.objects.of(community).by_themselves(now, until=now + SOON).filter(waited).order_by("due_at", "pk")
    count, refused = 0, set[UUID]()
    while batch := list(due.exclude(pk__in=refused)[:_AT_ONCE]):
        result = approve(batch, community=community, by=None, now=now, undo=timedelta(0))
        count += len(result.approved)
        refused |= {row.pk for row in batch} - set(result.approved)
    return count
