"""One row of a file: cleaned into what it says of a person, or rejected with the reasons. Knows no database."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from care.lib import addresses, days
from care.lib.csvfile import CsvFile, Row
from care.lib.fold import fold
from members import facts
from members.importing import dates
from members.importing.fields import DATES, FIELDS
from members.importing.options import Options
from members.importing.own import Value
from members.importing.presets import Preset
from members.models import CustomField
from members.services.custom_fields import clean_value
from members.services.tags import clean_tag

_FURTHEST_JOIN = timedelta(days=366)
_NO_YEARS = {"1604", "0000", "0001"}  # what some programs write for "no year": Apple's is 1604
_NOTES_APART = re.compile(r"^---[ \t]*$", re.MULTILINE)
_SHOWN = 80
_LONGEST_CELL = 4 * facts.MAX_NOTE
_LANGUAGES = {"en": "en", "english": "en", "anglais": "en", "fr": "fr", "french": "fr", "francais": "fr"}
_STATUSES = {
    **{status: status for status in ("invited", "active", "left", "banned", "deceased")},
    **dict.fromkeys(("invite", "invitee", "pending"), "invited"),
    **dict.fromkeys(("actif", "actives", "member", "membre", "current"), "active"),
    **dict.fromkeys(("parti", "partie", "inactive", "inactif", "former", "ancien", "ancienne"), "left"),
    **dict.fromkeys(("banni", "bannie", "blocked", "suspended", "exclu", "exclue"), "banned"),
    **dict.fromkeys(("decede", "decedee", "dead"), "deceased"),
}


@dataclass(frozen=True, slots=True)
class Introducer:
    """Who is said to have introduced somebody: by the key of an address, else by the exact name."""

    email_key: str = ""
    name: str = ""


@dataclass(slots=True)
class Person:
    """What a row says of a person. `facts` are fields of Member, only those the row fills, cleaned; `own` those that
    the community keeps itself."""

    row: int
    facts: dict[str, Any] = field(default_factory=dict)
    own: list[Value] = field(default_factory=list)
    email_key: str | None = None
    status: str = ""
    tags: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    introducer: Introducer | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return str(self.facts["name"])

    @property
    def joined_on(self) -> date | None:
        return self.facts.get("joined_on")


class RowRejected(Exception):
    """A row that cannot be taken. Its text says why, in sentences."""


class Reader:
    """Reads the rows of one file as its options say. `own` are the community's fields, as `own.fields_for` has them;
    a column of one that is there no more says nothing."""

    def __init__(
        self, file: CsvFile, options: Options, order: dates.Order, own: Mapping[str, CustomField], *, today: date
    ) -> None:
        self.options, self.order, self.today = options, order, today
        self.width = file.width
        self._columns = places(file, options.mapping)
        self.use(own)
        self.statuses: Preset = options.platform

    def use(self, own: Mapping[str, CustomField]) -> None:
        """The community's fields as they are from now on."""
        self.own = own
        self.places = [(at, name) for at, name in self._columns if name in FIELDS or name in own]

    def read(self, row: Row) -> Person:
        """The person of a row. Raises RowRejected."""
        cells = row.cells
        if len(cells) > self.width and any(map(str.strip, cells[self.width :])):
            raise RowRejected(
                _("There are more cells than columns: put a text that holds the separator between quotation marks.")
            )
        given = {name: text for at, name in self.places if at < len(cells) and (text := cells[at].strip())}
        person, errors = Person(row.number), []
        for name, text in given.items():
            try:
                if len(text) > _LONGEST_CELL:
                    raise ValidationError(_("This is far too long."))
                if read := _READ.get(name):
                    read(self, person, text)
                elif custom := self.own.get(name):
                    self.read_own(person, custom, text)
                elif name in _AS_WRITTEN:
                    person.facts[name] = text
            except ValidationError as error:
                errors.append((name, error.messages))
        self._name(person, given)
        self._birthday(person, given, errors)
        try:
            person.facts = facts.clean(person.facts, today=self.today)
        except ValidationError as error:
            errors += [(FIELD_OF.get(name, name), messages) for name, messages in error.message_dict.items()]
        if errors:
            told = (
                _sentence(FIELDS[name].label if name in FIELDS else self.own[name].label, message)
                for name, messages in errors
                for message in messages
            )
            raise RowRejected(" ".join(told))
        if email := person.facts.get("email"):
            person.email_key = addresses.email_key(email)
        return person

    def who(self, row: Row) -> tuple[str, str]:
        """The name and the address as they stand in a row, also in one that is rejected."""
        given = {name: row.cells[at].strip()[:_SHOWN] for at, name in self.places if at < len(row.cells)}
        both = " ".join(filter(None, (given.get("first_name"), given.get("last_name"))))
        return given.get("name") or both or given.get("username", ""), given.get("email", "")

    def _name(self, person: Person, given: Mapping[str, str]) -> None:
        both = " ".join(filter(None, (given.get("first_name"), given.get("last_name"))))
        person.facts["name"] = given.get("name") or both or given.get("username") or ""
        if person.facts.get("preferred_name") == person.facts["name"]:
            del person.facts["preferred_name"]

    def _birthday(self, person: Person, given: Mapping[str, str], errors: list[tuple[str, list[str]]]) -> None:
        """Put the three columns of a birthday together, where no column holds it whole."""
        parts = {name: given[name] for name in ("birth_month", "birth_day", "birth_year") if name in given}
        if "birthday" in given or not parts:
            return
        if set(parts) == {"birth_year"}:
            person.warnings.append(_("A year of birth without day and month is left out."))
            return
        try:
            month = dates.MONTHS.get(fold(parts.get("birth_month", "")).rstrip(".")) or parts.get("birth_month")
            number = {name: int(text) for name, text in {**parts, "birth_month": month}.items() if text is not None}
        except ValueError:
            errors.append(("birthday", [_("Day, month and year are numbers, such as 31, 5 and 1990.")]))
            return
        year = self._year(str(number["birth_year"]), person) if "birth_year" in number else None
        person.facts |= {"birth_month": number.get("birth_month"), "birth_day": number.get("birth_day")}
        if year:
            person.facts["birth_year"] = year

    def read_birthday(self, person: Person, text: str) -> None:
        try:
            written = dates.parse(text)
        except dates.OnlyAYear:
            person.warnings.append(_("A year of birth without day and month is left out."))
            return
        except dates.NotADate:
            raise ValidationError(_not_a_date()) from None
        month, day = self._resolve(written)
        year = self._year(written.year, person)
        facts.day_exists(month, day, year)
        person.facts |= {"birth_month": month, "birth_day": day}
        if year is not None:
            person.facts["birth_year"] = year

    def read_joined(self, person: Person, text: str) -> None:
        try:
            written = dates.parse(text)
        except dates.NotADate:
            raise ValidationError(_not_a_date()) from None
        if not written.year:
            raise ValidationError(_("A day of joining needs its year."))
        month, day = self._resolve(written)
        year = int(written.year)
        if len(written.year) == 2:
            year += 2000 if year <= self.today.year - 2000 + 1 else 1900
        facts.year_exists(year)
        facts.day_exists(month, day, year)
        joined_on = date(year, month, day)
        if joined_on > self.today + _FURTHEST_JOIN:
            raise ValidationError(_("This day lies more than a year ahead."))
        person.facts["joined_on"] = joined_on

    def _resolve(self, written: dates.Written) -> tuple[int, int]:
        try:
            return self.order.resolve(written)
        except dates.Ambiguous:
            raise ValidationError(
                _("Day and month may be swapped, and the file does not tell: say in which order it writes them.")
            ) from None

    def _year(self, text: str, person: Person) -> int | None:
        """The year of birth; None for what stands for none."""
        if not text or text in _NO_YEARS or (text == "1900" and self.options.no_1900):
            return None
        if len(text) < 4:
            person.warnings.append(_("A year of birth with two digits could be in either century, and is left out."))
            return None
        return int(text)

    def read_zone(self, person: Person, text: str) -> None:
        wanted = "_".join(text.split()).casefold()
        person.facts["time_zone"] = facts.clean_zone(_zones().get(wanted, text[:100]))

    def read_language(self, person: Person, text: str) -> None:
        words = fold(text[:40]).replace("_", " ").replace("-", " ").split()
        if language := _LANGUAGES.get(words[0] if words else ""):
            person.facts["language"] = language
        else:
            person.warnings.append(_("Care writes in English and in French; another language is left out."))

    def read_status(self, person: Person, text: str) -> None:
        word = fold(text[:40])
        status = self.statuses.statuses.get(word)
        if status == "":
            raise ValidationError(_("This is a bot and not a person."))
        person.status = status or _STATUSES.get(word, "") or self.statuses.other_status
        if not person.status:
            raise ValidationError(_("This is not one of: invited, active, left, banned, deceased."))

    def read_tags(self, person: Person, text: str) -> None:
        """Tags cannot hold a comma or a semicolon, so either may separate them; Mailchimp's stand in quotes."""
        names = (clean_tag(part.strip(' "')) for part in re.split("[;,]", text) if part.strip(' "'))
        person.tags = list({facts.tag_key(name): name for name in names}.values())

    def read_notes(self, person: Person, text: str) -> None:
        person.notes = [facts.clean_note(part) for part in split_notes(text)]

    def read_introducer(self, person: Person, text: str) -> None:
        try:
            if "@" in text:
                person.introducer = Introducer(email_key=addresses.email_key(text))
            else:
                person.introducer = Introducer(name=addresses.clean_name(text))
        except ValidationError:
            person.warnings.append(unknown_introducer())

    def read_own(self, person: Person, custom: CustomField, text: str) -> None:
        if custom.sort == CustomField.Sort.DATE:
            text = self._iso(text)
        try:
            value = clean_value(custom, text)
        except ValidationError:
            if custom.sort != CustomField.Sort.CHOICE:
                raise
            # It may have been chosen while it was on the list: what is on record stays so. Warnings are kept longer
            # than the file, and so never quote it.
            person.warnings.append(_sentence(custom.label, _("This is not one of the choices; it is left out.")))
        else:
            person.own.append(Value(custom, value))

    def _iso(self, text: str) -> str:
        """A date with its year as ISO 8601 writes it; what is none stays, for its field to refuse."""
        try:
            written = dates.parse(text)
        except dates.NotADate:
            return text
        month, day = self._resolve(written)
        return f"{written.year}-{month:02}-{day:02}"


_AS_WRITTEN = {"name", "preferred_name", "email", "pronouns", "company", "country"}
_READ: dict[str, Callable[[Reader, Person, str], None]] = {
    "birthday": Reader.read_birthday,
    "joined": Reader.read_joined,
    "timezone": Reader.read_zone,
    "language": Reader.read_language,
    "status": Reader.read_status,
    "tags": Reader.read_tags,
    "notes": Reader.read_notes,
    "introduced_by": Reader.read_introducer,
}
# The names of Member's fields, where they differ from ours.
FIELD_OF = {
    **dict.fromkeys(("birth_month", "birth_day", "birth_year"), "birthday"),
    "joined_on": "joined",
    "time_zone": "timezone",
}


def places(file: CsvFile, mapping: Mapping[str, str]) -> list[tuple[int, str]]:
    """Which cell of a row fills which field."""
    return [(at, mapping[column]) for at, column in enumerate(file.header) if column in mapping]


def learn_order(file: CsvFile, options: Options, own: Mapping[str, CustomField]) -> tuple[dates.Order, int]:
    """How the file orders day and month, from every date in it; and the number of its rows. Raises CsvRefused."""
    order = dates.Order(wanted=options.date_order, usual=options.platform.date_order)
    days_of_own = (name for name, field in own.items() if field.sort == CustomField.Sort.DATE)
    hold_dates = {*DATES, *days_of_own}
    columns = [at for at, name in places(file, options.mapping) if name in hold_dates]
    total = 0
    for row in file.rows():
        total += 1
        for at in columns:
            if at < len(row.cells) and (text := row.cells[at].strip()):
                order.feed(text)
    return order, total


def split_notes(text: str) -> Iterator[str]:
    """Several notes stand in one cell with a line `---` between them."""
    return (part.strip() for part in _NOTES_APART.split(text.replace("\r\n", "\n").replace("\r", "\n")) if part.strip())


def join_notes(texts: Sequence[str]) -> str:
    return "\n---\n".join(texts)


def unknown_introducer() -> str:
    """The warning about an introducer whom nobody knows."""
    return _("Who introduced them is not among the members, or several have that name; it is left out.")


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    return {name.casefold(): name for name in days.zone_names()}


def _not_a_date() -> str:
    return _("This is not a date we can read. Write it as 1990-05-31, or --05-31 without a year.")


def _sentence(label: str | Promise, message: str) -> str:
    return _("%(name)s: %(words)s") % {"name": label, "words": message}
