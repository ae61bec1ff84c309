"""Dates: told by the file as a whole, never guessed per row."""

import pytest

from members.importing.dates import Ambiguous, NotADate, OnlyAYear, Order, parse

pytestmark = pytest.mark.once


def read(*texts, wanted="", usual=""):
    """Month, day and year of each date of one file; None where it stays ambiguous."""
    order = Order(wanted=wanted, usual=usual)
    for text in texts:
        order.feed(text)
    found = []
    for text in texts:
        written = parse(text)
        try:
            found.append((*order.resolve(written), written.year))
        except Ambiguous:
            found.append(None)
    return found


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("1990-05-31", (5, 31, "1990")),
        ("1990/5/31", (5, 31, "1990")),
        ("19900531", (5, 31, "1990")),
        ("2019-02-04 11:23:45 UTC", (2, 4, "2019")),
        ("1990-05-31T23:59:59.000Z", (5, 31, "1990")),
        ("--02-29", (2, 29, "")),
        ("--0229", (2, 29, "")),
        ("02-29", (2, 29, "")),
        ("1604-02-29", (2, 29, "1604")),
        ("31 May 1990", (5, 31, "1990")),
        ("May 31, 1990", (5, 31, "1990")),
        ("December 11, 2024 06:40 PM", (12, 11, "2024")),
        ("1er août 1990", (8, 1, "1990")),
        ("29 févr.", (2, 29, "")),
        ("Dec 11", (12, 11, "")),
        ("31/05/1990", (5, 31, "1990")),
        ("31.05.", (5, 31, "")),
        ("05/05/1990", (5, 5, "1990")),
        ("5/31/1990 0:00", (5, 31, "1990")),
    ],
)
def test_it_reads_dates_that_say_it_themselves(text, date):
    assert read(text) == [date]


@pytest.mark.parametrize("text", ["", "soon", "33238", "31/05/19900", "x" * 5000, "05/1990", "Mayday 3", "1/2/3/4"])
def test_it_does_not_read_what_is_no_date(text):
    with pytest.raises(NotADate):
        parse(text)


def test_a_year_alone_is_only_a_year():
    with pytest.raises(OnlyAYear):
        parse("1985")


def test_one_row_tells_that_the_file_writes_the_day_first():
    assert read("04/05/1990", "25/12/1990", "6/7") == [(5, 4, "1990"), (12, 25, "1990"), (7, 6, "")]


def test_one_row_tells_that_the_file_writes_the_month_first():
    assert read("04/05/1990", "12/25/1990", "6/7") == [(4, 5, "1990"), (12, 25, "1990"), (6, 7, "")]


def test_while_nothing_tells_dates_stay_ambiguous():
    assert read("04/05/1990", "06/07/1990", "08/08/1990") == [None, None, (8, 8, "1990")]


def test_a_file_that_contradicts_itself_tells_nothing():
    assert read("04/05/1990", "25/12/1990", "12/25/1990") == [None, (12, 25, "1990"), (12, 25, "1990")]


def test_a_person_may_say_it():
    assert read("04/05/1990", "12/25/1990", wanted="dmy") == [(5, 4, "1990"), (25, 12, "1990")]


def test_the_habit_of_a_platform_counts_only_where_the_file_does_not_tell():
    assert read("04/05/1990", usual="mdy") == [(4, 5, "1990")]
    assert read("04/05/1990", "31/05/1990", usual="mdy") == [(5, 4, "1990"), (5, 31, "1990")]
    assert read("04/05/1990", "31/05/1990", "05/31/1990", usual="mdy")[0] is None


def test_a_pair_with_a_hyphen_is_month_first_unless_a_row_shows_otherwise():
    assert read("04-05") == [(4, 5, "")]
    assert read("04-05", "31-12") == [(5, 4, ""), (12, 31, "")]
    assert read("04-05", "31-12", "12-31") == [None, (12, 31, ""), (12, 31, "")]


def test_pairs_month_first_do_not_tell_how_whole_dates_are_written():
    assert read("04-25", "04/05/1990") == [(4, 25, ""), None]


def test_it_says_when_a_person_must_be_asked():
    order = Order()
    order.feed("25-12-1990")
    assert not order.needs_asking
    order = Order()
    for text in ("04/05/1990", "nonsense", "05/05/1990"):
        order.feed(text)
    assert order.needs_asking
    assert order.example == "04/05/1990"


@pytest.mark.parametrize("text", ["24-03-14", "23-11-05", "05-03-14"])
def test_a_year_of_two_digits_that_may_stand_first_is_asked_about_and_teaches_nothing(text):
    order = Order()
    order.feed(text)
    assert (order.of_numbers, order.needs_asking) == ("", True)
    with pytest.raises(Ambiguous):
        order.resolve(parse(text))
    assert Order(wanted="dmy").resolve(parse(text)) == (int(text[3:5]), int(text[:2]))


def test_what_is_no_day_teaches_nothing():
    order = Order()
    order.feed("90-12-31")
    assert order.of_numbers == ""
