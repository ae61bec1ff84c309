"""Whole numbers of an address (care/lib/whole.py)."""

import pytest

from care.lib.whole import whole


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("3", 3), ("007", 7), ("99", 50), ("", 0), ("-1", 0), ("1.5", 0), ("x", 0), ("٣", 0), ("9" * 5_000, 0)],
)
def test_it_is_bounded_and_nonsense_is_nought(text, number):
    assert whole(text, most=50) == number
