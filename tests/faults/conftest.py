"""Fixtures of the faults: a stage of real processes on the database of the test."""

import pytest
from django.db import connection

from tests.faults.stage import a_stage, database_of_this_test


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What needs PostgreSQL is run on PostgreSQL; what has no small size in the long layer."""
    leave = {
        "postgresql": connection.vendor != "postgresql",
        "long": not config.getoption("long"),
    }
    out = [item for item in items if any(leave[name] and item.get_closest_marker(name) for name in leave)]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in out]


@pytest.fixture
def stage(line, tmp_path_factory, transactional_db):
    """A Redis, a mail server, and what a worker needs to find them and the test's own database."""
    folder = tmp_path_factory.mktemp("stage")
    with a_stage(folder, database=database_of_this_test(), seed=line.seed) as made:
        yield made
