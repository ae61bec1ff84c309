"""What may be known of a member, cleaned: the one place that says what is accepted, for forms, imports and services."""

import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from care.lib import addresses, days
from care.lib.fold import fold
from care.lib.zones import close_zones
from members.models import Community, Member

# The facts that people may write. All others are kept by the services.
FACTS = (
    "name",
    "preferred_name",
    "pronouns",
    "email",
    "language",
    "time_zone",
    "country",
    "company",
    "birth_month",
    "birth_day",
    "birth_year",
    "feb29",
    "joined_on",
    "introduced_by",
    "custom",
)
FIRST_YEAR, LAST_YEAR = 1900, 2200
MAX_NOTE = 10_000


def name_key(name: str, preferred_name: str, company: str) -> str:
    """What a member is sorted and found by, as kept in `Member.name_key`."""
    return fold(f"{name} {preferred_name} {company}")[:300]


def tag_key(name: str) -> str:
    """What makes two tags the same: capitals and spaces do not."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())[:50]


def clean(facts: Mapping[str, Any], *, today: date) -> dict[str, Any]:
    """The given facts, cleaned. Raises ValidationError with a message for each field that cannot be."""
    unknown = set(facts) - set(FACTS)
    if unknown:
        raise TypeError(f"Not facts of a member: {sorted(unknown)}")
    cleaned: dict[str, Any] = {}
    errors: dict[str, list[Any]] = {}
    for field, value in facts.items():
        try:
            cleaned[field] = _CLEAN.get(field, _as_is)(value)
        except ValidationError as error:
            errors[field] = list(error)
    try:
        birthday(cleaned, today=today)
    except ValidationError as error:
        errors.setdefault("birth_day", []).extend(error)
    if errors:
        raise ValidationError(errors)
    return cleaned


def birthday(facts: Mapping[str, Any], *, today: date) -> None:
    """Raise ValidationError when the birthday in these facts is half given, or a day that never was."""
    month, day, year = facts.get("birth_month"), facts.get("birth_day"), facts.get("birth_year")
    if (month is None) != (day is None):
        raise ValidationError(_("A birthday needs a day and a month. The year may be left out."), code="half")
    if month is None or day is None:
        if year is not None:
            raise ValidationError(_("A birthday needs a day and a month. The year may be left out."), code="half")
        return
    day_exists(month, day, year)
    if year is not None and not FIRST_YEAR <= year <= today.year:
        raise ValidationError(
            _("The year of birth must be between %(first)d and %(last)d. Leave it out when unknown."),
            params={"first": FIRST_YEAR, "last": today.year},
            code="year",
        )


def day_exists(month: int, day: int, year: int | None = None) -> None:
    """Raise ValidationError when there is no such day; without a year, 29 February counts."""
    if not 1 <= month <= 12:
        raise ValidationError(_("There is no month %(month)d: months go from 1 to 12."), params={"month": month})
    if not days.exists(month, day, year):
        what = f"{day} {MONTHS[month]} {year or ''}".strip()
        raise ValidationError(
            _("There is no %(day)s. Please look at the day again."), params={"day": what}, code="no_day"
        )


def year_exists(year: int) -> None:
    """Raise ValidationError for a year that is none of ours."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValidationError(
            _("The year must be between %(first)d and %(last)d."), params={"first": FIRST_YEAR, "last": LAST_YEAR}
        )


def clean_line(value: str | None, limit: int) -> str:
    """One line of text without invisible characters, at most `limit` long."""
    text = unicodedata.normalize("NFC", " ".join((value or "").split()))
    if len(text) > limit:
        raise ValidationError(_("At most %(max)d characters."), params={"max": limit}, code="too_long")
    if addresses.has_controls(text):
        raise ValidationError(_("This holds invisible control characters. Please type it anew."), code="controls")
    return text


def clean_note(value: str) -> str:
    """Several lines of text; raises ValidationError when empty, longer than 10,000 characters or not plain text."""
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if not text:
        raise ValidationError(_("Write a few words first."), code="empty")
    if len(text) > MAX_NOTE:
        raise ValidationError(
            _("A note has at most %(max)d characters, this one %(length)d. Please shorten or split it."),
            params={"max": MAX_NOTE, "length": len(text)},
            code="too_long",
        )
    if any(unicodedata.category(char) in {"Cc", "Cs"} and char not in "\n\t" for char in text):
        raise ValidationError(_("This holds invisible control characters. Please type it anew."), code="controls")
    return text


def clean_zone(value: str | None) -> str:
    """A time zone by its tzdata name, or nothing for the community's own."""
    text = (value or "").strip()
    if text and text not in days.zone_names():
        near = ", ".join(close_zones(text[:64])) or "Europe/Paris"
        raise ValidationError(
            _("“%(zone)s” is not a time zone we know. Write it as in: %(near)s."),
            params={"zone": text[:64], "near": near},
            code="zone",
        )
    return text


def _name(value: str | None) -> str:
    text = addresses.clean_name(value or "")
    if not text:
        raise ValidationError(_("A member needs a name: the one they want to be known by."), code="empty")
    return text


def _email(value: str | None) -> str:
    text = (value or "").strip()
    if text:
        addresses.email_key(text)
    return text


def _language(value: str | None) -> str:
    return _one_of(value, dict(Member._meta.get_field("language").choices or ()))


def _feb29(value: str | None) -> str:
    return _one_of(value, dict(Community.Feb29.choices))


def _one_of(value: str | None, known: Mapping[str, Any]) -> str:
    if value and value not in known:
        raise ValidationError(
            _("“%(value)s” is not one of: %(known)s."), params={"value": value[:40], "known": ", ".join(known)}
        )
    return value or ""


def _number(value: Any) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise ValidationError(_("A number is needed here."))
    return value


def _date(value: Any) -> date | None:
    if value is not None:
        year_exists(value.year)
    return value


def _as_is(value: Any) -> Any:
    return value


_CLEAN = {
    "name": _name,
    "preferred_name": lambda value: addresses.clean_name(value or ""),
    "pronouns": lambda value: clean_line(value, 40),
    "email": _email,
    "language": _language,
    "time_zone": clean_zone,
    "country": lambda value: clean_line(value, 60),
    "company": lambda value: clean_line(value, 120),
    "birth_month": _number,
    "birth_day": _number,
    "birth_year": _number,
    "feb29": _feb29,
    "joined_on": _date,
}
