"""The language itself: a filter, how it is read, said and applied. Its words are in `words`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _

from members.models import Community
from members.querysets import MemberQuerySet

MAX_VALUES = 50


class FilterError(ValueError):
    """A filter that cannot be read; the message says which word, and why."""


@dataclass(frozen=True)
class Moment:
    """Where and when a filter is applied, and by whom: `by_email` is False for those who may not see addresses."""

    community: Community
    today: date
    now: datetime
    by_email: bool = True

    @cached_property
    def tag_ids(self) -> dict[str, UUID]:
        """The community's tags by key. Asked for beforehand: a database that knows the tag knows how many have it."""
        return dict(self.community.tags.values_list("key", "pk"))


@dataclass(frozen=True, slots=True)
class Known:
    """What a community has, so that a filter can be said in its own words."""

    tags: frozenset[str] | None = None  # keys; None when nobody looked
    fields: Mapping[str, str] = field(default_factory=dict)  # key to label


@dataclass(frozen=True, slots=True)
class Word:
    """One word of the language. `parse` turns what JSON or an address holds into a value, or raises ValueError.

    A value is hashable; `is_list` words have a tuple, and stand several times in an address.
    """

    name: str
    parse: Callable[[Any], Any]
    condition: Callable[[Any, Moment], Q]
    say: Callable[[Any, Known], str]
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """Words with their values, in the order of the registry. An empty one means everybody."""

    values: tuple[tuple[str, Any], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.values)

    def __contains__(self, name: str) -> bool:
        return any(word == name for word, _value in self.values)

    def get(self, name: str, default: Any = None) -> Any:
        return dict(self.values).get(name, default)

    @property
    def searched(self) -> str:
        """The text of the search box."""
        return str(self.get("q", ""))

    def without(self, *names: str) -> "Filter":
        return Filter(tuple((word, value) for word, value in self.values if word not in names))

    def to_json(self) -> dict[str, Any]:
        """What `parse` reads back into an equal filter."""
        return {word: _dump(value) for word, value in self.values}

    def to_query(self) -> str:
        """The same as the query of an address, which `from_query` reads back."""
        query = QueryDict(mutable=True)
        for word, value in self.to_json().items():
            query.setlist(word, [_in_address(one) for one in (value if isinstance(value, list) else [value])])
        return query.urlencode(safe="/")


WORDS: dict[str, Word] = {}


def register(word: Word) -> Word:
    """Add a word to the language."""
    WORDS[word.name] = word
    return word


def parse(data: Any) -> Filter:
    """Read a filter from JSON. An empty value says nothing. Raises FilterError for what cannot be understood."""
    if not isinstance(data, Mapping):
        raise FilterError(_("A filter is a set of words with values."))
    unknown = [str(name) for name in data if name not in WORDS]
    if unknown:
        raise FilterError(
            _("“%(word)s” is not a word of this filter. Known are: %(known)s.")
            % {"word": unknown[0][:40], "known": ", ".join(sorted(WORDS))}
        )
    values = []
    for name, word in WORDS.items():
        raw = data.get(name)
        if raw is None or raw == "" or raw == []:
            continue
        try:
            value = _parse_list(word, raw) if word.is_list else word.parse(raw)
        except (ValueError, TypeError) as error:
            said = {"word": name.replace("_", " "), "error": error}
            raise FilterError(_("%(word)s: %(error)s") % said) from None
        if value not in ("", ()):
            values.append((name, value))
    return Filter(tuple(values))


def from_query(query: QueryDict) -> Filter:
    """Read a filter from the query of an address; what else stands there is not ours. Raises FilterError.

    A form cannot write `field=diet=vegan` without a script: `field.diet=vegan` means the same.
    """
    data = {name: query.getlist(name) if word.is_list else query[name] for name, word in WORDS.items() if name in query}
    asked = [
        f"{name[6:]}={value}" for name in query if name.startswith("field.") for value in query.getlist(name) if value
    ]
    if asked:
        data["field"] = [*data.get("field", []), *asked]
    return parse(
        {name: [one for one in raw if one] if isinstance(raw, list) else raw.strip() for name, raw in data.items()}
    )


def apply(
    filter: Filter,
    members: MemberQuerySet,
    *,
    community: Community,
    today: date,
    now: datetime,
    by_email: bool = True,
) -> MemberQuerySet:
    """Those of `members`, all of one community, whom the filter means. `today` is the community's day."""
    return members.filter(condition(filter, Moment(community, today, now, by_email)))


def condition(filter: Filter, moment: Moment) -> Q:
    """The same as a condition on members."""
    wanted = Q()
    for name, value in filter.values:
        wanted &= WORDS[name].condition(value, moment)
    return wanted


def describe(filter: Filter, known: Known | None = None) -> str:
    """The filter in words, in the language of the reader."""
    return ", ".join(phrases(filter, known).values()) or _("everybody")


def phrases(filter: Filter, known: Known | None = None) -> dict[str, str]:
    """Each word of the filter, said."""
    return {name: WORDS[name].say(value, known or Known()) for name, value in filter.values}


def known_of(community: Community) -> Known:
    """The tags and custom fields of a community."""
    return Known(
        tags=frozenset(community.tags.values_list("key", flat=True)),
        fields=dict(community.custom_fields.values_list("key", "label")),
    )


def _parse_list(word: Word, raw: Any) -> tuple[Any, ...]:
    raws = raw if isinstance(raw, list | tuple) else [raw]
    if len(raws) > MAX_VALUES:
        raise ValueError(_("at most %d values.") % MAX_VALUES)
    return tuple(dict.fromkeys(word.parse(one) for one in raws))


def _dump(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return ["=".join(one) if isinstance(one, tuple) else _dump(one) for one in value]
    return value


def _in_address(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
