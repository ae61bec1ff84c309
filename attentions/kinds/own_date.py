"""A note on a day that matters to one member: the start of their company, a child's birthday, sober since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from attentions.kinds.base import Kind, Occurrence, Words, register
from care.lib import days
from care.lib.days import Feb29, Window

if TYPE_CHECKING:
    from attentions.models import Attention
    from members.querysets import MemberQuerySet


class OwnDay(NamedTuple):
    """One of a member's days; a member with several days comes once for each."""

    date_id: UUID
    label: str
    month: int
    day: int
    year: int | None
    is_yearly: bool
    since: date
    their_feb29: Feb29


@register
class OwnDate(Kind[OwnDay]):
    """One turn a year for a yearly day, one turn ever for a single one; none before the day itself happened."""

    key = "own_date"
    facts = OwnDay
    title = _("Own important dates")
    description = _("A word on the days that matter to one person, as they told you.")
    act = _("Send a note")
    why = _("because this day matters to you, as you told us")
    tone = "ok"
    icon = "star"
    priority = 30
    late_days = 3
    placeholders = {"what": _("what the day is, in the member's words")}

    def candidates(self, members: MemberQuerySet, window: Window) -> MemberQuerySet:
        rows: MemberQuerySet = members.with_own_days(days.month_days(window)).annotate(
            date_id=F("dates__id"),
            label=F("dates__label"),
            month=F("dates__month"),
            day=F("dates__day"),
            year=F("dates__year"),
            is_yearly=F("dates__is_yearly"),
            since=F("dates__known_from"),
        )
        return rows

    def occurrences(self, facts: OwnDay, window: Window) -> Iterable[Occurrence]:
        for due in days.yearly(facts.month, facts.day, window, feb29=facts.their_feb29):
            happens = facts.year is None or (due.year >= facts.year if facts.is_yearly else due.year == facts.year)
            if happens and due >= facts.since:
                yield Occurrence(f"date:{facts.date_id.hex}:{due.year}", due, facts.label)

    def reason(self, attention: Attention) -> str:
        return gettext("has a day that matters: %(what)s") % {"what": attention.detail}

    def values(self, attention: Attention) -> Mapping[str, str]:
        return {"what": attention.detail}

    def words(self, language: str) -> Words:
        with override(language):
            return Words(
                subject=gettext("Thinking of you today, {first_name}"),
                body=gettext(
                    "Dear {first_name},\n\n"
                    "{belated}\n\n"
                    "{day} is a day that matters to you ({what}), and we wanted you to know that we remember.\n\n"
                    "{personal_line}\n\n"
                    "Warmly,"
                ),
                belated=gettext("This comes a little late, and is meant no less warmly."),
            )
