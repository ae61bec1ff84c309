"""One row: what it says of a person, or why it is rejected."""

from datetime import date

import pytest

from members.importing.options import Options
from members.importing.rows import Introducer, Reader, RowRejected, learn_order, split_notes
from tests.importing.files import a_file, options_for

pytestmark = pytest.mark.once

TODAY = date(2027, 3, 10)


def read(text, **how):
    """The person of the first row of a file."""
    file = a_file(text)
    options = options_for(file, **how)
    order, _total = learn_order(file, options, {})
    return Reader(file, options, order, {}, today=TODAY).read(next(file.rows()))


def rejected(text, **how):
    with pytest.raises(RowRejected) as refused:
        read(text, **how)
    return str(refused.value)


def one(column, cell, **how):
    """A person of whom the file says one thing beside the name."""
    cell = cell.replace('"', '""')
    return read(f'name;{column}\nMaya Okafor;"{cell}"\n', **how)


def test_it_reads_everything_the_contract_names():
    person = read(
        "name,preferred_name,email,birthday,joined,timezone,language,pronouns,company,country,tags,status,introduced_by,notes\n"
        "  Maya   Okafor ,May,Maya@Example.ORG,1990-05-31,2024-03-14,africa/lagos,Français,she/her,Bakery,Nigeria,"
        "Baker; Mentor,invited,tomas@example.org,Met at the fair\n"
    )
    assert person.facts == {
        "name": "Maya Okafor",
        "preferred_name": "May",
        "email": "Maya@Example.ORG",
        "birth_month": 5,
        "birth_day": 31,
        "birth_year": 1990,
        "joined_on": date(2024, 3, 14),
        "time_zone": "Africa/Lagos",
        "language": "fr",
        "pronouns": "she/her",
        "company": "Bakery",
        "country": "Nigeria",
    }
    assert person.email_key == "maya@example.org"
    assert (person.tags, person.notes, person.status) == (["Baker", "Mentor"], ["Met at the fair"], "invited")
    assert person.introducer == Introducer(email_key="tomas@example.org")


def test_first_and_last_name_make_the_name():
    assert read("Prénom,Nom\nÉmile,Zola\n").name == "Émile Zola"


def test_a_user_name_stands_in_where_there_is_no_name():
    assert read("name,username,email\n,maya42,m@example.org\n").name == "maya42"


def test_a_row_may_end_early():
    assert read("name,email,company\nMaya\n").facts == {"name": "Maya"}


def test_more_cells_than_columns_are_a_mistake_unless_they_are_empty():
    assert "more cells" in rejected("name,email\nMaya,m@example.org,Okafor\n")
    assert read("name,email\nMaya,m@example.org,,\n").name == "Maya"
    assert read("name,email,,\nMaya,m@example.org,x,y\n").name == "Maya"


@pytest.mark.parametrize(
    ("cell", "birthday"),
    [
        ("1604-02-29", (2, 29, None)),
        ("0000-05-31", (5, 31, None)),
        ("--02-29", (2, 29, None)),
        ("29/02", (2, 29, None)),
        ("2000-02-29", (2, 29, 2000)),
        ("1900-03-01", (3, 1, 1900)),
    ],
)
def test_it_reads_birthdays_without_inventing_a_year(cell, birthday):
    facts = one("birthday", cell).facts
    assert (facts["birth_month"], facts["birth_day"], facts.get("birth_year")) == birthday


def test_1900_means_no_year_on_request():
    facts = one("birthday", "1900-02-29", no_1900=True).facts
    assert facts.get("birth_year") is None
    assert facts["birth_day"] == 29
    assert rejected("name,birthday\nMaya,1900-02-29\n").startswith("Birthday: ")


@pytest.mark.parametrize(
    "cell", ["30/02/1990", "1991-02-29", "--02-30", "31/04/1990", "25/13/1990", "1850-01-01", "2030-01-01"]
)
def test_a_birthday_that_cannot_be_rejects_the_row(cell):
    assert rejected(f"name,birthday\nMaya,{cell}\n").startswith("Birthday: ")


def test_an_ambiguous_date_rejects_the_row_until_somebody_says_it():
    text = "name,birthday\nMaya,04/05/1990\n"
    assert "may be swapped" in rejected(text)
    assert read(text, date_order="dmy").facts["birth_month"] == 5


def test_a_year_of_birth_alone_or_with_two_digits_is_left_out_and_said():
    assert one("birthday", "1985").warnings
    person = one("birthday", "31/05/85")
    assert person.warnings
    assert person.facts["birth_month"] == 5
    assert "birth_year" not in person.facts


def test_a_birthday_may_stand_in_three_columns():
    assert read("name,birth_month,birth_day,birth_year\nMaya,5,31,1990\n").facts["birth_year"] == 1990
    assert read("name,birth_month,birth_day\nMaya,mai,31\n").facts["birth_month"] == 5
    assert "needs a day and a month" in rejected("name,birth_month,birth_day\nMaya,5,\n")
    assert "numbers" in rejected("name,birth_month,birth_day\nMaya,5,soon\n")


@pytest.mark.parametrize(
    ("cell", "joined"),
    [("2024-03-14", date(2024, 3, 14)), ("14/03/24", date(2024, 3, 14)), ("2027-12-01 00:00:00", date(2027, 12, 1))],
)
def test_it_reads_the_day_of_joining(cell, joined):
    assert one("joined", cell).facts["joined_on"] == joined


@pytest.mark.parametrize("cell", ["2029-01-01", "--05-31", "soon", "31/02/2020", "1604-01-01"])
def test_a_day_of_joining_that_cannot_be_rejects_the_row(cell):
    assert rejected(f"name,joined\nMaya,{cell}\n").startswith("Joined: ")


def test_an_unknown_zone_rejects_the_row():
    assert "Mars/Olympus" in rejected("name,timezone\nMaya,Mars/Olympus\n")


@pytest.mark.parametrize("cell", ["America/New York", "america/new_york", "AMERICA/NEW_YORK"])
def test_zones_are_read_whatever_their_case(cell):
    assert one("timezone", cell).facts["time_zone"] == "America/New_York"


def test_a_language_we_do_not_write_is_left_out_and_said():
    person = one("language", "de-DE")
    assert "language" not in person.facts
    assert person.warnings


@pytest.mark.parametrize(
    ("cell", "status"), [("Décédée", "deceased"), ("PARTI", "left"), ("Active", "active"), ("banned", "banned")]
)
def test_statuses_are_read_in_both_languages(cell, status):
    assert one("status", cell).status == status


@pytest.mark.parametrize("cell", ["erased", "asleep"])
def test_an_unknown_status_rejects_the_row(cell):
    assert "not one of" in rejected(f"name,status\nMaya,{cell}\n")


@pytest.mark.parametrize(
    ("cell", "status"), [("Deactivated", "left"), ("Primary Owner", "active"), ("Member", "active")]
)
def test_slack_has_words_of_its_own_for_the_status(cell, status):
    assert one("status", cell, preset="slack").status == status


def test_a_bot_is_not_a_person():
    assert "bot" in rejected("name,status\nBeep,Bot\n", preset="slack")


@pytest.mark.parametrize("cell", ["Baker; Mentor", "Baker,Mentor", '"Baker","Mentor"', "Baker;;Mentor; baker;"])
def test_tags_are_separated_by_semicolons_or_commas(cell):
    assert [tag.casefold() for tag in one("tags", cell).tags] == ["baker", "mentor"]


def test_several_notes_stand_in_one_cell():
    assert list(split_notes("one\r\nmore\n---\ntwo\n---\n\n")) == ["one\nmore", "two"]
    assert one("notes", "one\n---\ntwo").notes == ["one", "two"]


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("email", "not an address"),
        ("email", "m" * 300 + "@example.org"),
        ("email", "maya\u200b@example.org"),
        ("company", "c" * 121),
        ("pronouns", "p" * 41),
        ("notes", "n" * 10_001),
        ("notes", "n" * 1_000_000),
        ("tags", "t" * 51),
        ("company", "bell\x07"),
    ],
)
def test_what_is_too_long_or_cannot_be_rejects_the_row_with_its_field(column, cell):
    reason = rejected(f"name;{column}\nMaya;{cell}\n")
    assert reason.lower().startswith(("e-mail: ", f"{column}: "))


@pytest.mark.parametrize("name", ["<b>Maya</b>", "Maya https://spam.example", "a" * 81, "Ma\u202eya", ""])
def test_a_name_that_is_no_name_rejects_the_row(name):
    assert rejected(f"name,email\n{name},m@example.org\n").startswith("Name: ")


@pytest.mark.parametrize("name", ["محمد", "美咲 田中", "Zoë 🌻", "'t Hart", "O’Brien", "José Núñez"])
def test_names_of_all_scripts_are_names(name):
    assert read(f"name,email\n{name},m@example.org\n").name == name


def test_all_that_is_wrong_is_said_at_once():
    reason = rejected("name,email,birthday,timezone\n,nope,30/02,Mars/Olympus\n")
    for part in ("Name: ", "E-mail: ", "Birthday: ", "Time zone: "):
        assert part in reason


def test_formula_guards_are_taken_off():
    assert one("company", "'=Bread").facts["company"] == "=Bread"
    assert one("company", "'t Hart").facts["company"] == "'t Hart"


def test_options_survive_being_kept():
    options = Options(mapping={"a": "name"}, overwrite=frozenset({"company"}), welcome=True)
    assert Options.from_json(options.to_json()) == options


@pytest.mark.parametrize("text", ["0000-01-01", "01/01/0000", "2201-01-01", "1899-12-31"])
def test_a_day_of_joining_in_no_year_of_ours_is_rejected(text):
    assert "year must be between" in rejected(f"name,joined\nMaya,{text}\n").lower()
