"""What a kind of attention is.

A kind answers two questions, and they are kept apart. `candidates` narrows, in SQL and on an index, to the members
that may have a turn inside a window. `occurrences` says, from the facts about one of them, on which days exactly: pure
arithmetic of dates, with no clock and no database, so that it can be tested with thousands of made-up members. Members
who share these facts share their turns, so that a community of a million asks a few thousand times.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, TypeVar
from uuid import UUID

from django.apps import apps
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from care.lib.days import Window

if TYPE_CHECKING:
    from attentions.models import Attention
    from members.querysets import MemberQuerySet

Text = str | Promise


class Nature(Enum):
    """The four sorts of small attention of the article."""

    MATERIAL = "material"
    SERVICING = "servicing"
    EXPERIENTIAL = "experiential"
    IMMATERIAL = "immaterial"

    @property
    def label(self) -> Text:
        return {
            "material": _("Something to hold"),
            "servicing": _("A service"),
            "experiential": _("An experience"),
            "immaterial": _("A kind word"),
        }[self.value]


Facts = TypeVar("Facts", bound=NamedTuple)


@dataclass(frozen=True, slots=True)
class Candidate(Generic[Facts]):
    """A member that may have turns, and the facts that say which.

    `known_from` is the day we learned of the member: no turn before it. `by_mail` is whether a mail can reach them.
    """

    id: UUID
    zone: str
    known_from: date
    by_mail: bool
    facts: Facts


# The columns of `MemberQuerySet.for_planning()` that fill a `Candidate` up to its facts, in its order.
_COMMON = ("id", "their_zone", "known_from", "by_mail")
# Candidates are read in pieces, so that a community of a million needs no more memory than one of ten.
_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One turn. `cycle` names it for ever (`birthday:2027`), `due_on` is its day today, `detail` says what for."""

    cycle: str
    due_on: date
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """A default wording, in the placeholder language of `attentions.wording`."""

    subject: str
    body: str
    belated: str = ""


class Kind(ABC, Generic[Facts]):
    """A sort of attention.

    `facts` is the class of what its turns depend on: a named tuple whose fields are columns of the candidates.
    `key` is stored with every attention and never changes. `priority` decides which of two greetings keeps a day: the
    lower number stays. `late_days` is how long a note is still welcome after its day. `placeholders` are the words this
    kind adds to those every wording knows, each with its explanation; those in `optional` may be empty for a member
    and need a fallback where they are used.
    """

    key: ClassVar[str]
    facts: ClassVar[Any]
    title: ClassVar[Text]
    description: ClassVar[Text]
    act: ClassVar[Text]
    why: ClassVar[Text]
    nature: ClassVar[Nature] = Nature.IMMATERIAL
    tone: ClassVar[str] = "accent"
    icon: ClassVar[str] = "heart"
    priority: ClassVar[int] = 50
    late_days: ClassVar[int] = 3
    hour: ClassVar[int] = 9
    placeholders: ClassVar[Mapping[str, Text]] = {}
    optional: ClassVar[frozenset[str]] = frozenset()

    @abstractmethod
    def candidates(self, members: MemberQuerySet, window: Window) -> MemberQuerySet:
        """Those of `members` that may have a turn inside `window`, by an index. Too many is safe, too few is not.

        Where another table is joined, a member may come several times, with different facts.
        """

    @abstractmethod
    def occurrences(self, facts: Facts, window: Window) -> Iterable[Occurrence]:
        """The turns inside `window` of everybody with these facts. Pure: the same input gives the same list."""

    def read(self, members: MemberQuerySet, window: Window) -> Iterator[Candidate[Facts]]:
        """The candidates, one after the other."""
        rows = self.candidates(members, window).values_list(*_COMMON, *self.facts._fields)
        for row in rows.iterator(chunk_size=_CHUNK):
            pk, zone, known_from, by_mail, *facts = row
            yield Candidate(pk, zone, known_from, by_mail, self.facts(*facts))

    @abstractmethod
    def reason(self, attention: Attention) -> str:
        """Why this gesture, in a few words that follow the name: "turns 34", "three years with us"."""

    def values(self, attention: Attention) -> Mapping[str, str]:
        """The values of the kind's own placeholders for one member; empty text where unknown."""
        return {}

    @abstractmethod
    def words(self, language: str) -> Words:
        """The wording that a new ritual of this kind starts with."""


_registry: dict[str, Kind[Any]] = {}
_KindClass = TypeVar("_KindClass", bound=type[Kind[Any]])


def register(kind: _KindClass) -> _KindClass:
    """Make a kind known. Another class under a known key is an error."""
    known = _registry.get(kind.key)
    if known is not None and type(known).__qualname__ != kind.__qualname__:
        raise ValueError(f"There are two kinds of attention with the key {kind.key!r}.")
    _registry[kind.key] = kind()
    return kind


def unregister(key: str) -> None:
    """Forget a kind, as if its file had been removed."""
    _registry.pop(key, None)


def kinds() -> list[Kind[Any]]:
    """All kinds, most urgent first."""
    return sorted(_registry.values(), key=lambda kind: (kind.priority, kind.key))


def kind_of(key: str) -> Kind[Any] | None:
    """The kind with this key; None when its file has been removed since."""
    return _registry.get(key)


def discover() -> None:
    """Import every module of every app's `kinds` package, so that its kinds register themselves."""
    for config in apps.get_app_configs():
        package = f"{config.name}.kinds"
        spec = find_spec(package)
        for module in iter_modules(spec.submodule_search_locations if spec else None) if spec else ():
            import_module(f"{package}.{module.name}")
