"""The benchmarks run, and their baselines do the same work: tiny sizes, no figure counts."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from attentions.planning.run import plan_community
from benchmarks import harness, importing, letters, pages, people, planning
from benchmarks.__main__ import ROWS, arguments, sizes
from members.models import Member
from outbox.services import deliver
from tests.factories import a_community

NOW = datetime(2027, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
def community(db):
    made = people.fill(120, seed=1, now=NOW)
    plan_community(made, now=NOW - timedelta(days=1))
    return made


@pytest.mark.once
def test_sizes_are_written_short():
    assert sizes("1m,10k,7") == [7, 10_000, 1_000_000]
    assert harness.short(10_000) == "10k"


@pytest.mark.once
@pytest.mark.parametrize(("words", "names"), [([], []), (["P1", "P10", "--rounds", "5"], ["P1", "P10"])])
def test_rows_are_asked_for_by_name_or_all_at_once(monkeypatch, words, names):
    monkeypatch.setattr(sys, "argv", ["bench", *words])
    assert arguments().names == names


@pytest.mark.once
def test_a_row_that_is_none_is_refused(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["bench", "P99"])
    with pytest.raises(SystemExit):
        arguments()
    assert "P10" in capsys.readouterr().err


@pytest.mark.once
def test_growth_is_the_exponent():
    assert harness.growth({10: 1.0, 1_000: 100.0}) == pytest.approx(1)


@pytest.mark.once
def test_the_process_whose_memory_is_looked_at_starts_without_django():
    subprocess.run([sys.executable, "-c", "import benchmarks.memory_process"], cwd=letters.ROOT, check=True)


def test_planning_and_sql_by_hand_make_the_same_rows(community):
    figures = planning.compare(harness.Bench([120], seed=1, rounds=1, now=NOW), community)

    assert figures["ratio to hand-written SQL"] > 0


def test_the_people_have_birthdays_on_edges_and_none(community):
    members = Member.objects.of(community)

    assert members.filter(birth_month=2, birth_day=29).exists()
    assert members.filter(birth_month=None).count() > 5
    assert members.exclude(time_zone="").exists()


def test_the_list_of_the_benchmark_is_taken_in(community):
    rows = list(Member.objects.of(community).exclude(email="").values(*importing.COLUMNS))
    other = a_community()
    importing.take_in(other, importing.as_file(rows), harness.Bench([120], seed=1, now=NOW))

    assert Member.objects.of(other).count() == len(rows)


def test_letters_of_the_benchmark_leave(community, settings):
    letters.queue(community, 20, now=NOW)
    with letters.sink() as port:
        letters.send_raw(letters.ready_bytes(now=NOW), port)
        deliver(NOW)

    letters.all_sent(20)


def test_every_row_is_a_module_that_runs():
    from importlib import import_module

    assert connection.vendor in harness.NAMES
    assert all(callable(import_module(f"benchmarks.{module}").run) for module in ROWS.values())
    assert callable(pages.measure)
