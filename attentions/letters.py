"""The note for one attention: which wording, which facts, what it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from attentions import wording
from attentions.kinds import Kind, Words, kind_of
from attentions.models import Attention, Ritual, Wording
from care.lib import days
from members.models import Community, Member

Wordings = Mapping[tuple[UUID, str], list[Wording]]
Used = Mapping[tuple[UUID, UUID], list[int]]
NO_WORDS = gettext_lazy("An e-mail needs a text. Write what you want to say to them.")
# As many characters as a message has room for: what is filled in may be longer than its placeholder.
MAX_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class Letter:
    """A note ready to read: what leaves if it is approved now. `variant` is the wording it was made from."""

    subject: str
    text: str
    language: str
    variant: int
    is_late: bool


def wordings_of(rituals: Iterable[Ritual]) -> Wordings:
    """The wordings of these rituals by ritual and language, in one query."""
    found: dict[tuple[UUID, str], list[Wording]] = {}
    for row in Wording.objects.filter(ritual__in=list(rituals)).order_by("language", "variant"):
        found.setdefault((row.ritual_id, row.language), []).append(row)
    return found


def used_variants(attentions: Iterable[Attention]) -> dict[tuple[UUID, UUID], list[int]]:
    """For each (ritual, member) the variants already sent, oldest first, so that nobody gets the same words twice."""
    pairs = [(row.ritual_id, row.member_id) for row in attentions if row.ritual_id and row.member_id]
    used: dict[tuple[UUID, UUID], list[int]] = {}
    earlier = Attention.objects.filter(
        ritual__in={ritual for ritual, _member in pairs},
        member__in={member for _ritual, member in pairs},
        wording_variant__isnull=False,
        state="done",
    )
    for ritual, member, variant in earlier.order_by("done_at").values_list("ritual_id", "member_id", "wording_variant"):
        if ritual and member and variant is not None:
            used.setdefault((ritual, member), []).append(variant)
    return used


def write(
    attention: Attention,
    *,
    now: datetime,
    wordings: Wordings,
    used: Used | None = None,
    personal_line: str | None = None,
) -> Letter:
    """The note for this attention as it would leave at `now` or at its due time, whichever is later.

    `attention` comes with member, community and ritual. The member's language decides; where the ritual has no words in
    it, the community's; where it has none at all, those the kind starts with.
    """
    member, _community = _parties(attention)
    is_late = days.local_day(max(now, attention.due_at), member.zone) > attention.due_on
    line = attention.personal_line if personal_line is None else personal_line
    if is_own(attention):
        return Letter(" ".join(attention.detail.split())[: wording.MAX_SUBJECT], line, member.speaks, 0, is_late)
    language, words, variant = _choose(attention, member, wordings, used or {})
    with translation.override(language):
        subject, text = wording.fill(
            subject=words.subject,
            body=words.body,
            belated=words.belated,
            values=values_of(attention),
            personal_line=line,
            is_late=is_late,
        )
    return Letter(subject[:MAX_SUBJECT], text, language, variant, is_late)


def is_own(attention: Attention) -> bool:
    """Whether a person planned it: its letter is its personal line, in their own words, which are no wording."""
    return not attention.ritual_id and kind_of(attention.kind) is None


def says_nothing(attention: Attention, line: str) -> bool:
    """Whether with this personal line its mail would leave empty."""
    return attention.channel == "email" and is_own(attention) and not line


def digest(letter: Letter, *, to: Attention) -> str:
    """What makes a letter that somebody has seen the same letter still: its words, its reader, their address."""
    parts = (letter.subject, letter.text, str(to.member_id), to.member.email if to.member else "", to.channel)
    return sha256(repr(parts).encode()).hexdigest()


def _parties(attention: Attention) -> tuple[Member, Community]:
    if attention.member is None:
        raise ValueError("A gesture for the whole community has no letter to one member.")
    return attention.member, attention.community


def _choose(attention: Attention, member: Member, wordings: Wordings, used: Used) -> tuple[str, Wording | Words, int]:
    if attention.ritual_id:
        for language in (member.speaks, attention.community.language):
            choices = wordings.get((attention.ritual_id, language))
            if choices:
                row = _freshest(choices, used.get((attention.ritual_id, member.pk), []))
                return language, row, row.variant
    kind = kind_of(attention.kind)
    if kind is not None:
        return member.speaks, kind.words(member.speaks), 0
    raise ValueError("A ritual without words, of a kind whose file is gone, has no letter.")


def _freshest(choices: list[Wording], used: list[int]) -> Wording:
    """The variant this member has not had, else the one they had longest ago."""
    last = {variant: position for position, variant in enumerate(used)}
    return min(choices, key=lambda row: (last.get(row.variant, -1), row.variant))


def values_of(attention: Attention) -> dict[str, str]:
    """The values of all placeholders for this attention, in the active language."""
    member, community = _parties(attention)
    kind = kind_of(attention.kind)
    return {
        "first_name": member.first_name,
        "name": member.name,
        "pronouns": member.pronouns,
        "company": member.company,
        "country": member.country,
        "community": community.name,
        "sender": community.sender_name or community.name,
        "day": _in_words(attention.due_on),
        **(kind.values(attention) if kind else {}),
    }


def _in_words(day: date) -> str:
    """A day as people write it: in some languages the first of a month has a word of its own."""
    if day.day == 1:
        return pgettext("the first day of a month", "1 %(month)s") % {"month": formats.date_format(day, "F")}
    return formats.date_format(day, "MONTH_DAY_FORMAT")


def facts_digest(attention: Attention) -> str:
    """What an approved note was made of besides its wording: when it changes, the note asks again."""
    member, _community = _parties(attention)
    with translation.override(member.speaks):
        facts = [*sorted(values_of(attention).items()), ("email", member.email), ("language", member.speaks)]
    return sha256(repr(facts).encode()).hexdigest()


def why(attention: Attention, kind: Kind[Any] | None) -> str:
    """The why-you-got-this line, in the active language."""
    return why_of(attention.community, kind)


def why_of(community: Community, kind: Kind[Any] | None) -> str:
    """The same for any letter of a kind."""
    reason = str(kind.why) if kind else _("because a person of the team wanted to write to you")
    return _("You receive this from %(community)s %(reason)s.") % {
        "community": community.name,
        "reason": reason,
    }
