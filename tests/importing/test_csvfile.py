"""CSV files as people have them."""

from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from care.lib import csvfile
from care.lib.csvfile import Limits, csv_lines, guard, open_csv, unguard
from tests.importing.files import a_file

pytestmark = pytest.mark.once

_ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]


@pytest.mark.parametrize("encoding", _ENCODINGS)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_it_reads_every_encoding_with_every_separator(encoding, separator, newline):
    lines = [["Prénom", "Société"], ["Émile", "Café"], ["Zoë", "Où"]]
    file = a_file(newline.join(separator.join(line) for line in lines), encoding=encoding)
    assert file.header == ["Prénom", "Société"]
    assert [row.cells for row in file.rows()] == lines[1:]


def test_a_file_with_one_column_has_no_separator():
    file = a_file("name\nOkafor, Maya\nA;B|C\n")
    assert [row.cells for row in file.rows()] == [["Okafor, Maya"], ["A;B|C"]]


def test_excel_may_name_the_separator_in_a_line_of_its_own():
    file = a_file("sep=;\r\nname;company\r\nMaya;Bread, and more\r\n")
    assert [(row.number, row.cells) for row in file.rows()] == [(2, ["Maya", "Bread, and more"])]


def test_the_separator_is_the_one_that_splits_the_lines_evenly():
    file = a_file('"Last, First";email\n"Okafor, Maya, Dr";maya@example.org\nNúñez;tomas@example.org\n')
    assert file.delimiter == ";"


def test_rows_are_numbered_as_a_spreadsheet_does():
    file = a_file('\nname,notes\n\nMaya,"two\nlines"\n,\nTomás,\n')
    assert [(row.number, row.cells[0]) for row in file.rows()] == [(4, "Maya"), (6, "Tomás")]


def test_each_column_has_a_name_of_its_own():
    assert a_file("Name,,Name, E  mail ,\nA,,B,x,\n").header == ["Name", "#2", "Name (2)", "E mail"]


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", csvfile.EmptyFile),
        (b"\n \n\n", csvfile.EmptyFile),
        (b"name,email\n", csvfile.NoRows),
        (b"name,email\n\n,\n", csvfile.NoRows),
        (b"name\nA\0B\n", csvfile.HoldsNul),
        (b"PK\x03\x04" + b"x" * 100, csvfile.NotCsv),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), csvfile.NotCsv),
        (b"name\nA\x81\x8d\n", csvfile.UnknownEncoding),
        (b"\xff\xfen\x00a\x00\x00\xd8\n\x00", csvfile.UnknownEncoding),
        (",".join(f"c{at}" for at in range(300)).encode() + b"\n1\n", csvfile.TooManyColumns),
        (b"name\n" + b"x\n" * 20_001, csvfile.TooManyRows),
        (b"name\n" + b"x" * 5 * 1024 * 1024, csvfile.TooBig),
        (b"name\n" + b"x" * 2_100_000, csvfile.CellTooLong),
        (b"x" * 2_100_000, csvfile.CellTooLong),
        (b'name,notes\nA,"b" c\n', csvfile.StrayQuote),
    ],
)
def test_it_refuses_what_it_cannot_read_and_says_what_to_do(content, refusal):
    with pytest.raises(refusal) as refused:
        open_csv(BytesIO(content)).count()
    assert str(refused.value).endswith(".")
    assert "%" not in str(refused.value)


def test_five_megabytes_and_twenty_thousand_rows_are_accepted():
    row = b"x" * 255 + b"\n"
    content = b"name\n" + row * 20_000
    assert len(content) <= 5 * 1024 * 1024
    assert open_csv(BytesIO(content)).count() == 20_000


@pytest.mark.parametrize("start", [b"name\nA\n", b""])
def test_the_empty_rows_of_a_whole_sheet_are_passed_over_and_no_more(start, monkeypatch):
    monkeypatch.setattr(csvfile, "_SHEET", 1_000)
    limits = csvfile.Limits(rows=10)
    assert open_csv(BytesIO(start + b"\n" * 1_000 + b"name\nB\n"), limits).count() == 1 + start.count(b"A\n") * 2
    with pytest.raises(csvfile.TooManyRows):
        open_csv(BytesIO(start + b"\n" * 1_010), limits).count()


@pytest.mark.parametrize(
    "text",
    [
        'name,notes\nA,fine\nB,"never closed\nC,fine\nD,fine\n',
        'name,notes\nA,fine\nB,"never closed\nC,"fine"\nD,fine\n',
        'name,notes\nA,"two\nlines"\nB,"' + "never closed\n" * 200_000,
    ],
)
def test_an_unclosed_quote_is_reported_with_the_row_where_it_opens(text):
    with pytest.raises(csvfile.UnclosedQuote) as refused:
        a_file(text).count()
    assert "row 3" in str(refused.value)


def test_the_command_line_may_read_more():
    assert a_file("name\n" + "x\n" * 30_000, limits=Limits(size=None, rows=None)).count() == 30_000


@pytest.mark.parametrize("start", [*"=+-@\t\r\n", "＝", "＋", "－", "＠"])
def test_what_a_spreadsheet_would_run_is_guarded(start):
    assert guard(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"


@pytest.mark.parametrize("harmless", ["'t Hart", "Maya", "", "'", "o'=", "1+1"])
def test_what_is_harmless_stays_as_it_is(harmless):
    assert guard(harmless) == unguard(harmless) == harmless


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r\nab,;\"＝ "), max_size=8))
def test_reading_takes_off_exactly_what_writing_put_on(text):
    assert unguard(guard(text)) == text


_cells = st.text(alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=30)


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(st.tuples(_cells, _cells, _cells).filter(lambda cells: any(map(str.strip, cells))), max_size=30),
    delimiter=st.sampled_from(",;"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_was_written_is_read_back_the_same(rows, delimiter, encoding):
    lines = csv_lines([("name", "company", "notes"), *rows], delimiter=delimiter)
    file = open_csv(BytesIO("".join(lines).encode(encoding)))
    assert [tuple(row.cells) for row in file.rows()] == rows


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.binary(max_size=60))
def test_no_bytes_break_it(start, end):
    content = b"name;email\n" + start + b'";\n' + end
    with suppress(csvfile.CsvRefused):  # or read, and nothing else
        assert all(row.cells for row in open_csv(BytesIO(content)).rows())
