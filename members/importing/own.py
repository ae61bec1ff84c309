"""The fields of a community's own that a column may fill, beside those that every member has (`fields`).

A mapping calls such a field `custom.` and its key. A column that shall become a field is `new.` and its name: the field
is made when somebody confirms, so that looking writes nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from members import facts
from members.importing.fields import fold_column, has_meaning
from members.importing.options import Options
from members.models import Community, CustomField, User
from members.services import custom_fields

KEPT, NEW = "custom.", "new."


class Value(NamedTuple):
    """What a row says of one field: the value as `Member.custom` keeps it."""

    field: CustomField
    value: Any


def name_of(field: CustomField) -> str:
    """How a mapping calls it."""
    return KEPT + field.key


def named(fields: Iterable[CustomField]) -> dict[str, CustomField]:
    """The fields by their names in a mapping."""
    return {name_of(field): field for field in fields}


def fields_for(community: Community, options: Options) -> dict[str, CustomField]:
    """All fields by name, with those that a file is about to bring: unsaved, of text, and on nobody's record."""
    new = {name: _about_to_be(name) for name in options.mapping.values() if name.startswith(NEW)}
    return named(community.custom_fields.all()) | new


def columns(fields: Iterable[CustomField]) -> dict[str, str]:
    """What a column of a file is called that holds a field, by the field's name: its label, where no other column could
    be meant by that."""
    fields = list(fields)
    folded = [fold_column(field.label) for field in fields]
    return {
        name_of(field): field.label if _is_plain(field.label, word) and folded.count(word) == 1 else name_of(field)
        for field, word in zip(fields, folded, strict=True)
    }


def _is_plain(label: str, folded: str) -> bool:
    return bool(folded) and not has_meaning(folded) and not label.startswith(KEPT)


def as_cell(value: Any) -> str:
    """A value of `Member.custom`, or None, as a cell that is read back as the same."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else custom_fields.plain(value)


def make_new(community: Community, options: Options, *, by: User | None) -> Options:
    """Make the fields that a file brings; the options that name them. One of text, made meanwhile, is taken.

    Raises ValidationError when the community has as many fields as it may, or one of another sort is called so.
    """
    if not any(name.startswith(NEW) for name in options.mapping.values()):
        return options
    custom_fields.one_at_a_time(community)
    there = {facts.tag_key(field.label): field for field in community.custom_fields.all()}
    mapping = dict(options.mapping)
    for column, name in options.mapping.items():
        if name.startswith(NEW):
            label = name.removeprefix(NEW)
            field = there.get(facts.tag_key(label))
            if field is None or field.sort != CustomField.Sort.TEXT:
                field = custom_fields.add_field(
                    community, label=label, sort=CustomField.Sort.TEXT, is_shown_to_member=False, by=by
                )
            mapping[column] = name_of(field)
    return replace(options, mapping=mapping)


def columns_there(mapping: Mapping[str, str], fields: Iterable[CustomField]) -> dict[str, str]:
    """The mapping with fields that are there by now in the place of those that a file was to bring."""
    there = {NEW + facts.tag_key(field.label): name_of(field) for field in fields}
    keys = {name: NEW + facts.tag_key(name.removeprefix(NEW)) for name in mapping.values() if name.startswith(NEW)}
    return {column: there.get(keys.get(name, ""), name) for column, name in mapping.items()}


def known(mapping: Mapping[str, str]) -> dict[str, str]:
    """What may be kept of a mapping for the next file: by then a new field is one that is there."""
    return {column: name for column, name in mapping.items() if not name.startswith(NEW)}


def _about_to_be(name: str) -> CustomField:
    return CustomField(key=name, label=name.removeprefix(NEW), sort=CustomField.Sort.TEXT)
