"""What becomes of a person of a file beside the member on record, if there is one. Knows no database.

Only what is empty on record is filled, unless the field was ticked to be overwritten; an empty cell takes nothing away.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from members import facts
from members.importing.options import Options
from members.importing.own import name_of
from members.importing.rows import FIELD_OF, Introducer, Person
from members.models import CustomField, Member
from members.services.members import hold_end, welcome_day

_BIRTHDAY = ("birth_month", "birth_day", "birth_year")
_SIMPLE = ("name", "preferred_name", "pronouns", "language", "time_zone", "country", "company", "joined_on")


class Fate(StrEnum):
    """What an import does with a row. The first letters differ: a dry run remembers the fates of all rows by them."""

    NEW = "new"
    UPDATED = "updated"
    SAME = "same"
    REJECTED = "rejected"


@dataclass(slots=True)
class Change:
    """A field of the file (not of Member) with what is on record and what the file says: one value, or the three of a
    birthday. `own` is the field where it is one of the community's own."""

    field: str
    before: list[Any]
    after: list[Any]
    own: CustomField | None = None


@dataclass(slots=True)
class Verdict:
    """What becomes of a row. `values` are the columns of Member to write, `kept` where the record differs and stays.

    `member` is who is on record; `member_id` is theirs, or the one that a new member gets when written.
    """

    row: int
    fate: Fate
    person: Person | None = None
    member: Member | None = None
    member_id: UUID | None = None
    error: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    kept: list[Change] = field(default_factory=list)
    new_tags: list[str] = field(default_factory=list)
    new_notes: list[str] = field(default_factory=list)
    wants: Introducer | None = None
    warnings: list[str] = field(default_factory=list)


def reject(row: int, error: str) -> Verdict:
    return Verdict(row, Fate.REJECTED, error=error)


def newcomer(person: Person, options: Options, *, today: date) -> Verdict:
    """Somebody who is not on record yet. Whoever joined before today is owed no welcome unless one asks for it."""
    status = person.status or Member.Status.ACTIVE
    joined_on, welcome_on = person.joined_on, None
    if status in {Member.Status.ACTIVE, Member.Status.INVITED}:
        if joined_on and joined_on >= today:
            welcome_on = joined_on
        elif options.welcome:
            welcome_on = today
    values = {
        **person.facts,
        **({"custom": {own.field.key: own.value for own in person.own}} if person.own else {}),
        "email_key": person.email_key,
        "name_key": facts.name_key(
            person.name, person.facts.get("preferred_name", ""), person.facts.get("company", "")
        ),
        "status": status,
        "left_on": max(today, joined_on or today) if status == Member.Status.LEFT else None,
        "known_from": today,
        "is_imported": True,
        "welcome_on": welcome_on,
    }
    return Verdict(
        person.row,
        Fate.NEW,
        person,
        values=values,
        new_tags=person.tags,
        new_notes=person.notes,
        wants=person.introducer,
        warnings=person.warnings,
    )


def compare(
    person: Person,
    member: Member,
    options: Options,
    *,
    today: date,
    tags: Collection[str] = (),
    notes: Collection[str] = (),
) -> Verdict:
    """Somebody who is on record: what the file adds. `tags` are the keys and `notes` the texts that are there."""
    verdict = Verdict(person.row, Fate.SAME, person, member, member.pk, warnings=person.warnings)
    for name in _SIMPLE:
        if name in person.facts:
            _weigh(verdict, member, options, FIELD_OF.get(name, name), {name: person.facts[name]})
    _weigh_birthday(verdict, person, member, options)
    _weigh_own(verdict, person, member, options)
    if person.status and person.status != member.status:
        left_on = today if person.status == Member.Status.LEFT else None
        _weigh(verdict, member, options, "status", {"status": person.status, "left_on": left_on}, shown=("status",))
    _follow(verdict.values, member)
    verdict.new_tags = [name for name in person.tags if facts.tag_key(name) not in tags]
    verdict.new_notes = [text for text in person.notes if text not in notes]
    if person.introducer and (member.introduced_by_id is None or "introduced_by" in options.overwrite):
        verdict.wants = person.introducer
    if verdict.values or verdict.new_tags or verdict.new_notes:
        verdict.fate = Fate.UPDATED
    joined_on, left_on = (verdict.values.get(name, getattr(member, name)) for name in ("joined_on", "left_on"))
    if joined_on and left_on and joined_on > left_on:
        return reject(person.row, _("They cannot have joined after they left."))
    return verdict


def _weigh_birthday(verdict: Verdict, person: Person, member: Member, options: Options) -> None:
    """A birthday counts as one: a year fills an empty year only if day and month agree."""
    told = {name: person.facts.get(name) for name in _BIRTHDAY}
    if told["birth_month"] is None:
        return
    if (member.birth_month, member.birth_day) == (told["birth_month"], told["birth_day"]):
        if told["birth_year"] is None:
            return
        if member.birth_year is None:
            options = Options(overwrite=frozenset({"birthday"}))
    _weigh(verdict, member, options, "birthday", told)


def _weigh_own(verdict: Verdict, person: Person, member: Member, options: Options) -> None:
    told = {
        field.key: value
        for field, value in person.own
        if _fills(verdict, options, Change(name_of(field), [member.custom.get(field.key)], [value], field))
    }
    if told:
        verdict.values["custom"] = {**member.custom, **told}


def _weigh(
    verdict: Verdict,
    member: Member,
    options: Options,
    name: str,
    told: dict[str, Any],
    *,
    shown: tuple[str, ...] | None = None,
) -> None:
    """Take over what the file says of a field, unless the record keeps its own."""
    compared = shown or tuple(told)
    before = [getattr(member, column) for column in compared]
    if _fills(verdict, options, Change(name, before, [told[column] for column in compared])):
        verdict.values |= told


def _fills(verdict: Verdict, options: Options, change: Change) -> bool:
    """Whether the file fills or replaces a field; the verdict notes it, or that the record keeps its own."""
    if change.before == change.after:
        return False
    is_kept = any(value not in (None, "") for value in change.before) and change.field not in options.overwrite
    (verdict.kept if is_kept else verdict.changes).append(change)
    return not is_kept


def _follow(values: dict[str, Any], member: Member) -> None:
    """What the services keep in line with the facts."""
    if values.keys() & {"name", "preferred_name", "company"}:
        values["name_key"] = facts.name_key(
            *(values.get(name, getattr(member, name)) for name in ("name", "preferred_name", "company"))
        )
    if "time_zone" in values and member.hold_until:
        values["hold_ends_at"] = hold_end(member.hold_until, values["time_zone"])
    if "joined_on" in values and member.welcome_on and not member.is_imported:
        values["welcome_on"] = welcome_day(values["joined_on"], member.known_from)
