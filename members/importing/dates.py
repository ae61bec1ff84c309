"""Dates as files have them. How a file orders day and month is told by the file as a whole, never guessed per row.

2027-05-31 and --05-31 say it themselves, as does "31 May 1990". 31/05/1990 tells that its file writes the day first,
05/31/1990 the month. While no row of a file tells, or two rows tell different things, 04/05/1990 stays ambiguous.
A day and month with a hyphen, 05-31, is month first as in ISO 8601, unless some row such as 31-05 shows otherwise.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, NamedTuple

from care.lib.fold import fold
from members.importing.presets import DateOrder

Sort = Literal["plain", "numbers", "short"]
_LONGEST = 60
_MONTHS = (
    ("january", "jan", "janvier", "janv"),
    ("february", "feb", "fevrier", "fevr", "fev"),
    ("march", "mar", "mars"),
    ("april", "apr", "avril", "avr"),
    ("may", "mai"),
    ("june", "jun", "juin"),
    ("july", "jul", "juillet", "juil"),
    ("august", "aug", "aout"),
    ("september", "sept", "sep", "septembre"),
    ("october", "oct", "octobre"),
    ("november", "nov", "novembre"),
    ("december", "dec", "decembre"),
)
MONTHS = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names}
_TIME = r"(?:[ ,t]+(?:at |a )?\d{1,2}[:h]\d{2}.*)?"
_ISO = re.compile(rf"(\d{{4}})[-/. ](\d{{1,2}})[-/. ](\d{{1,2}}){_TIME}")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_NO_YEAR = re.compile(r"--(\d{2})-?(\d{2})")
_NUMBERS = re.compile(rf"(\d{{1,2}})([-/. ])(\d{{1,2}})\2(\d{{4}}|\d{{2}}){_TIME}")
_PAIR = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\.?")
_DAY_MONTH = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th|er|e)?[ \-./]*(?:of )?([a-z]+)\.?(?:[ \-./,]+(\d{{4}}|\d{{2}}))?{_TIME}"
)
_MONTH_DAY = re.compile(rf"([a-z]+)\.?[ \-./]*(\d{{1,2}})(?:st|nd|rd|th)?(?:[ \-./,]+(\d{{4}}))?{_TIME}")
_YEAR_ONLY = re.compile(r"\d{4}")


class Written(NamedTuple):
    """A date as written. `sort` says whether `first` and `second` are month and day for certain ("plain").

    `may_begin_with_year`: 24-03-14 is the 24th of March 2014, or the 14th of March 2024; it tells nothing of its file.
    """

    sort: Sort
    first: int
    second: int
    year: str = ""
    may_begin_with_year: bool = False


class NotADate(ValueError):
    """The text is no date we can read."""


class OnlyAYear(NotADate):
    """The text is a year without day and month."""


class Ambiguous(ValueError):
    """Both orders make a date, and the file does not say which is meant."""


@lru_cache(maxsize=32_768)  # a file is read twice, and days come back
def parse(text: str) -> Written:
    """Take a written date apart. Raises NotADate, or OnlyAYear."""
    text = fold(text) if len(text) <= _LONGEST else ""
    if found := (_ISO.fullmatch(text) or _COMPACT.fullmatch(text)):
        return Written("plain", int(found[2]), int(found[3]), found[1])
    if found := _NO_YEAR.fullmatch(text):
        return Written("plain", int(found[1]), int(found[2]))
    if found := _NUMBERS.fullmatch(text):
        is_short = found[2] == "-" and len(found[4]) == 2 and int(found[4]) <= 31
        return Written("numbers", int(found[1]), int(found[3]), found[4], may_begin_with_year=is_short)
    if found := _PAIR.fullmatch(text):
        return Written("short" if found[2] == "-" else "numbers", int(found[1]), int(found[3]))
    if (found := _DAY_MONTH.fullmatch(text)) and found[2] in MONTHS:
        return Written("plain", MONTHS[found[2]], int(found[1]), found[3] or "")
    if (found := _MONTH_DAY.fullmatch(text)) and found[1] in MONTHS:
        return Written("plain", MONTHS[found[1]], int(found[2]), found[3] or "")
    raise OnlyAYear if _YEAR_ONLY.fullmatch(text) else NotADate


@dataclass(slots=True)
class Order:
    """How a file orders day and month: fed with every date of it, then asked.

    `wanted` is what a person said, `usual` what its platform does, `example` the first date that could be read twice.
    """

    wanted: DateOrder = ""
    usual: DateOrder = ""
    day_first: set[Sort] = field(default_factory=set)
    month_first: set[Sort] = field(default_factory=set)
    example: str = ""

    def feed(self, text: str) -> None:
        """Learn from one date of the file; a text that is none teaches nothing."""
        try:
            written = parse(text)
        except NotADate:
            return
        if written.sort == "plain" or written.first == written.second:
            return
        if written.may_begin_with_year:
            self.example = self.example or text[:_LONGEST]
        elif max(written.first, written.second) > 31:
            return
        elif written.first > 12 >= written.second:
            self.day_first.add(written.sort)
        elif written.second > 12 >= written.first:
            self.month_first.add(written.sort)
        elif written.sort == "numbers" and not self.example:
            self.example = text[:_LONGEST]

    @property
    def is_contradictory(self) -> bool:
        """Whether some rows write the day first and others the month."""
        return bool(self.day_first) and "numbers" in self.month_first

    @property
    def of_numbers(self) -> DateOrder:
        """The order of 04/05/1990; empty when nobody knows."""
        if self.wanted or self.is_contradictory:
            return self.wanted
        if self.day_first:
            return "dmy"
        return "mdy" if "numbers" in self.month_first else self.usual

    @property
    def of_pairs(self) -> DateOrder:
        """The order of 04-05; empty when nobody knows."""
        if "short" not in self.day_first:
            return "mdy"
        return "" if "short" in self.month_first else "dmy"

    @property
    def needs_asking(self) -> bool:
        """Whether a person must say how to read some of the dates."""
        return bool(self.example) and not self.of_numbers

    def resolve(self, written: Written) -> tuple[int, int]:
        """Month and day. They need not exist. Raises Ambiguous."""
        first, second = written.first, written.second
        if written.sort == "plain" or first == second:
            return first, second
        order = self.of_numbers if written.sort == "numbers" else self.of_pairs
        if written.may_begin_with_year and not self.wanted:
            raise Ambiguous
        if not order and max(first, second) > 12:
            order = "dmy" if first > 12 else "mdy"
        if not order:
            raise Ambiguous
        return (second, first) if order == "dmy" else (first, second)
