"""What every package tells about a member on their page.

An app that knows something of members may have a module `timeline` with any of

    SORTS: Mapping[str, str]                                          what its rows are called in the filter
    rows(member, *, before, limit, team_member) -> list[TimelineRow]  what has happened
    header(member, *, now) -> list[HeaderFact]                        what stands beside the name

and is found as Django finds `admin`: nothing here names a package.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from importlib import import_module
from typing import Literal, Protocol, cast

from django.apps import apps
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.module_loading import module_has_submodule

from members.models import Member, TeamMember

Text = str | Promise
Tone = Literal["", "accent", "warm", "ok", "bad"]
# A package that tells several sorts may need asking more than once for enough of one; not for ever.
_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """Something that happened at an instant. `sort` is a key of the package's `SORTS`, `icon` a name of the sprite.

    `day` stands for the instant where no more than the calendar day is known. `by` is who did it. `is_private` draws
    the text as seen by builders only. `remove_url` is where a post removes it.
    """

    at: datetime
    sort: str
    icon: str
    title: Text
    text: Text = ""
    url: str = ""
    tone: Tone = ""
    day: date | None = None
    by: str = ""
    is_private: bool = False
    remove_url: str = ""

    @property
    def shown_day(self) -> date:
        """The day it is listed under: the one that is known, else the reader's day at that instant."""
        return self.day or timezone.localdate(self.at)


@dataclass(frozen=True, slots=True)
class HeaderFact:
    """One line beside the name: the last gesture, the next one, or what the member prefers."""

    place: Literal["last", "next", "preference"]
    text: Text
    at: datetime | None = None
    icon: str = ""
    url: str = ""
    tone: Tone = ""


class TimelineModule(Protocol):
    """The shape of a `timeline` module. Each of the three may be missing."""

    SORTS: Mapping[str, Text]

    def rows(self, member: Member, *, before: datetime, limit: int, team_member: TeamMember) -> list[TimelineRow]:
        """At most `limit` rows that happened before an instant, the newest first. Only what `team_member` may see."""
        ...

    def header(self, member: Member, *, now: datetime) -> list[HeaderFact]: ...


@dataclass(frozen=True, slots=True)
class Timeline:
    """A stretch of a member's timeline, the newest first. `earlier` is the instant to go on before; None at the end."""

    rows: list[TimelineRow]
    earlier: datetime | None


def packages() -> Iterator[TimelineModule]:
    """The timeline module of every app that has one."""
    for config in apps.get_app_configs():
        if module_has_submodule(config.module, "timeline"):
            yield cast(TimelineModule, import_module(f"{config.name}.timeline"))


def sorts() -> dict[str, Text]:
    """Every sort of row that some package tells, with its name."""
    return {sort: name for package in packages() for sort, name in getattr(package, "SORTS", {}).items()}


def timeline(member: Member, *, before: datetime, limit: int, team_member: TeamMember, sort: str = "") -> Timeline:
    """What happened before an instant, told by all packages together; with `sort`, only rows of that sort.

    About `limit` rows. Those that happened at the same instant stay together, so that going on before loses none.
    """
    shown: list[TimelineRow] = []
    here: datetime | None = before
    for _round in range(_ROUNDS):
        stretch, here = _stretch(member, before=here or before, limit=limit, team_member=team_member, sort=sort)
        shown += [row for row in stretch if not sort or row.sort == sort]
        if here is None or len(shown) >= limit:
            break
    return Timeline(shown, here)


def _stretch(
    member: Member, *, before: datetime, limit: int, team_member: TeamMember, sort: str
) -> tuple[list[TimelineRow], datetime | None]:
    """The next rows of all packages that know of `sort`, and the instant before which there are more."""
    told: list[TimelineRow] = []
    for package in packages():
        if hasattr(package, "rows") and (not sort or sort in package.SORTS):
            told += package.rows(member, before=before, limit=limit + 1, team_member=team_member)
    told.sort(key=lambda row: row.at, reverse=True)
    earlier = told[limit - 1].at if len(told) > limit else None
    return [row for row in told if earlier is None or row.at >= earlier], earlier


def header(member: Member, *, now: datetime) -> dict[str, list[HeaderFact]]:
    """What all packages say beside the name, by place."""
    facts: dict[str, list[HeaderFact]] = {"last": [], "next": [], "preference": []}
    for package in packages():
        for fact in package.header(member, now=now) if hasattr(package, "header") else ():
            facts[fact.place].append(fact)
    # Of several last gestures the latest is the last one, of several next the soonest.
    facts["last"].sort(key=lambda fact: fact.at.timestamp() if fact.at else 0, reverse=True)
    facts["next"].sort(key=lambda fact: fact.at.timestamp() if fact.at else float("inf"))
    return facts
