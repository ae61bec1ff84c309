"""A wording tried on real members before anybody gets it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from attentions import letters, wording
from attentions.gallery import as_attention
from attentions.kinds import Kind
from attentions.models import Ritual
from attentions.planning.outlook import first_turns
from members.models import Community, Member
from outbox.letter import signature

PEOPLE = 12


@dataclass(frozen=True, slots=True)
class Words:
    """A wording as typed, not necessarily saved."""

    subject: str
    body: str
    belated: str


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A wording filled in for one person. `member` is None where nobody has a turn yet and the values are made up."""

    subject: str
    text: str
    foot: str
    member: Member | None
    person: int
    people: int


def rehearse(
    words: Words,
    *,
    ritual: Ritual,
    kind: Kind[Any],
    language: str,
    person: int = 0,
    with_line: bool = False,
    is_late: bool = False,
    now: datetime,
) -> Rehearsal:
    """Fill in words that `wording.check` accepts, for the how-manyeth of the next people to have a turn."""
    turns = first_turns(ritual, kind, now=now, count=PEOPLE)
    turn = turns[person % len(turns)] if turns else None
    member = Member.objects.of(ritual.community).filter(pk=turn.member_id).first() if turn else None
    with override(language):
        if turn and member:
            member.community = ritual.community
            values = letters.values_of(as_attention(turn, member, ritual))
        else:
            values = _made_up(ritual.community, kind)
        subject, text = wording.fill(
            subject=words.subject,
            body=words.body,
            belated=words.belated,
            values=values,
            personal_line=_("(Here stands the line you add for this one person.)") if with_line else "",
            is_late=is_late,
        )
        ending = f"{signature(ritual.community)}\n\n{letters.why_of(ritual.community, kind)}"
    return Rehearsal(subject, text, ending, member, person % len(turns) if turns else 0, len(turns))


def _made_up(community: Community, kind: Kind[Any]) -> dict[str, str]:
    """Values for a community in which nobody has a turn yet; the kind's own are explained rather than made up."""
    explained = {name: f"[{text}]" for name, text in {**wording.PLACEHOLDERS, **kind.placeholders}.items()}
    known = {"community": community.name, "sender": community.sender_name or community.name}
    return {**explained, "first_name": "Maya", "name": "Maya Okafor", **known}
