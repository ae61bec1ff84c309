"""What every package says about the personal data it keeps.

An app that keeps something on members has a module `privacy` with

    FIELDS: Mapping[str, Kept]                     "outbox.Message.text" -> why it is kept, and until when
    export(member) -> dict[str, list[Row]]         what it holds on one member: a name for each list of rows
    erase(member) -> None                          make all of it go, inside the transaction of `erase_member`
    forget(now) -> dict[str, int]                  optional: drop what has been kept long enough; what was dropped
    shown(member) -> list[Section]                 optional: the same in words, for the member's own page

and is found as Django finds `admin`: nothing here names a package.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from importlib import import_module
from typing import Any, Protocol, cast

from django.apps import apps
from django.utils.functional import Promise
from django.utils.module_loading import module_has_submodule

from members.models import Member

Row = Mapping[str, Any]
Text = str | Promise


@dataclass(frozen=True, slots=True)
class Kept:
    """Why a personal field is kept, and until when, in words for the member."""

    why: Text
    until: Text


@dataclass(frozen=True, slots=True)
class Line:
    """One thing kept: when it was, what it was, and its words if it had any."""

    at: datetime | date | None
    title: Text
    text: Text = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a member's own page. `empty` is said when there is nothing."""

    title: Text
    icon: str
    lines: list[Line]
    empty: Text


class PrivacyModule(Protocol):
    """The shape of a `privacy` module. `forget` and `shown` may be missing."""

    FIELDS: Mapping[str, Kept]

    def export(self, member: Member) -> dict[str, list[Row]]: ...

    def erase(self, member: Member) -> None: ...

    def forget(self, now: datetime) -> dict[str, int]: ...

    def shown(self, member: Member) -> list[Section]: ...


def packages() -> Iterator[tuple[str, PrivacyModule]]:
    """The privacy module of every app that has one, by the app's label, lowest app last."""
    for config in apps.get_app_configs():
        if module_has_submodule(config.module, "privacy"):
            yield config.label, cast(PrivacyModule, import_module(f"{config.name}.privacy"))


def fields() -> dict[str, Kept]:
    """Every personal field of every package."""
    return {name: kept for _label, module in packages() for name, kept in module.FIELDS.items()}


def sections(member: Member) -> list[Section]:
    """What every package shows a member of what it holds on them."""
    found = [getattr(module, "shown", None) for _label, module in packages()]
    return [section for shown in found if shown for section in shown(member)]
