"""import_members and export_members: names, options and exit codes are a contract."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from members.importing import kept, uploads
from members.models import Audience, AuditEntry, Member, MemberImport
from tests.factories import a_builder, a_community, a_member
from tests.importing.files import many_rows

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def community():
    return a_community()


@pytest.fixture
def a_list(tmp_path):
    def write(text, *, encoding="utf-8"):
        path = tmp_path / "list.csv"
        path.write_bytes(text.encode(encoding))
        return str(path)

    return write


def run(*arguments):
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def outcome(*arguments):
    """The JSON object on the last line."""
    return json.loads(run(*arguments, "--json").splitlines()[-1])


def test_it_imports_and_tells_as_json(community, a_list):
    path = a_list("name,email\nMaya,maya@example.org\nNobody,nope\n")
    told = outcome("import_members", community.slug, path, "--yes")
    assert set(told) == {"created", "updated", "unchanged", "rejected"}
    assert (told["created"], told["updated"], told["unchanged"]) == (1, 0, 0)
    assert told["rejected"][0]["row"] == 3
    assert told["rejected"][0]["error"].startswith("E-mail: ")
    assert outcome("import_members", community.slug, path, "--yes")["unchanged"] == 1


def test_a_dry_run_needs_no_yes_and_writes_nothing(community, a_list):
    path = a_list("name,email,introduced_by\nMaya,maya@example.org,Tomás\nTomás,tomas@example.org,\n")
    assert outcome("import_members", community.slug, path, "--dry-run")["created"] == 2
    assert "Nothing was written." in run("import_members", community.slug, path, "--dry-run")
    assert not Member.objects.exists()
    assert not MemberImport.objects.exists()


def test_without_a_terminal_it_needs_yes(community, a_list, monkeypatch):
    monkeypatch.setattr("sys.stdin", StringIO())
    with pytest.raises(CommandError, match="--yes") as refused:
        run("import_members", community.slug, a_list("name\nMaya\n"))
    assert refused.value.returncode == 2
    assert not Member.objects.exists()


@pytest.mark.parametrize(("answer", "members"), [("y", 1), ("YES", 1), ("", 0), ("no", 0)])
def test_at_a_terminal_it_shows_and_asks(community, a_list, monkeypatch, answer, members):
    class Terminal(StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("builtins.input", lambda question: answer)
    if members:
        assert "would be new: 1" in run("import_members", community.slug, a_list("name\nMaya\n"))
    else:
        with pytest.raises(CommandError, match="Nothing was written"):
            run("import_members", community.slug, a_list("name\nMaya\n"))
    assert Member.objects.count() == members


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nowhere", "list.csv"], 1),
        (["SLUG", "/no/such/file.csv"], 1),
        (["SLUG", "FILE", "--map", "who=nothing"], 2),
        (["SLUG", "FILE", "--map", "nope=name"], 2),
        (["SLUG", "FILE", "--map", "name"], 2),
        (["SLUG", "FILE", "--map", "name=name", "--map", "email=name"], 2),
        (["SLUG", "FILE", "--preset", "myspace"], 2),
        (["SLUG", "FILE", "--map", "name="], 1),
    ],
)
def test_what_cannot_be_is_refused_with_its_code(community, a_list, arguments, code):
    path = a_list("name,email\nMaya,maya@example.org\n")
    given = [community.slug if word == "SLUG" else path if word == "FILE" else word for word in arguments]
    with pytest.raises(CommandError) as refused:
        run("import_members", *given, "--yes")
    assert refused.value.returncode == code
    assert not Member.objects.exists()


@pytest.mark.parametrize(
    "text", ["", "name,email\n", 'name\n"never closed\n', ",".join(f"c{at}" for at in range(300)) + "\n1\n"]
)
def test_a_refused_file_says_why(community, a_list, text):
    with pytest.raises(CommandError) as refused:
        run("import_members", community.slug, a_list(text), "--yes")
    assert refused.value.returncode == 1
    assert "list.csv: " in str(refused.value)
    assert not MemberImport.objects.exists()


def test_columns_can_be_named(community, a_list):
    path = a_list("Who,Mail=box,Born\nMaya,maya@example.org,04/05/1990\n")
    run(
        *("import_members", community.slug, path, "--yes", "--date-order", "dmy"),
        *("--map", "who=name", "--map", "Mail=box=email", "--map", "Born=birthday"),
    )
    assert (Member.objects.get().email, Member.objects.get().birth_month) == ("maya@example.org", 5)


def test_a_column_can_be_left_out(community, a_list):
    run("import_members", community.slug, a_list("name,company\nMaya,Bakery\n"), "--yes", "--map", "company=")
    assert Member.objects.get().company == ""


def test_presets_of_platforms_and_of_the_community_can_be_named(community, a_list):
    slack = "username,email,status,userid,fullname,displayname\nmaya,maya@example.org,Admin,U1,Maya Okafor,May\n"
    run("import_members", community.slug, a_list(slack), "--yes", "--preset", "slack")
    assert Member.objects.get().preferred_name == "May"
    kept.save_preset(community, name="Ours", columns={"Wer": "name"}, by=a_builder(community))
    assert (
        outcome("import_members", community.slug, a_list("Wer\nTomás\n"), "--yes", "--preset", "Ours")["created"] == 1
    )


def test_it_overwrites_and_welcomes_when_told(community, a_list):
    a_member(community, email="maya@example.org", company="Bakery")
    path = a_list("name,email,company\nMaya,maya@example.org,Mill\nNew,new@example.org,\n")
    told = outcome("import_members", community.slug, path, "--yes", "--overwrite", "company", "--welcome")
    assert (told["created"], told["updated"]) == (1, 1)
    assert Member.objects.get(email="maya@example.org").company == "Mill"
    assert Member.objects.get(email="new@example.org").welcome_on


def test_all_that_is_wrong_is_counted_though_only_some_is_kept(community, a_list, monkeypatch):
    monkeypatch.setattr(uploads, "KEEP_ERRORS", 25)
    rows = (f"Person {number},person{number}@example.org,klingon\n" for number in range(30))
    path = a_list("name,email,language\n" + 30 * "Nobody,nope,\n" + "".join(rows))
    told = run("import_members", community.slug, path, "--yes")
    assert "rejected: 30" in told
    assert "… and 20 more" in told
    assert len(MemberImport.objects.get().errors) == 25
    assert len(outcome("import_members", community.slug, path, "--dry-run")["rejected"]) == 30


def test_it_takes_more_rows_than_the_web(community, a_list):
    assert outcome("import_members", community.slug, a_list("name\n" + "x\n" * 20_001), "--dry-run")["created"] == 1


def test_it_leaves_a_record_and_a_line_in_the_audit(community, a_list):
    run("import_members", community.slug, a_list(many_rows(1200)), "--yes")
    record = MemberImport.objects.get()
    assert (record.state, record.rows_done, record.summary["new"], record.content) == ("done", 1200, 1200, None)
    assert [line.count for line in AuditEntry.objects.all()] == [1000, 200]


def test_people_read_what_became_of_the_rows(community, a_list):
    told = run("import_members", community.slug, a_list("name,email\n" + "Nobody,nope\n" * 30), "--yes")
    assert "rejected: 30" in told
    assert "row 2 rejected: E-mail: " in told
    assert "… and 10 more" in told


def test_what_is_exported_comes_back_unchanged(community, a_list):
    run("import_members", community.slug, a_list("name,email,tags\nMaya,=maya@example.org,Baker\nZoë,,\n"), "--yes")
    exported = run("export_members", community.slug, "--notes")
    assert not exported.startswith("\ufeff")
    told = outcome("import_members", community.slug, a_list(exported), "--yes")
    assert told == {"created": 0, "updated": 0, "unchanged": 2, "rejected": []}


def test_an_audience_can_be_exported(community):
    a_member(community, name="Here", company="Bakery")
    a_member(community, name="Elsewhere")
    Audience.objects.create(community=community, name="Bakers", filter={"company": "bakery"})
    text = run("export_members", community.slug, "--audience", "Bakers")
    assert "Here" in text
    assert "Elsewhere" not in text
    assert AuditEntry.objects.get(verb="members.exported").count == 1
    for arguments in ((community.slug, "--audience", "Nobody"), ("nowhere",)):
        with pytest.raises(CommandError):
            run("export_members", *arguments)


def test_the_exit_code_is_2_without_yes_and_without_a_terminal():
    done = subprocess.run(
        [sys.executable, "manage.py", "import_members", "nowhere"],
        cwd=ROOT,
        env=os.environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert b"usage" in done.stderr
