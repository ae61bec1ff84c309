"""What the pages of an import show."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from django.utils.dates import MONTHS
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from care.lib.whole import whole
from members.importing import uploads
from members.importing.fates import Change, Fate, Verdict
from members.importing.fields import FIELDS
from members.models import Community, Member, MemberImport
from members.seen import written_value

PAGE = 50
PAST = 20
_ERRORS_SHOWN = 20
_QUIET = timedelta(minutes=1)
_TONES = {Fate.NEW: "ok", Fate.UPDATED: "accent", Fate.SAME: "", Fate.REJECTED: "bad"}
_WORDS = {
    Fate.NEW: gettext_lazy("New"),
    Fate.UPDATED: gettext_lazy("Updated"),
    Fate.SAME: gettext_lazy("Unchanged"),
    Fate.REJECTED: gettext_lazy("Rejected"),
}


class Tab(NamedTuple):
    """A link to the rows of one fate."""

    name: str
    words: str | Promise
    number: int
    is_shown: bool


class Line(NamedTuple):
    """One change, said: `before` is empty where nothing was on record."""

    label: str | Promise
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row of the file and what would become of it."""

    verdict: Verdict
    name: str
    email: str

    @property
    def number(self) -> int:
        return self.verdict.row

    @property
    def words(self) -> str | Promise:
        return _WORDS[self.verdict.fate]

    @property
    def tone(self) -> str:
        return _TONES[self.verdict.fate]

    @property
    def lines(self) -> list[Line]:
        """What the file brings to somebody on record."""
        verdict = self.verdict
        lines = [_line(change) for change in verdict.changes]
        if verdict.new_tags and verdict.member:
            lines.append(Line(FIELDS["tags"].label, "", ", ".join(verdict.new_tags)))
        if verdict.new_notes and verdict.member:
            lines.append(Line(FIELDS["notes"].label, "", _notes(verdict)))
        return lines

    @property
    def brings(self) -> list[str]:
        """What the file knows of somebody new, as far as it could have been misread."""
        verdict = self.verdict
        if verdict.fate is not Fate.NEW or not verdict.person:
            return []
        told, parts = verdict.person.facts, []
        if told.get("birth_month"):
            parts.append(_("birthday %s") % _birthday(told["birth_month"], told["birth_day"], told.get("birth_year")))
        if told.get("joined_on"):
            parts.append(_("joined %s") % date_format(told["joined_on"]))
        parts += [
            _("%(name)s: %(words)s") % {"name": field.label, "words": written_value(field, value)}
            for field, value in verdict.person.own
        ]
        if verdict.new_notes:
            parts.append(_notes(verdict))
        return [*parts, *verdict.new_tags]

    @property
    def kept(self) -> list[Line]:
        """Where the record says something else, and stays."""
        return [_line(change) for change in self.verdict.kept]


@dataclass(frozen=True, slots=True)
class Looked:
    """A page of the rows of a checked file. `earlier` and `later` are queries, empty where there is nothing."""

    rows: list[ShownRow]
    tabs: list[Tab]
    earlier: str
    later: str


def looked(imported: MemberImport, *, show: str, at: str, now: datetime) -> Looked:
    """The rows of one fate, or all; from the `at`th on. Raises FileGone."""
    fates: str = imported.summary["fates"]
    wanted = next((fate for fate in Fate if fate.value == show), None)
    places = [place for place, letter in enumerate(fates) if wanted is None or letter == wanted.value[0]]
    start = whole(at, most=len(places))
    verdicts = uploads.verdicts_at(imported, places[start : start + PAGE], now=now)
    tabs = [Tab("", _("All"), len(fates), wanted is None)]
    tabs += [Tab(fate.value, _WORDS[fate], imported.summary[fate.value], wanted is fate) for fate in Fate]
    query = f"?show={wanted.value if wanted else ''}&at="
    return Looked(
        [ShownRow(verdict, name, email) for verdict, (name, email) in verdicts],
        tabs,
        earlier=f"{query}{max(0, start - PAGE)}" if start else "",
        later=f"{query}{start + PAGE}" if start + PAGE < len(places) else "",
    )


@dataclass(frozen=True)
class Progress:
    """How far an import is, and what became of it."""

    imported: MemberImport
    now: datetime

    @property
    def is_going_on(self) -> bool:
        return self.imported.state in {MemberImport.State.CONFIRMED, MemberImport.State.RUNNING}

    @property
    def is_slow_to_begin(self) -> bool:
        """Whether it has waited for a worker for longer than one takes to come."""
        if self.imported.state != MemberImport.State.CONFIRMED:
            return False
        return self.now - datetime.fromisoformat(self.imported.summary["began_at"]) > _QUIET

    @property
    def people(self) -> int:
        """How many are in now, by this file."""
        return sum(self.imported.summary.get(fate.value, 0) for fate in (Fate.NEW, Fate.UPDATED, Fate.SAME))

    @property
    def numbers(self) -> list[dict[str, Any]]:
        """For the strip of numbers."""
        return [{"label": _WORDS[fate], "value": self.imported.summary.get(fate.value, 0)} for fate in Fate]

    @property
    def errors(self) -> list[dict[str, Any]]:
        return list(self.imported.errors[:_ERRORS_SHOWN])

    @property
    def more_errors(self) -> int:
        return max(0, len(self.imported.errors) - _ERRORS_SHOWN)

    @property
    def warnings(self) -> list[dict[str, Any]]:
        return list(self.imported.summary.get("warnings", [])[:_ERRORS_SHOWN])

    @cached_property
    def has_file(self) -> bool:
        """Whether there still is a file: to try again with, or of the rejected rows. For a day."""
        return uploads.has_file(self.imported)

    @property
    def failure(self) -> str:
        return uploads.reason_for_failure(self.imported)


def past(community: Community) -> list[MemberImport]:
    """The last imports, without their files."""
    kept = community.imports.exclude(state=MemberImport.State.DISCARDED).select_related("by")
    return list(kept.defer("content", "errors").order_by("-created_at")[:PAST])


def _notes(verdict: Verdict) -> str:
    return ngettext("%d note", "%d notes", len(verdict.new_notes)) % len(verdict.new_notes)


def _line(change: Change) -> Line:
    if change.own:
        said = ["" if value is None else written_value(change.own, value) for value in (*change.before, *change.after)]
        return Line(change.own.label, *said)
    return Line(FIELDS[change.field].label, _say(change.field, change.before), _say(change.field, change.after))


def _say(name: str, values: list[Any]) -> str:
    """A value for people to read."""
    value = values[0]
    if value in (None, ""):
        return ""
    if name == "birthday":
        return _birthday(*values)
    if name == "status":
        return str(Member.Status(value).label)
    return date_format(value) if isinstance(value, date) else str(value)


def _birthday(month: int, day: int, year: int | None = None) -> str:
    return f"{day} {MONTHS[month]} {year}" if year else f"{day} {MONTHS[month]}"
