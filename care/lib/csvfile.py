"""CSV files as people really have them: read whatever the encoding and separator, written safe for spreadsheets.

Reading never holds more than a row: a file of a million rows takes no more memory than one of ten. Numbers of rows are
the ones a person sees in a spreadsheet: the header is row 1, an empty row counts, a cell with several lines is one row.
"""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO, ClassVar, NamedTuple, TextIO

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

DELIMITERS = (",", ";", "\t", "|")
_ONE_COLUMN = "\x1f"  # no separator in the header: nothing in a row may be taken for one
_SAMPLE_LINES = 20
_LONGEST = 2_000_000  # characters in a cell or a line; what is too long for its field is said row by row
_CHUNK = 1 << 16
# What the largest spreadsheet has: some write all their rows, the empty ones under the list too.
_SHEET = 1_048_576
_SEP_LINE = re.compile(r'^"?sep=(.)"?[\r\n]*$', re.IGNORECASE)
# Excel's workbooks, old and new, PDF, gzip, pictures.
_NOT_CSV = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")
csv.field_size_limit(_LONGEST)


class CsvRefused(Exception):
    """A file that cannot be read. Its text is a sentence for the person who brought it: what is wrong, what to do."""

    sentence: ClassVar[str | Promise] = ""

    def __init__(self, **values: Any) -> None:
        super().__init__()
        self.values = values

    def __str__(self) -> str:
        return str(self.sentence) % self.values


class EmptyFile(CsvRefused):
    sentence = _("This file is empty. Export your list again, or choose another file.")


class NoRows(CsvRefused):
    sentence = _("This file has a header and no rows under it. Export your list again, or choose another file.")


class TooBig(CsvRefused):
    sentence = _("This file has %(size)s MB; at most %(limit)s MB fit. Split it, or use the command import_members.")


class TooManyRows(CsvRefused):
    sentence = _("This file has more than %(limit)s rows. Split it, or use the command import_members.")


class TooManyColumns(CsvRefused):
    sentence = _(
        "This file has %(count)s columns; at most %(limit)s fit. Remove those that are not about your members."
    )


class NotCsv(CsvRefused):
    sentence = _("This is a spreadsheet or another kind of file, not a CSV. Open it and save it as “CSV UTF-8”.")


class HoldsNul(CsvRefused):
    sentence = _("This file is damaged: it holds bytes that no text has. Export your list again as “CSV UTF-8”.")


class UnknownEncoding(CsvRefused):
    sentence = _("The letters of this file cannot be read. Save it again as “CSV UTF-8”.")


class UnclosedQuote(CsvRefused):
    sentence = _(
        "In row %(row)s a quotation mark opens and never closes, so that the rows after it cannot be told apart. "
        "Close or remove it and choose the file again."
    )


class StrayQuote(CsvRefused):
    sentence = _(
        'In row %(row)s there is a quotation mark in the middle of a cell. Double it ("") or remove it, and choose '
        "the file again."
    )


class CellTooLong(CsvRefused):
    sentence = _("Row %(row)s holds a text of more than %(limit)s characters. Shorten it and choose the file again.")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is accepted; None means any amount. Of rows that are empty a whole sheet is accepted beside `rows`."""

    size: int | None = 5 * 1024 * 1024
    rows: int | None = 20_000
    columns: int = 200

    def check(self, size: int) -> None:
        """Raises EmptyFile or TooBig."""
        if not size:
            raise EmptyFile
        if self.size is not None and size > self.size:
            raise TooBig(size=f"{size / 1024 / 1024:.1f}", limit=self.size // 1024 // 1024)


class Row(NamedTuple):
    """A row that is not empty, with its number in the spreadsheet; a short one ends earlier than the header."""

    number: int
    cells: list[str]


@dataclass(slots=True)
class CsvFile:
    """A file of which we know how to read it: made by `open_csv`. One reading at a time."""

    source: BinaryIO
    limits: Limits
    encoding: str
    delimiter: str
    skip_lines: int
    header: list[str] = field(default_factory=list)
    header_row: int = 0
    width: int = 0  # cells of the header, with those at its end that have no name

    def rows(self) -> Iterator[Row]:
        """The rows under the header, from the first on at each call. Raises CsvRefused where the file breaks."""
        seen = 0
        for number, cells in self._records():
            if number <= self.header_row or not any(map(str.strip, cells)):
                continue
            seen += 1
            if self.limits.rows is not None and seen > self.limits.rows:
                raise self._too_many()
            yield Row(number, [unguard(cell) for cell in cells])

    def count(self) -> int:
        """The number of rows, having read all of them. Raises CsvRefused, also when there is none."""
        total = sum(1 for _row in self.rows())
        if not total:
            raise NoRows
        return total

    def _too_many(self) -> TooManyRows:
        return TooManyRows(limit=formats.number_format(self.limits.rows or 0))

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        with _text(self.source, self.encoding) as text:
            lines = islice(_lines(text), self.skip_lines, None)
            reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
            number, most = 0, None if self.limits.rows is None else self.limits.rows + _SHEET
            while True:
                number, before = number + 1, reader.line_num
                if most is not None and number > most:
                    raise self._too_many()
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    raise _broken(str(error), row=number, lines=reader.line_num - before) from None
                except _LineTooLong:
                    raise _broken("larger", row=number, lines=reader.line_num - before) from None
                yield number, cells


class _LineTooLong(Exception):
    """A line that no list of people has."""


def open_csv(source: BinaryIO, limits: Limits | None = None) -> CsvFile:
    """Find out how `source`, which can seek, is to be read. Raises CsvRefused.

    The encoding: told by a byte order mark, else UTF-8 if all of it is, else Windows-1252. The separator: told by a
    line `sep=;` as Excel writes it, else the one that splits the first 20 lines most evenly.
    """
    limits = limits or Limits()
    limits.check(source.seek(0, io.SEEK_END))
    encoding = _encoding(source)
    with _text(source, encoding) as text:
        sample = [text.readline(_LONGEST) for _number in range(_SAMPLE_LINES)]
    told = _SEP_LINE.match(sample[0])
    delimiter = told[1] if told else _delimiter(sample)
    file = CsvFile(source, limits, encoding, delimiter, skip_lines=1 if told else 0)
    for number, cells in file._records():
        if any(map(str.strip, cells)):
            named = max(place for place, cell in enumerate(cells, start=1) if cell.strip())
            if named > limits.columns:
                raise TooManyColumns(count=formats.number_format(named), limit=limits.columns)
            file.header, file.header_row, file.width = _names(cells[:named]), number, len(cells)
            return file
    raise EmptyFile


def _encoding(source: BinaryIO) -> str:
    source.seek(0)
    start = source.read(4096)
    if start.startswith(_NOT_CSV):
        raise NotCsv
    if start.startswith(codecs.BOM_UTF8):
        candidates = ["utf-8-sig"]
    elif start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif start.count(0) > len(start) // 4:  # UTF-16 without its mark: every other byte of a Latin text is zero
        candidates = ["utf-16-be" if start[::2].count(0) > start[1::2].count(0) else "utf-16-le"]
    else:
        candidates = ["utf-8", "cp1252"]
    for encoding in candidates:
        if _reads_as(source, encoding):
            return encoding
    raise UnknownEncoding


def _reads_as(source: BinaryIO, encoding: str) -> bool:
    """Whether all of the file is text in this encoding. Raises HoldsNul."""
    source.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := source.read(_CHUNK):
            if "\0" in decoder.decode(chunk):
                raise HoldsNul
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _delimiter(sample: list[str]) -> str:
    """The separator under which most lines have as many cells as the first; of two such the one with more cells."""

    def evenness(delimiter: str) -> tuple[float, int]:
        try:
            widths = [len(cells) for cells in csv.reader(sample, delimiter=delimiter) if any(map(str.strip, cells))]
        except csv.Error:
            return 0.0, 0
        if not widths or widths[0] < 2:
            return 0.0, 0
        return sum(width == widths[0] for width in widths) / len(widths), widths[0]

    best = max(DELIMITERS, key=evenness)
    return best if evenness(best)[1] else _ONE_COLUMN


def _names(cells: list[str]) -> list[str]:
    """Names of columns, each once: a second "Name" is "Name (2)", one without a name is called by its number."""
    names: list[str] = []
    for number, cell in enumerate(cells, start=1):
        name = wanted = " ".join(unguard(cell).split())[:100] or f"#{number}"
        again = 1
        while name in names:
            again += 1
            name = f"{wanted} ({again})"
        names.append(name)
    return names


def _broken(error: str, *, row: int, lines: int) -> CsvRefused:
    """What the csv module's complaint about a row means. A cell that swallowed other lines was never closed."""
    if "end of data" in error or lines > 1:
        return UnclosedQuote(row=row)
    if "larger" in error:
        return CellTooLong(row=row, limit=formats.number_format(_LONGEST))
    return StrayQuote(row=row)


@contextmanager
def _text(source: BinaryIO, encoding: str) -> Iterator[TextIO]:
    source.seek(0)
    text = io.TextIOWrapper(source, encoding=encoding, newline="")
    try:
        yield text
    finally:
        text.detach()  # the file stays open for the next reading


def _lines(text: TextIO) -> Iterator[str]:
    while line := text.readline(_LONGEST):
        if len(line) == _LONGEST:
            raise _LineTooLong
        yield line


# --- cells that a spreadsheet would take for a formula (RELIABILITY S-13)


def _starts_a_formula(char: str) -> bool:
    return char in "\t\r\n" or unicodedata.normalize("NFKC", char) in {"=", "+", "-", "@"}


_GUARD = "'"
_FORMULA_STARTS = "".join(char for char in map(chr, range(0x10000)) if _starts_a_formula(char))
_risky = re.compile(f"{_GUARD}*[{re.escape(_FORMULA_STARTS)}]")
_guarded = re.compile(f"{_GUARD}+[{re.escape(_FORMULA_STARTS)}]")


def guard(cell: str) -> str:
    """The cell with an apostrophe before what a spreadsheet would run as a formula. `unguard` gives back the same."""
    return _GUARD + cell if _risky.match(cell) else cell


def unguard(cell: str) -> str:
    """The cell without the one apostrophe that `guard` put; a name such as “'t Hart” keeps its own."""
    return cell[1:] if cell[:1] == _GUARD and _guarded.match(cell) else cell


class _Echo:
    def write(self, line: str) -> str:
        return line


MARK = "\ufeff"  # without it before the lines, Excel takes the letters for others


def sheet_delimiter() -> str:
    """What a spreadsheet set to the language of this moment expects between cells: semicolons in French."""
    return ";" if (get_language() or "").startswith("fr") else ","


def csv_lines(rows: Iterable[Iterable[str]], *, delimiter: str = ",") -> Iterator[str]:
    """The lines of a CSV file, every cell guarded."""
    writer = csv.writer(_Echo(), delimiter=delimiter)
    for row in rows:
        yield writer.writerow([guard(cell) for cell in row])
