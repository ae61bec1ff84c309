"""A note on a day that matters to one member: the start of their company, a child's birthday, sober since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from attentions.kinds.base import CHUNK, COMMON, Kind, MemberRow, Occurrence, Words, register
from care.lib import days
from care.lib.days import Feb29, Window

if TYPE_CHECKING:
    from attentions.models import Attention
    from members.querysets import MemberQuerySet


@dataclass(frozen=True, slots=True)
class OwnDay(MemberRow):
    """A member and one of their days; a member with several days comes once for each."""

    date_id: UUID
    label: str
    month: int
    day: int
    year: int | None
    is_yearly: bool
    since: date
    feb29: Feb29


@register
class OwnDate(Kind[OwnDay]):
    """One turn a year for a yearly day, one turn ever for a single one; none before the day itself happened."""

    key = "own_date"
    title = _("Own important dates")
    description = _("A word on the days that matter to one person, as they told you.")
    act = _("Send a note")
    why = _("because this day matters to you, as you told us")
    tone = "ok"
    icon = "star"
    priority = 30
    late_days = 3
    placeholders = {"what": _("what the day is, in the member's words")}

    def candidates(self, members: MemberQuerySet, window: Window) -> Iterable[OwnDay]:
        rows = members.with_own_days(days.month_days(window)).values_list(
            *COMMON,
            "dates__id",
            "dates__label",
            "dates__month",
            "dates__day",
            "dates__year",
            "dates__is_yearly",
            "dates__known_from",
            "their_feb29",
        )
        return (OwnDay(*row) for row in rows.iterator(chunk_size=CHUNK))

    def occurrences(self, row: OwnDay, window: Window) -> Iterable[Occurrence]:
        for due in days.yearly(row.month, row.day, window, feb29=row.feb29):
            happens = row.year is None or (due.year >= row.year if row.is_yearly else due.year == row.year)
            if happens and due >= row.since:
                yield Occurrence(f"date:{row.date_id.hex}:{due.year}", due, row.label)

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
