"""What can be checked without running anything."""

import pytest

from tests.setup.shell import ROOT, manage, tool

pytestmark = pytest.mark.once


def test_ruff_finds_nothing():
    result = tool("ruff", "check", "--quiet", ".")
    assert result.returncode == 0, result.stdout


def test_every_file_is_formatted():
    result = tool("ruff", "format", "--check", ".")
    assert result.returncode == 0, result.stdout


def test_mypy_finds_nothing():
    result = tool("mypy")
    assert result.returncode == 0, result.stdout


def test_models_and_migrations_agree(tmp_path):
    result = manage("makemigrations", "--check", "--dry-run", CARE_VAR=str(tmp_path))
    assert result.returncode == 0, result.stdout + result.stderr


def test_django_checks_find_nothing(tmp_path):
    result = manage("check", "--fail-level", "WARNING", CARE_VAR=str(tmp_path))
    assert result.returncode == 0, result.stderr


def test_lock_files_are_hashed_and_name_no_host():
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        assert "--hash=sha256:" in text
        assert "://" not in text
