"""Fixtures of the faults: a stage of real processes on the database of the test."""

import pytest

from tests.faults.stage import a_stage, database_of_this_test


@pytest.fixture
def stage(line, tmp_path_factory, transactional_db):
    """A Redis, a mail server, and what a worker needs to find them and the test's own database."""
    folder = tmp_path_factory.mktemp("stage")
    with a_stage(folder, database=database_of_this_test(), seed=line.seed) as made:
        yield made


@pytest.fixture
def own_folder(settings, tmp_path):
    """What lies outside the database, and the mailbox, are this test's own."""
    settings.VAR, settings.EMAIL_URL = tmp_path, f"maildir://{tmp_path / 'mailbox'}"
