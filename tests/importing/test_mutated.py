"""Files that are broken, on purpose or not: a sentence or a preview, and nothing written before somebody confirms."""

import json
import subprocess
import sys
import time

import pytest
from bs4 import BeautifulSoup

from members.models import AuditEntry, ImportPreset, Member, MemberImport, Tag
from tests.both_databases import ROOT, clean_environment
from tests.factories import a_builder, a_community
from tests.importing.mutants import mutant
from tests.importing.test_pages import bring, columns, url_of

pytestmark = pytest.mark.django_db
SEE = 303


def written() -> list[int]:
    return [model.objects.count() for model in (Member, Tag, AuditEntry, ImportPreset)]


def refusal(answer) -> str:
    """The sentence beside the field."""
    error = BeautifulSoup(answer.content, "html.parser").select_one(".error-summary li, .errorlist, [id$=_error]")
    return error.get_text(" ", strip=True) if error else ""


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


MB = 1024 * 1024
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
    "a million formulas": (b"name,company\n", b'=1+1,"=HYPERLINK(""//e"")"\n', 1_000_000),
    "as much as a form takes, in cells": (b"name" + b",x" * 199 + b"\n", b"," * 199 + b"x\n", 20_000),
    "as much as a form takes, in rows": (b"name,notes\n", b"Maya Okafor,=" + b"x" * 240 + b"\n", 20_000),
}


@pytest.mark.long
@pytest.mark.once
@pytest.mark.proves(
    "S10",
    "Heavy files, each in a process of its own",
    goal="a sentence or a preview within 30 s and 300 MB, through the form and on the command line; nothing written",
)
def test_a_heavy_file_weighs_nothing(line, tmp_path):
    line.sizes["files"] = len(HEAVY)
    peak, slowest, wrong = 0, 0.0, []
    for name, (begin, more, times) in HEAVY.items():
        path = tmp_path / "heavy.csv"
        with open(path, "wb") as file:
            file.write(begin)
            for _time in range(times):
                file.write(more)
        environment = {**clean_environment(), "CARE_VAR": str(tmp_path / "var")}
        command = [sys.executable, "-m", "tests.importing.heavy", str(path)]
        ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, f"{name}: {ran.stderr[-2000:]}"
        outcome = json.loads(ran.stdout.splitlines()[-1])
        seconds = max(outcome["web"]["seconds"], outcome["command"]["seconds"])
        peak, slowest = max(peak, outcome["mb"]), max(slowest, seconds)
        fine = outcome["web"]["code"] in {200, 422} and outcome["web"]["written"] == 0 and outcome["mb"] < 300
        if not fine or seconds > 30:
            wrong.append(f"{name}: {outcome}")
    line.figures |= {"peak in MB": peak, "slowest in s": slowest, "too heavy": len(wrong)}
    assert not wrong, "\n".join(wrong)
