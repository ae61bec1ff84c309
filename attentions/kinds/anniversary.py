"""A note on the day a member joined, each year from the first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext, ngettext, override
from django.utils.translation import gettext_lazy as _

from attentions.kinds.base import Kind, Occurrence, Words, register
from care.lib import days
from care.lib.days import Feb29, Window

if TYPE_CHECKING:
    from attentions.models import Attention
    from members.querysets import MemberQuerySet


class Joined(NamedTuple):
    joined_on: date
    their_feb29: Feb29


@register
class JoinAnniversary(Kind[Joined]):
    """Turn n falls n years after joining, n from 1: nobody is told that they have been here for 0 years."""

    key = "anniversary"
    facts = Joined
    title = _("Join anniversary")
    description = _("A word of thanks, each year on the day they joined.")
    act = _("Send an anniversary note")
    why = _("because you joined us on this day")
    tone = "accent"
    icon = "calendar-heart"
    priority = 20
    late_days = 7
    placeholders = {"years": _("the number of years they have been a member")}

    def candidates(self, members: MemberQuerySet, window: Window) -> MemberQuerySet:
        return members.joined_on_days(days.month_days(window))

    def occurrences(self, facts: Joined, window: Window) -> Iterable[Occurrence]:
        joined = facts.joined_on
        for due in days.yearly(joined.month, joined.day, window, feb29=facts.their_feb29):
            years = due.year - joined.year
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
