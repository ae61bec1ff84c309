"""Attentions as the pages show them: with their letter, what is known of the person, and where each action posts.

However many there are, `items` asks the database the same number of times.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from attentions import letters, phrases
from attentions.cautions import on_hold, refusals, wishes
from attentions.kinds import kind_of
from attentions.letters import Letter
from attentions.models import Attention
from care.lib.days import local_day
from members.models import Community, Member, Note, TeamMember
from outbox.letter import signature

NOTE_LENGTH = 140


@dataclass(frozen=True, slots=True)
class Person:
    """Whom an attention is for: a member, or the community as a whole."""

    name: str
    initials: str
    colour: int
    pronouns: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One attention as the queue, the batch and its own page show it.

    `text`, `subject` and `foot` are the letter as it would leave now, but for the links to leave the list; `digest`
    names it, so that approving can tell whether it still is what was shown. `is_own` is whether `personal_line` is the
    whole letter. `cautions` say what speaks against a gesture of one's own. `may_act` is whether the reader may do
    anything about it.
    """

    attention: Attention
    id: UUID
    member: Person
    url: str
    reason: str
    act: str
    kind_title: str
    tone: str
    icon: str
    when: str
    late: bool
    use: str
    channel: str
    cautions: Sequence[str]
    context_lines: Sequence[str]
    subject: str
    text: str
    foot: str
    language: str
    variant: int
    digest: str
    personal_line: str
    is_own: bool
    note: str
    may_act: bool
    approve_url: str
    undo_url: str
    edit_url: str
    snooze_url: str
    wake_url: str
    skip_url: str
    unskip_url: str
    hand_over_url: str
    done_url: str


def items(attentions: Iterable[Attention], *, team_member: TeamMember, now: datetime) -> list[Item]:
    """The items of these attentions, which come with member, ritual and assigned_to."""
    rows = list(attentions)
    community = team_member.community
    for row in rows:
        row.community = community
        if row.member:
            row.member.community = community  # what a member leaves empty the community has; no query for each
    wordings = letters.wordings_of({row.ritual for row in rows if row.ritual})
    used = letters.used_variants(rows)
    known = _Known(rows, team_member, now=now)
    found = []
    for row in rows:
        letter = _letter(row, now=now, wordings=wordings, used=used)
        found.append(_item(row, letter, known, team_member=team_member, now=now))
    return found


def item(attention: Attention, *, team_member: TeamMember, now: datetime) -> Item:
    """One item; see `items`."""
    return items([attention], team_member=team_member, now=now)[0]


def _letter(row: Attention, *, now: datetime, wordings: letters.Wordings, used: dict) -> Letter | None:
    """The letter; None for the community as a whole, or when the kind whose placeholders it needs is gone."""
    if row.member is None:
        return None
    try:
        return letters.write(row, now=now, wordings=wordings, used=used)
    except ValidationError:
        return None


def _item(row: Attention, letter: Letter | None, known: _Known, *, team_member: TeamMember, now: datetime) -> Item:
    slug = team_member.community.slug

    def to(name: str) -> str:
        return reverse(f"attentions:{name}", args=[slug, row.pk])

    return Item(
        attention=row,
        id=row.pk,
        member=person(row),
        url=to("detail"),
        reason=phrases.reason(row),
        act=phrases.act(row),
        kind_title=phrases.kind_title(row.kind),
        tone=phrases.tone_of(row),
        icon=phrases.icon_of(row),
        when=phrases.when(row, now=now),
        late=row.due_on < local_day(now, phrases.zone_of(row)),
        use=phrases.use(row, now=now),
        channel=row.channel,
        cautions=known.cautions(row),
        context_lines=known.lines(row),
        subject=letter.subject if letter else "",
        text=letter.text if letter else "",
        foot=foot(row, letter.language) if letter else "",
        language=letter.language if letter else "",
        variant=letter.variant if letter else 0,
        digest=letters.digest(letter, to=row) if letter else "",
        personal_line=row.personal_line,
        is_own=letters.is_own(row),
        note=row.note,
        may_act=team_member.may("builder"),
        approve_url=to("approve"),
        undo_url=to("undo"),
        edit_url=to("edit"),
        snooze_url=to("snooze"),
        wake_url=to("wake"),
        skip_url=to("skip"),
        unskip_url=to("unskip"),
        hand_over_url=to("hand_over"),
        done_url=to("done"),
    )


def foot(row: Attention, language: str) -> str:
    """What stands under the words of a letter: who signs, and why they get it."""
    with translation.override(language):
        return f"{signature(row.community)}\n\n{letters.why(row, kind_of(row.kind))}"


def person(row: Attention) -> Person:
    member, community = row.member, row.community
    if member is None:
        return Person(community.name, community.name[:2].upper(), 0)
    return Person(
        member.called, member.initials, member.colour, member.pronouns, _member_url(community.slug, member.pk)
    )


def _member_url(slug: str, member_id: UUID) -> str:
    return reverse("members:detail", args=[slug, member_id])


class _Known:
    """What helps to write a personal line: the last gesture, the last note, who was asked; two queries for all.

    For what a person planned also what speaks against it, which no plan would look at again; one query more.
    """

    def __init__(self, rows: Sequence[Attention], team_member: TeamMember, *, now: datetime) -> None:
        self._now, self._me, self._sees_private = now, team_member.user_id, team_member.may("builder")
        members = {row.member_id for row in rows if row.member_id}
        self._refusals = refusals({row.member_id for row in rows if row.member_id and _is_open_own(row)}, now=now)
        self._last = {row.member_id: row for row in _latest_done(members)}
        self._notes = {note.member_id: note for note in _latest_notes(members, team_member)}

    def cautions(self, row: Attention) -> list[str]:
        if row.member is None or not _is_open_own(row):
            return []
        return wishes(row.member, is_refused=self._refusals.cover(row.member, row.kind, at=self._now))

    def lines(self, row: Attention) -> list[str]:
        lines = []
        if asks_again := phrases.asks_again(row):
            lines.append(asks_again)
        lines += self.cautions(row)
        if row.member and _is_open_own(row):
            lines += on_hold(row.member, now=self._now, tells_reason=self._sees_private)
        if row.assigned_to_id:
            mine = row.assigned_to_id == self._me
            lines.append(_("You were asked to look after this.") if mine else _("With %s.") % row.assigned_to)
        if row.channel == "by_hand" and row.member and row.ritual_id and row.ritual and row.ritual.channel == "email":
            lines.append(_no_mail(row.member))
        if row.member_id in self._last:
            lines.append(_last_line(self._last[row.member_id]))
        elif row.member_id:
            lines.append(_("This would be the first gesture we know of."))
        if row.member_id in self._notes:
            note = self._notes[row.member_id]
            lines.append(_("Note: %s") % Truncator(" ".join(note.text.split())).chars(NOTE_LENGTH))
        return lines


def _is_open_own(row: Attention) -> bool:
    return row.ritual_id is None and row.state in ("proposed", "approved")


def _no_mail(member: Member) -> str:
    if member.email:
        return _("Their mail came back: reach them another way, by a call or a card.")
    return _("We have no e-mail address of theirs: reach them another way, by a call or a card.")


def _last_line(row: Attention) -> str:
    assert row.done_at is not None  # noqa: S101  the database keeps it with the state
    what = row.detail if row.kind == phrases.BY_HAND else phrases.kind_title(row.kind)
    day = formats.date_format(timezone.localtime(row.done_at), "DATE_FORMAT")
    return _("Last gesture: %(what)s, %(day)s") % {"what": what, "day": day}


def _latest_done(members: set[UUID]) -> Iterable[Attention]:
    """The latest gesture that reached each of these members."""
    rank = Window(RowNumber(), partition_by=[F("member_id")], order_by=[F("done_at").desc(), F("id").desc()])
    return Attention.objects.filter(member__in=members, state="done").annotate(rank=rank).filter(rank=1)


def _latest_notes(members: set[UUID], team_member: TeamMember) -> Iterable[Note]:
    """The latest note on each of these members that this person may read; restricted ones are not for a list."""
    rank = Window(RowNumber(), partition_by=[F("member_id")], order_by=[F("created_at").desc(), F("id").desc()])
    notes = Note.objects.filter(member__in=members, is_restricted=False).visible_to(team_member)
    return notes.annotate(rank=rank).filter(rank=1)


def leaves_at(row: Attention) -> datetime | None:
    """When the letter of an approved attention leaves; None while it has none that waits."""
    message = row.community.messages.live_of([f"attention:{row.pk}"]).filter(state="queued").only("ready_at").first()
    return message.ready_at if message else None


def with_people(rows: Iterable[Attention], community: Community) -> Iterable[Attention]:
    """These attentions with their members, read in one query."""
    found = Attention.objects.of(community).filter(pk__in=[row.pk for row in rows])
    return found.select_related("member", "community")
