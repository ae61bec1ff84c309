"""A backup, as docs/operations.md tells to make it, brought to another machine."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.setup.shell import manage

pytestmark = [pytest.mark.once, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def old(tmp_path_factory) -> Path:
    """The folder of an install that has a community, has been at work, and was backed up."""
    folder = tmp_path_factory.mktemp("old")
    assert manage("migrate", "-v0", CARE_VAR=str(folder)).returncode == 0
    words = ("potters", "--name", "The Potters", "--timezone", "Europe/Paris", "--builder", "ana@example.org")
    assert manage("create_community", *words, CARE_VAR=str(folder)).returncode == 0
    assert manage("deliver", CARE_VAR=str(folder)).returncode == 0
    sqlite3.connect(folder / "db.sqlite3").execute(f"VACUUM INTO '{folder / 'backup.sqlite3'}'")
    return folder


def test_a_restored_copy_sends_nothing_until_somebody_says_so(old, tmp_path):
    shutil.copy(old / "backup.sqlite3", tmp_path / "db.sqlite3")
    here = {"CARE_VAR": str(tmp_path)}

    tick = manage("tick", **here)
    assert tick.returncode == 0
    assert "Sending is stopped on this machine" in tick.stderr
    assert json.loads(manage("health", **here).stdout)["quarantine"] == "restored"

    assert "Sending goes on." in manage("resume_sending", "--by", "ana@example.org", **here).stdout
    assert manage("tick", **here).stderr == ""


def test_a_planned_move_takes_the_identity_along(old, tmp_path):
    shutil.copy(old / "backup.sqlite3", tmp_path / "db.sqlite3")
    shutil.copy(old / "instance_id", tmp_path / "instance_id")
    assert manage("deliver", CARE_VAR=str(tmp_path)).stderr == ""
