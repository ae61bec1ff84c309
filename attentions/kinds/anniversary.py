"""A note on the day a member joined, each year from the first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext, ngettext, override
from django.utils.translation import gettext_lazy as _

from attentions.kinds.base import CHUNK, COMMON, Kind, MemberRow, Occurrence, Words, register
from care.lib import days
from care.lib.days import Feb29, Window

if TYPE_CHECKING:
    from attentions.models import Attention
    from members.querysets import MemberQuerySet


@dataclass(frozen=True, slots=True)
class Joined(MemberRow):
    joined_on: date
    feb29: Feb29


@register
class JoinAnniversary(Kind[Joined]):
    """Turn n falls n years after joining, n from 1: nobody is told that they have been here for 0 years."""

    key = "anniversary"
    title = _("Join anniversary")
    description = _("A word of thanks, each year on the day they joined.")
    act = _("Send an anniversary note")
    why = _("because you joined us on this day")
    tone = "accent"
    icon = "calendar-heart"
    priority = 20
    late_days = 7
    placeholders = {"years": _("the number of years they have been a member")}

    def candidates(self, members: MemberQuerySet, window: Window) -> Iterable[Joined]:
        rows = members.joined_on_days(days.month_days(window))
        columns = rows.values_list(*COMMON, "joined_on", "their_feb29")
        return (Joined(*row) for row in columns.iterator(chunk_size=CHUNK))

    def occurrences(self, row: Joined, window: Window) -> Iterable[Occurrence]:
        for due in days.yearly(row.joined_on.month, row.joined_on.day, window, feb29=row.feb29):
            years = due.year - row.joined_on.year
            if years >= 1:
                yield Occurrence(f"anniversary:{years}", due)

    def reason(self, attention: Attention) -> str:
        years = int(attention.cycle.partition(":")[2])
        return ngettext("%(n)d year with us", "%(n)d years with us", years) % {"n": years}

    def values(self, attention: Attention) -> Mapping[str, str]:
        years = int(attention.cycle.partition(":")[2])
        return {"years": ngettext("%(n)d year", "%(n)d years", years) % {"n": years}}

    def words(self, language: str) -> Words:
        with override(language):
            return Words(
                subject=gettext("{years} together"),
                body=gettext(
                    "Dear {first_name},\n\n"
                    "{belated}\n\n"
                    "It is {years} since you joined {community}. Thank you for being part of it.\n\n"
                    "{personal_line}\n\n"
                    "With gratitude,"
                ),
                belated=gettext("This comes a little late, and is meant no less warmly."),
            )
