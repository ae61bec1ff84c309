"""What the runs showed is told as they showed it (tests/proof)."""

import json

import pytest

from tests import proof
from tests.proof import Line, page

pytestmark = pytest.mark.once


def a_line(**fields):
    values = {"name": "R3", "title": "Killed | workers", "goal": "no letter twice", "is_long": True, "seed": 7}
    return Line(**{**values, **fields})


def test_a_line_is_one_line_that_says_where_and_when_it_ran():
    line = a_line()
    assert line.size("sends", fast=500, long=10_000) == 10_000
    line.figures["unknown"] = 3
    told = json.loads(line.as_json())
    assert (told["sizes"], told["figures"], told["seed"]) == ({"sends": 10_000}, {"unknown": 3}, 7)
    assert {"date", "commit", "machine", "versions"} <= told.keys()


def test_the_same_seed_is_the_same_chance():
    assert a_line().chance.random() == a_line().chance.random()


def test_what_showed_the_same_before_is_replaced(tmp_path, monkeypatch):
    monkeypatch.setattr(proof, "FOLDER", tmp_path)
    proof.keep(a_line(figures={"unknown": 1}))
    proof.keep(a_line(title="Another", figures={"unknown": 2}))
    proof.keep(a_line(figures={"unknown": 3}))
    rows = proof.read(tmp_path / "R3.jsonl")
    assert [(row["title"], row["figures"]["unknown"]) for row in rows] == [("Another", 2), ("Killed | workers", 3)]


def test_the_page_has_a_row_for_each_line():
    lines = [
        a_line(name="R10"),
        a_line(sizes={"sends": 10_000}, figures={"ratio": 1.2345, "is well": True}),
        a_line(name="S1"),
    ]
    text = page.page(json.loads(line.as_json()) for line in lines)
    rows = [row for row in text.splitlines() if row.startswith("| **")]
    assert [row.split("**")[1] for row in rows] == ["R3", "R10", "S1"]
    assert "sends 10,000" in rows[0]
    assert "ratio 1.23 · is well yes" in rows[0]
    assert "Killed \\| workers" in rows[0]


def test_the_page_says_what_missed_its_goal():
    reached, missed = (json.loads(a_line(has_passed=well, title=str(well)).as_json()) for well in (True, False))
    rows = {row["title"]: page.page([row]) for row in (reached, missed)}
    assert "**missed**" in rows["False"]
    assert "**missed**" not in rows["True"]


def test_the_page_in_the_docs_is_what_its_lines_say():
    rows = [row for path in sorted(proof.FOLDER.glob("*.jsonl")) for row in proof.read(path)]
    assert all(row["is_long"] for row in rows)
    assert all(row["has_passed"] for row in rows if not row["name"].startswith("P"))
    if rows:
        assert page.PAGE.read_text() == page.page(rows)
