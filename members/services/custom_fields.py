"""Writing custom fields, and what their values may be."""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from care.lib.counts import Count, count_to
from care.lib.json_key import WithoutKey
from members import audit, facts
from members.models import Community, CustomField, Member, User
from members.services.locking import take_turns

MAX_FIELDS = 40
MAX_CHOICES = 60
MAX_TEXT = 500
# More members than that with a value are not counted one by one.
MANY = 1_000


def clean_values(community: Community, values: Mapping[str, Any], *, present: Mapping[str, Any]) -> dict[str, Any]:
    """What `Member.custom` becomes: `present` with these values by key written over it, an empty one taken out.

    Raises ValidationError on `custom`.
    """
    fields = {field.key: field for field in community.custom_fields.all()}
    kept, errors = dict(present), []
    for key, value in values.items():
        if value is not None and value == present.get(key):
            continue  # what is on record stays, also a choice that has been taken off the list since
        try:
            if key not in fields:
                raise ValidationError(_("There is no such field here."))
            cleaned = clean_value(fields[key], value)
        except ValidationError as error:
            name = fields[key].label if key in fields else key
            errors += [_("%(name)s: %(words)s") % {"name": name, "words": message} for message in error.messages]
            continue
        kept.pop(key, None)
        if cleaned is not None:
            kept[key] = cleaned
    if errors:
        raise ValidationError({"custom": errors})
    return kept


def clean_value(field: CustomField, value: Any) -> str | int | float | bool | None:
    """One value as kept in `Member.custom`: text, number, ISO date, choice or bool; None when empty."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    return _CLEAN[CustomField.Sort(field.sort)](field, value)


def _text(_field: CustomField, value: Any) -> str:
    return facts.clean_line(str(value), MAX_TEXT)


_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")


def _number(_field: CustomField, value: Any) -> int | float:
    text = unicodedata.normalize("NFKC", str(value)).replace(" ", "")
    if _THOUSANDS.fullmatch(text):
        if text.count(",") == 1 and "." not in text:
            raise ValidationError(_("This could be thousands or a fraction: write 1234, or 1.234."))
        text = text.replace(",", "")
    text = text.replace(",", ".")
    if isinstance(value, bool) or len(text) > 20 or not re.fullmatch(r"[+-]?\d+(\.\d+)?", text):
        raise ValidationError(_("A number is needed here."))
    number = float(text)
    if not math.isfinite(number) or abs(number) >= 2**53:
        raise ValidationError(_("This number is too large."))
    return int(number) if number.is_integer() else number


def _date(_field: CustomField, value: Any) -> str:
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value).strip())
    except ValueError:
        raise ValidationError(_("A date is needed here, such as 2026-03-31.")) from None
    return day.isoformat()


def _choice(field: CustomField, value: Any) -> str:
    known = {facts.tag_key(choice): choice for choice in field.choices}
    found = known.get(facts.tag_key(str(value)))
    if found is None:
        raise ValidationError(_("“%(value)s” is not one of the choices."), params={"value": str(value)[:60]})
    return found


def plain(value: str | int | float) -> str:
    """A text as it is, a number without thousands and without an exponent: it is read back as the same."""
    return format(Decimal(repr(value)), "f") if isinstance(value, float) else str(value)


_WORDS = {
    **dict.fromkeys(("yes", "y", "true", "1", "oui", "o", "vrai"), True),
    **dict.fromkeys(("no", "n", "false", "0", "non", "faux"), False),
}


def _yes_no(_field: CustomField, value: Any) -> bool:
    found = value if isinstance(value, bool) else _WORDS.get(str(value).strip().casefold())
    if found is None:
        raise ValidationError(_("Yes or no is needed here."))
    return found


_CLEAN = {
    CustomField.Sort.TEXT: _text,
    CustomField.Sort.NUMBER: _number,
    CustomField.Sort.DATE: _date,
    CustomField.Sort.CHOICE: _choice,
    CustomField.Sort.YES_NO: _yes_no,
}


@transaction.atomic
def add_field(
    community: Community,
    *,
    label: str,
    sort: str,
    choices: Iterable[str] = (),
    is_shown_to_member: bool = True,
    by: User | None,
) -> CustomField:
    """Add a field after the others. Its key is made from the label and stays. Raises ValidationError by field."""
    one_at_a_time(community)
    present = list(community.custom_fields.all())
    label = clean_label(label, present)
    if sort not in CustomField.Sort.values:
        raise ValidationError({"sort": _("Choose one of the list.")})
    field = CustomField.objects.create(
        community=community,
        key=_new_key(label, {other.key for other in present}),
        label=label,
        sort=sort,
        choices=clean_choices(choices) if sort == CustomField.Sort.CHOICE else [],
        is_shown_to_member=is_shown_to_member,
        position=max((other.position for other in present), default=-1) + 1,
    )
    audit.record(community, actor=by, verb="custom_field.added", subject=field, fields=["label", "sort", "choices"])
    return field


@transaction.atomic
def change_field(field: CustomField, *, label: str, choices: Iterable[str], is_shown_to_member: bool, by: User) -> None:
    """Change how a field is called, what may be chosen and who corrects it. Its sort stays: values depend on it."""
    one_at_a_time(field.community)
    others = [other for other in field.community.custom_fields.all() if other.pk != field.pk]
    field.label = clean_label(label, others)
    field.choices = clean_choices(choices) if field.sort == CustomField.Sort.CHOICE else []
    field.is_shown_to_member = is_shown_to_member
    names = ["label", "choices", "is_shown_to_member"]
    field.save(update_fields=names)
    audit.record(field.community, actor=by, verb="custom_field.changed", subject=field, fields=names)


@transaction.atomic
def order_fields(community: Community, *, ids: list[UUID], by: User) -> None:
    """Put the fields into this order; those not named follow as they were."""
    fields = list(community.custom_fields.all())
    rank = {pk: place for place, pk in enumerate(ids)}
    fields.sort(key=lambda field: rank.get(field.pk, len(ids)))
    for place, field in enumerate(fields):
        field.position = place
    CustomField.objects.bulk_update(fields, ["position"])
    audit.record(community, actor=by, verb="custom_field.ordered", fields=["position"])


def members_with(field: CustomField) -> Count:
    """How many members have a value in this field, counted no further than MANY."""
    return count_to(Member.objects.filter(community=field.community_id, custom__has_key=field.key), MANY)


@transaction.atomic
def delete_field(field: CustomField, *, by: User) -> int:
    """Delete a field and its value on every member; how many values went."""
    community = field.community
    take_turns(community)  # an import that goes on now knows the field no more
    having = Member.objects.filter(community=community, custom__has_key=field.key)
    # Locked in the order in which others lock many, so that they wait for one another instead of forever.
    locked = having.select_for_update(no_key=True).order_by("pk").values("pk")
    gone = Member.objects.filter(pk__in=locked).update(custom=WithoutKey("custom", field.key))
    audit.record(community, actor=by, verb="custom_field.deleted", subject=field, fields=[field.key], count=gone)
    field.delete()
    return gone


def clean_choices(choices: Iterable[str]) -> list[str]:
    """The choices, one of each; raises ValidationError on `choices`."""
    try:
        cleaned = {facts.tag_key(line): line for choice in choices if (line := facts.clean_line(choice, 60))}
    except ValidationError as error:
        raise ValidationError({"choices": list(error)}) from None
    if len(cleaned) < 2:
        raise ValidationError({"choices": _("Give at least two choices, one on each line.")})
    if len(cleaned) > MAX_CHOICES:
        raise ValidationError({"choices": _("At most %d choices.") % MAX_CHOICES})
    return list(cleaned.values())


def one_at_a_time(community: Community) -> None:
    """Let nobody else change the fields until the transaction ends: labels and their number are looked at first."""
    Community.objects.select_for_update(no_key=True).get(pk=community.pk)


def clean_label(label: str, others: list[CustomField]) -> str:
    """The label of a field beside these others, of which there may be 39. Raises ValidationError, on `label` if it is
    what is wrong."""
    if len(others) >= MAX_FIELDS:
        raise ValidationError(_("%d fields are enough: delete one first.") % MAX_FIELDS)
    try:
        label = facts.clean_line(label, 60)
    except ValidationError as error:
        raise ValidationError({"label": list(error)}) from None
    if not label:
        raise ValidationError({"label": _("Give the field a label.")})
    if facts.tag_key(label) in {facts.tag_key(other.label) for other in others}:
        raise ValidationError({"label": _("There is a field “%s” already.") % label})
    return label


def _new_key(label: str, taken: set[str]) -> str:
    """A key that begins with a letter, so that it can never be read as an index or a lookup of JSON."""
    stem = slugify(label)[:30].strip("-_") or "field"
    stem = re.sub(r"_+", "_", stem if stem[0].isalpha() else f"f-{stem}")
    key, number = stem, 2
    while key in taken:
        key, number = f"{stem}-{number}", number + 1
    return key
