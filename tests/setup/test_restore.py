"""A backup, as docs/operations.md tells to make it, brought to another machine."""

import json
import sqlite3
from pathlib import Path

import pytest

from tests.setup.shell import manage

pytestmark = [pytest.mark.once, pytest.mark.timeout(240)]


@pytest.fixture
def backup(tmp_path) -> Path:
    """A backup of an install that has a community and has been at work."""
    old = tmp_path / "old"
    assert manage("migrate", "-v0", CARE_VAR=str(old)).returncode == 0
    words = ("potters", "--name", "The Potters", "--timezone", "Europe/Paris", "--builder", "ana@example.org")
    assert manage("create_community", *words, CARE_VAR=str(old)).returncode == 0
    assert manage("tick", CARE_VAR=str(old)).returncode == 0
    sqlite3.connect(old / "db.sqlite3").execute(f"VACUUM INTO '{tmp_path / 'backup.sqlite3'}'")
    return tmp_path / "backup.sqlite3"


def test_a_restored_copy_plans_and_sends_nothing_until_somebody_says_so(backup, tmp_path):
    new = tmp_path / "new"
    new.mkdir()
    backup.rename(new / "db.sqlite3")
    here = {"CARE_VAR": str(new)}

    tick = manage("tick", **here)
    assert tick.returncode == 0
    assert "Sending is stopped on this machine" in tick.stderr
    assert json.loads(manage("health", **here).stdout)["quarantine"] == "restored"

    assert "Sending goes on." in manage("resume_sending", "--by", "ana@example.org", **here).stdout
    assert manage("tick", **here).stderr == ""
    assert json.loads(manage("health", **here).stdout)["quarantine"] is None


def test_a_planned_move_takes_the_identity_along(backup, tmp_path):
    new = tmp_path / "new"
    new.mkdir()
    backup.rename(new / "db.sqlite3")
    (tmp_path / "old/instance_id").rename(new / "instance_id")
    assert manage("tick", CARE_VAR=str(new)).stderr == ""
