"""A personal welcome for a newcomer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from attentions.kinds.base import Kind, Occurrence, Words, register
from care.lib.days import Window

if TYPE_CHECKING:
    from attentions.models import Attention
    from members.querysets import MemberQuerySet


class Newcomer(NamedTuple):
    welcome_on: date


@register
class Welcome(Kind[Newcomer]):
    """One turn ever, from the day the member is owed a welcome."""

    key = "welcome"
    facts = Newcomer
    title = _("Welcome")
    description = _("A personal word to each newcomer, from a named person who reads the answer.")
    act = _("Send a welcome")
    why = _("because you have just joined us")
    tone = "ok"
    icon = "door-open"
    priority = 40
    late_days = 14

    def candidates(self, members: MemberQuerySet, window: Window) -> MemberQuerySet:
        return members.filter(welcome_on__range=(window.first, window.last))

    def occurrences(self, facts: Newcomer, window: Window) -> Iterable[Occurrence]:
        if facts.welcome_on in window:
            yield Occurrence("welcome", facts.welcome_on)

    def reason(self, attention: Attention) -> str:
        return gettext("has just joined")

    def words(self, language: str) -> Words:
        with override(language):
            return Words(
                subject=gettext("Welcome to {community}, {first_name}"),
                body=gettext(
                    "Dear {first_name},\n\n"
                    "Welcome to {community}. I am glad that you are here.\n\n"
                    "{personal_line}\n\n"
                    "If you tell me what you hope to find here, I will point you to the right people. "
                    "Just answer this mail: I read every one.\n\n"
                    "See you soon,"
                ),
            )
