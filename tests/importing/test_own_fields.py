"""Columns for the fields that a community keeps itself."""

import pytest
from bs4 import BeautifulSoup
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.importing import uploads
from members.importing.fields import guess
from members.importing.options import Options
from members.importing.run import BATCH, Run
from members.models import AuditEntry, CustomField, ImportPreset, Member, MemberImport
from members.services.custom_fields import MAX_FIELDS, add_field, delete_field
from tests.factories import a_builder, a_community, a_member
from tests.importing.files import NOW, a_file, checked, counts, errors, look, options_for, take_in, the, uploaded
from tests.importing.test_exporting import exported
from tests.importing.test_pages import columns, url_of, words

pytestmark = pytest.mark.django_db
SORTS = {"Ville": "text", "Points": "number", "Certified": "date", "Size": "choice", "Vegan": "yes_no"}


def with_fields(community, by, **sorts):
    return [
        add_field(community, label=label, sort=sort, choices=["S", "M", "L"], by=by)
        for label, sort in (sorts or SORTS).items()
    ]


_FILE = (
    "name,Ville,points,CERTIFIED,size,vegan\nMaya,Lyon,1.5,31/12/2020,m,oui\nTomás,,0,,,no\n"
    "Nobody,Nice,many,soon,S,perhaps\n"
)


def test_each_sort_is_read_by_its_label(community, builder):
    with_fields(community, builder)
    tally = take_in(community, _FILE)
    assert counts(tally) == {"new": 2, "rejected": 1}
    assert the(community, name="Maya").custom == {
        "ville": "Lyon",
        "points": 1.5,
        "certified": "2020-12-31",
        "size": "M",
        "vegan": True,
    }
    assert the(community, name="Tomás").custom == {"points": 0, "vegan": False}
    assert errors(tally) == {
        4: "Points: A number is needed here. Certified: A date is needed here, such as 2026-03-31. "
        "Vegan: Yes or no is needed here."
    }


def test_what_is_exported_comes_back_the_same_here_and_elsewhere(community, builder):
    there = a_community()
    for place in (community, there):
        more = {"Prénom": "text", "a b": "text", "a_b": "text", "custom.company": "text"}
        with_fields(place, builder, **SORTS, Company="text", **more)
    custom = {"ville": "=1+1", "points": 0.00001, "certified": "2020-02-29", "size": "L", "vegan": False}
    more = {"company": "Own", "prenom": "Aïcha", "a-b": "one", "a_b": "two", "customcompany": "three"}
    a_member(community, name="Maya", custom=custom | more)
    a_member(community, name="Tomás")
    text = exported(community)
    assert text.splitlines()[0].endswith(
        ",notes,Ville,Points,Certified,Size,Vegan,custom.company,custom.prenom,custom.a-b,custom.a_b,custom.customcompany"
    )
    assert counts(take_in(community, text)) == {"same": 2}
    assert counts(take_in(there, text)) == {"new": 2}
    assert the(there, name="Maya").custom == custom | more
    assert sorted(exported(there).splitlines()) == sorted(text.splitlines())


def test_a_choice_taken_off_the_list_stays_on_record_and_is_left_out_of_a_file(community, builder):
    with_fields(community, builder, Size="choice")
    a_member(community, name="Maya", custom={"size": "XXL"})
    tally = take_in(community, exported(community) + "New,,,,,,,,,,,,,,XS\r\n")
    assert counts(tally) == {"same": 1, "new": 1}
    assert the(community, name="Maya").custom == {"size": "XXL"}
    told = "Size: This is not one of the choices; it is left out."
    assert [warning["warning"] for warning in tally.warnings] == [told, told], "kept for long: the cell is not quoted"


def test_what_is_on_record_stays_unless_it_is_ticked(community, builder):
    with_fields(community, builder, Ville="text", Points="number")
    a_member(community, name="Maya", email="maya@example.org", custom={"ville": "Lyon", "gone": "kept"})
    text = "name,email,ville,points\nMaya,maya@example.org,Nice,3\n"
    assert counts(take_in(community, text)) == {"updated": 1}
    assert the(community, name="Maya").custom == {"ville": "Lyon", "gone": "kept", "points": 3}
    assert counts(take_in(community, text)) == {"same": 1}
    assert counts(take_in(community, text, overwrite=["custom.ville"])) == {"updated": 1}
    assert the(community, name="Maya").custom["ville"] == "Nice"


def test_dates_of_an_own_field_tell_the_order_and_are_asked_about(community, builder, client):
    with_fields(community, builder, Certified="date")
    assert the_order(client, community, uploaded(community, builder, "name,certified\nMaya,04/05/2020\n")) == 422
    assert the_order(client, community, uploaded(community, builder, "name,certified\nMaya,04/15/2020\n")) == 303
    tally = take_in(community, "name,certified,birthday\nMaya,04/05/2020,31/05\nTomás,1 May 20,\n")
    assert the(community, name="Maya").custom == {"certified": "2020-05-04"}
    assert "A date is needed here" in errors(tally)[3], "a year of two digits could be in either century"


def the_order(client, community, imported):
    return columns(client, community, imported).status_code


def test_a_column_becomes_a_field_when_somebody_confirms(client, community, builder):
    imported = uploaded(community, builder, "Nom;Ville;Rang\nMaya;Lyon;1\nTomás;;2\n")
    page = words(client.get(url_of("import_columns", community, imported)))
    assert "New: “Ville”" in page
    response = columns(client, community, imported, **{"column-1": "new", "column-2": "new", "keep_as": "Ours"})
    assert response.url == url_of("import_check", community, imported)
    assert "Ville: Lyon" in words(client.get(response.url))
    assert not CustomField.objects.exists()
    assert ImportPreset.objects.get().mapping == {"Nom": "name"}, "by then the fields are there"
    back = BeautifulSoup(client.get(url_of("import_columns", community, imported)).content, "html.parser")
    assert back.select_one("[name=column-1] [selected]")["value"] == "new", "as it was chosen"

    client.post(url_of("import_confirm", community, imported))
    assert {field.label: (field.sort, field.is_shown_to_member) for field in CustomField.objects.all()} == {
        "Ville": ("text", False),
        "Rang": ("text", False),
    }
    assert the(community, name="Maya").custom == {"ville": "Lyon", "rang": "1"}
    assert set(AuditEntry.objects.get(verb="members.imported").fields) == {"name", "custom.ville", "custom.rang"}
    again = uploaded(community, builder, "Nom;Ville;Rang\nMaya;Lyon;1\n")
    assert again.options["mapping"] == {"Nom": "name", "Ville": "custom.ville", "Rang": "custom.rang"}


@pytest.mark.parametrize(
    ("column", "says"),
    [
        ("x" * 61, "60"),
        ("diet ", "There is a field “diet” already."),
    ],
)
def test_a_column_that_cannot_become_a_field_says_why(client, community, builder, column, says):
    with_fields(community, builder, Diet="text")
    imported = uploaded(community, builder, f"name,{column}\nMaya,1\n")
    response = columns(client, community, imported, **{"column-1": "new"})
    assert response.status_code == 422
    assert says in words(response)


def test_only_so_many_fields_can_be_made(client, community, builder):
    CustomField.objects.bulk_create(
        CustomField(community=community, key=f"f{at}", label=f"F{at}") for at in range(MAX_FIELDS - 1)
    )
    imported = uploaded(community, builder, "name,One,Two\nMaya,1,2\n")
    response = columns(client, community, imported, **{"column-1": "new", "column-2": "new"})
    assert "40 fields are enough" in words(response)
    assert columns(client, community, imported, **{"column-1": "new"}).status_code == 303

    add_field(community, label="Meanwhile", sort="text", by=builder)
    response = client.post(url_of("import_confirm", community, imported), follow=True)
    assert "40 fields are enough" in words(response)
    imported.refresh_from_db()
    assert imported.state == MemberImport.State.CHECKED, "nothing is lost: the columns can be chosen anew"
    assert not Member.objects.exists()


def test_a_field_made_or_deleted_meanwhile_is_no_surprise(community, builder):
    mapping = {"name": "name", "Ville": "new.Ville", "Diet": "custom.diet"}
    (diet,) = with_fields(community, builder, Diet="text")
    imported = checked(community, builder, "name,Ville,Diet\nMaya,Lyon,vegan\n", mapping=mapping)
    add_field(community, label="ville", sort="text", by=builder)
    delete_field(diet, by=builder)
    assert uploads.confirm(imported, by=builder, now=NOW)
    assert the(community, name="Maya").custom == {"ville": "Lyon"}
    assert community.custom_fields.count() == 1


def test_a_field_of_another_sort_made_meanwhile_is_not_filled_by_chance(client, community, builder):
    imported = uploaded(community, builder, "name,Ville\nMaya,Lyon\n")
    columns(client, community, imported, **{"column-1": "new"})
    add_field(community, label="Ville", sort="number", by=builder)
    response = client.post(url_of("import_confirm", community, imported), follow=True)
    assert "There is a field “Ville” already." in words(response)
    page = BeautifulSoup(response.content, "html.parser")
    assert page.select_one("[name=column-1] [selected]")["value"] == "custom.ville", "no “New” that would be refused"
    assert not Member.objects.exists()


def test_what_was_looked_at_last_is_what_is_confirmed(community, builder):
    text = "name,Ville\nMaya,Lyon\n"
    imported = checked(community, builder, text, mapping={"name": "name", "Ville": "new.Ville"})
    uploads.check(MemberImport.objects.get(), Options(mapping={"name": "name"}), now=NOW)
    assert uploads.confirm(imported, by=builder, now=NOW)
    assert not CustomField.objects.exists()
    assert the(community, name="Maya").custom == {}


def test_a_field_deleted_while_a_file_comes_in_is_written_no_more(community, builder):
    (field,) = with_fields(community, builder, Ville="text")
    rows = "".join(f"Person {at},Lyon\n" for at in range(BATCH + 1))
    file = a_file("name,ville\n" + rows)
    options = options_for(file, community)
    origin = uploads.at_command_line(community, filename="list.csv", options=options, total=BATCH + 1, now=NOW)
    batches = Run(community, file, options, now=NOW).write(by=None, origin=origin)
    next(batches)
    delete_field(field, by=builder)
    assert sum(tally.rows for tally in batches) == 1
    assert not Member.objects.exclude(custom={}).exists()


def test_a_long_cell_of_a_field_that_is_gone_is_nobody_s_error(community):
    tally = take_in(community, f"name,Ville\nMaya,{'x' * 50_000}\n", mapping={"name": "name", "Ville": "custom.gone"})
    assert counts(tally) == {"new": 1}


@pytest.mark.parametrize(
    ("cell", "number"),
    [("1,234,567", 1_234_567), ("12,345.6", 12_345.6), ("1,5", 1.5), ("1 234", 1_234), ("-3", -3), ("1,234", None)],
)
def test_thousands_are_told_from_fractions_or_asked_about(community, builder, cell, number):
    with_fields(community, builder, Points="number")
    tally = take_in(community, f'name;points\nMaya;"{cell}"\n')
    if number is None:
        assert "could be thousands or a fraction" in errors(tally)[2]
    else:
        assert the(community, name="Maya").custom == {"points": number}


def test_yes_and_no_are_read_as_spreadsheets_write_them(community, builder):
    with_fields(community, builder, Vegan="yes_no")
    take_in(community, "name,vegan\nA,VRAI\nB,FAUX\nC,Y\nD,n\n")
    assert [the(community, name=name).custom["vegan"] for name in "ABCD"] == [True, False, True, False]


def test_a_preset_that_names_a_field_of_old_says_nothing_of_its_column(community, builder):
    header = ["name", "Ville", "Diet"]
    known = {"Ville": "custom.gone", "Diet": ""}
    assert guess(header, known=known, own={"custom.v": "Ville", "custom.d": "Diet"}) == {
        "name": "name",
        "Ville": "custom.v",
    }


def test_the_preview_says_yes_and_no_and_dates_in_words(client, community, builder):
    with_fields(community, builder, Certified="date", Vegan="yes_no")
    a_member(community, name="Maya", email="m@example.org", custom={"vegan": False})
    text = "name,email,vegan,certified\nMaya,m@example.org,yes,2020-05-04\nNew,n@example.org,no,\n"
    imported = checked(community, builder, text, overwrite=["custom.vegan"])
    page = words(client.get(url_of("import_check", community, imported)))
    assert "Vegan was No now Yes" in page
    assert "4 May 2020" in page
    assert "Vegan: No" in page


def test_another_community_s_fields_are_not_offered(client, community, builder):
    elsewhere = a_community()
    with_fields(elsewhere, a_builder(elsewhere), Secret="text")
    imported = uploaded(community, builder, "name,Secret\nMaya,x\n")
    assert imported.options["mapping"] == {"name": "name"}
    assert "custom.secret" not in client.get(url_of("import_columns", community, imported)).content.decode()
    assert columns(client, community, imported, **{"column-1": "custom.secret"}).status_code == 422


def test_the_command_line_takes_them_too(community, builder, tmp_path, capsys):
    with_fields(community, builder, Ville="text", Company="text")
    path = tmp_path / "list.csv"
    path.write_text("name,ville,Employer at home\nMaya,Lyon,Acme\n")
    call_command("import_members", community.slug, str(path), "--yes", "--map", "Employer at home=custom.company")
    assert the(community, name="Maya").custom == {"ville": "Lyon", "company": "Acme"}
    path.write_text("name,ville\nMaya,Nice\n")
    call_command("import_members", community.slug, str(path), "--yes", "--overwrite", "custom.ville")
    assert the(community, name="Maya").custom["ville"] == "Nice"
    with pytest.raises(CommandError, match=r"custom\.diet.*custom\.ville"):
        call_command("import_members", community.slug, str(path), "--yes", "--overwrite", "custom.diet")
    call_command("export_members", community.slug)
    assert capsys.readouterr().out.splitlines()[-1].endswith(",Nice,Acme")


def test_the_number_of_queries_does_not_depend_on_the_fields(community, builder):
    def queries(labels):
        place = a_community()
        with_fields(place, builder, **dict.fromkeys(labels, "text"))
        text = ",".join(["name", *labels]) + "\n" + "".join(f"P{at}{',x' * len(labels)}\n" for at in range(50))
        with CaptureQueriesContext(connection) as captured:
            look(place, text)
            take_in(place, text)
            exported(place)
        return len(captured)

    assert queries(["One", "Two", "Three"]) == queries(["One"])
