"""A note on a member's birthday, in the builder's own words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from attentions.kinds.base import Kind, Occurrence, Words, register
from care.lib import days
from care.lib.days import Feb29, Window

if TYPE_CHECKING:
    from attentions.models import Attention
    from members.querysets import MemberQuerySet


class Born(NamedTuple):
    birth_month: int
    birth_day: int
    their_feb29: Feb29


@register
class Birthday(Kind[Born]):
    """One turn each calendar year. The year of birth plays no part in when, only in the age where it is known."""

    key = "birthday"
    facts = Born
    title = _("Birthday")
    description = _("A note on the day, in your words. Nobody is left out, and nobody gets two.")
    act = _("Send a birthday note")
    why = _("because you told us your birthday")
    tone = "warm"
    icon = "cake"
    priority = 10
    late_days = 3
    placeholders = {"age": _("the age they reach, where the year is known")}
    optional = frozenset({"age"})

    def candidates(self, members: MemberQuerySet, window: Window) -> MemberQuerySet:
        return members.born_on(days.month_days(window))

    def occurrences(self, facts: Born, window: Window) -> Iterable[Occurrence]:
        for due in days.yearly(facts.birth_month, facts.birth_day, window, feb29=facts.their_feb29):
            yield Occurrence(f"birthday:{due.year}", due)

    def reason(self, attention: Attention) -> str:
        age = self.values(attention)["age"]
        return gettext("turns %(age)s") % {"age": age} if age else gettext("has a birthday")

    def values(self, attention: Attention) -> Mapping[str, str]:
        born = attention.member.birth_year if attention.member else None
        return {"age": str(attention.due_on.year - born) if born and born < attention.due_on.year else ""}

    def words(self, language: str) -> Words:
        with override(language):
            return Words(
                subject=gettext("Happy birthday, {first_name}"),
                body=gettext(
                    "Dear {first_name},\n\n"
                    "{belated}\n\n"
                    "A happy birthday from all of us at {community}. It is good to have you here.\n\n"
                    "{personal_line}\n\n"
                    "Have a lovely day,"
                ),
                belated=gettext("This comes a little late, and is meant no less warmly."),
            )
