"""Files that are broken, on purpose or not: a sentence or a preview, and nothing written before somebody confirms."""

import json
import subprocess
import sys
import time

import pytest
from bs4 import BeautifulSoup
from django.db import connection

from members.models import AuditEntry, ImportPreset, Member, MemberImport, Tag
from tests.both_databases import ROOT, clean_environment
from tests.factories import a_builder, a_community
from tests.faults.stage import database_of_this_test
from tests.importing.mutants import mutant
from tests.importing.test_pages import bring, columns, url_of

SEE = 303


def written() -> list[int]:
    return [model.objects.count() for model in (Member, Tag, AuditEntry, ImportPreset)]


def refusal(answer) -> str:
    """The sentence beside the field."""
    error = BeautifulSoup(answer.content, "html.parser").select_one(".error-summary li, .errorlist, [id$=_error]")
    return error.get_text(" ", strip=True) if error else ""


@pytest.mark.django_db
@pytest.mark.proves(
    "S10",
    "Files changed at random, brought and looked at",
    goal="each gets a sentence or a preview, within 30 s; no error of ours; nothing written before confirming",
)
def test_a_broken_file_gets_a_sentence_or_a_preview(client, line):
    files, community = line.size("files", fast=40, long=2_000), a_community()
    client.force_login(a_builder(community), backend="django.contrib.auth.backends.ModelBackend")
    previews, told, slowest, wrong = 0, set(), 0.0, []
    for number in range(files):
        content, began = mutant(line.chance), time.monotonic()
        answer = bring(client, community, content)
        if answer.status_code == SEE:
            imported = MemberImport.objects.get()
            answer = columns(client, community, imported)
            if answer.status_code == 422 and refusal(answer):
                answer = columns(client, community, imported, **{"column-0": "name", "date_order": "dmy"})
            if answer.status_code == SEE:
                answer = client.get(url_of("import_check", community, imported))
            previews += answer.status_code == 200
            MemberImport.objects.all().delete()
        if answer.status_code == 422:
            told.add(refusal(answer))
        slowest = max(slowest, time.monotonic() - began)
        if answer.status_code not in {200, 422} or (answer.status_code == 422 and not refusal(answer)):
            wrong.append(f"{number}: {answer.status_code} for {content[:80]!r}")
        assert written() == [0, 0, 0, 0]
    line.figures |= {"previews": previews, "different refusals": len(told), "errors or silence": len(wrong)}
    line.figures["slowest in s"] = round(slowest, 1)
    assert not wrong, "\n".join(wrong)
    assert slowest < 30
    assert previews > files / 10


@pytest.mark.long
@pytest.mark.once
@pytest.mark.proves(
    "S10",
    "Bytes of any kind, read in a process of its own for ten minutes",
    goal="hypothesis makes them up, not led by coverage (atheris has no wheels for every Python and machine that Care "
    "runs on): each is read or refused by a documented error, within 30 s",
)
def test_whatever_the_bytes_they_are_read_or_refused(line, tmp_path):
    seconds = line.size("seconds", fast=2, long=600)
    environment = {**clean_environment(), "CARE_VAR": str(tmp_path)}
    command = [sys.executable, "-m", "tests.importing.fuzz", str(seconds), str(line.seed)]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    line.figures["ended by an error"] = ran.returncode
    assert ran.returncode == 0, ran.stderr[-4000:]
    found = json.loads(ran.stdout.splitlines()[-1])
    read = {name: number for name, number in found["told"].items() if name.startswith("read")}
    line.figures |= {"contents": found["tried"], **read, "different refusals": len(found["told"]) - len(read)}
    line.figures["slowest in s"] = found["slowest"]
    assert found["slowest"] < 30
    assert len(read) == 2


MB = 1024 * 1024


def a_person(number: int) -> bytes:
    return f"Maya Okafor {number},maya.{number}@example.org,1990-05-{number % 28 + 1:02},{'x' * 50}\n".encode()


# Name, how it begins, what follows and how often.
HEAVY = {
    "100 MB of rows": (b"name,email\n", b"Maya Okafor,maya@example.org," + b"x" * 71 + b"\n", MB),
    "100 MB in one cell": (b"name\n", b"x" * MB, 100),
    "100 MB after a quotation mark": (b'name\n"', b"x" * 99 + b"\n", MB),
    "100 MB of quotation marks": (b"name\n", b'"' * MB, 100),
    "100 MB of empty lines": (b"name\n", b"\n" * MB, 100),
    "as much as a form takes, in empty lines": (b"name\n", b"\n" * MB, 4),
    "10 million columns": (b"name", b",x" * MB, 10),
    "10 million cells in a row": (b"name,email\nMaya", b",x" * MB, 10),
    "a million rows": (b"name,email\n", b"Maya Okafor,\n", 1_000_000),
    "100 MB of different people": (b"name,email,birthday,notes\n", a_person, 950_000),
    "a million formulas": (b"name,company\n", b'=1+1,"=HYPERLINK(""//e"")"\n', 1_000_000),
    "as much as a form takes, in cells": (b"name" + b",x" * 199 + b"\n", b"," * 199 + b"x\n", 20_000),
    "as much as a form takes, in rows": (b"name,notes\n", b"Maya Okafor,=" + b"x" * 240 + b"\n", 20_000),
}


@pytest.mark.long
@pytest.mark.once
@pytest.mark.django_db(transaction=True)
@pytest.mark.proves(
    "S10",
    "Heavy files, each in a process of its own",
    goal="a sentence or a preview within 30 s through the form, and within 30 s the command line has read it; then a "
    "whole dry run there, however long it takes; all of it within 300 MB, and nothing written",
)
def test_a_heavy_file_weighs_nothing(line, tmp_path):
    line.sizes["files"] = len(HEAVY)
    environment = {**clean_environment(), "CARE_VAR": str(tmp_path / "var")}
    if connection.vendor == "postgresql":
        environment["DATABASE_URL"] = database_of_this_test()
    peak, slowest, slowest_dry_run, wrong = 0, 0.0, 0.0, []
    for name, (begin, more, times) in HEAVY.items():
        path = tmp_path / "heavy.csv"
        with open(path, "wb") as file:
            file.write(begin)
            for number in range(times):
                file.write(more if isinstance(more, bytes) else more(number))
        command = [sys.executable, "-m", "tests.importing.heavy", str(path)]
        ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, f"{name}: {ran.stderr[-2000:]}"
        outcome = json.loads(ran.stdout.splitlines()[-1])
        web, seconds = outcome["web"], max(outcome[way]["seconds"] for way in ("web", "read"))
        peak, slowest = max(peak, outcome["mb"]), max(slowest, seconds)
        slowest_dry_run = max(slowest_dry_run, outcome["command"]["seconds"])
        is_written = web["written"] or outcome["command"]["written"]
        if web["code"] not in {200, 422} or is_written or outcome["mb"] >= 300 or seconds > 30:
            wrong.append(f"{name}: {outcome}")
    line.figures |= {"peak in MB": peak, "slowest in s": slowest, "slowest dry run in s": slowest_dry_run}
    line.figures["too heavy, or written"] = len(wrong)
    assert not wrong, "\n".join(wrong)
