"""Which day a greeting gets: one a day, so many a week, the more urgent first, none dropped."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outbox.caps import Wish, arrange, first_free_day

pytestmark = pytest.mark.once

MONDAY = date(2027, 3, 1)


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


days = st.integers(0, 30).map(day)


@pytest.mark.parametrize(
    ("taken", "cap", "expected"),
    [
        ([], 3, 0),
        ([0], 3, 1),
        ([0, 1], 3, 2),
        ([0, 1, 2], 3, 7),
        ([-3, -2, -1], 3, 4),
        ([1, 2, 3], 3, 8),
        ([0], 1, 7),
        ([3], 1, 10),
        ([0, 1, 2, 3, 4, 5, 6], 7, 7),
        ([0, 1, 2, 3, 4, 5, 6], 99, 7),
    ],
)
def test_it_takes_the_first_day_with_room(taken, cap, expected):
    assert first_free_day(day(0), [day(number) for number in taken], cap) == day(expected)


def test_a_birthday_moves_a_seasonal_note_and_not_the_other_way_round():
    birthday, season = Wish(10, True, day(0), "birthday"), Wish(50, False, day(0), "season")
    assert arrange([season, birthday], taken=[], weekly_cap=3) == {"birthday": day(0), "season": day(1)}


def test_what_has_a_day_keeps_it_from_an_equal():
    first, second = Wish(50, False, day(0), "first"), Wish(50, True, day(0), "second")
    assert arrange([second, first], taken=[], weekly_cap=3) == {"first": day(0), "second": day(1)}


def test_what_has_left_keeps_its_day_even_from_a_birthday():
    assert arrange([Wish(10, True, day(0), "birthday")], taken=[day(0)], weekly_cap=3) == {"birthday": day(1)}


@settings(max_examples=150, deadline=None)
@given(
    wishes=st.lists(st.tuples(st.sampled_from([10, 30, 50]), st.booleans(), days), max_size=12),
    taken=st.sets(days, max_size=6),
    cap=st.integers(1, 8),
)
def test_nobody_gets_two_a_day_or_more_than_the_cap_in_seven_days(wishes, taken, cap):
    # What is taken already may break a cap that was lowered since; then nothing is added to it.
    asked = [Wish(priority, is_new, wanted, str(number)) for number, (priority, is_new, wanted) in enumerate(wishes)]
    found = arrange(asked, taken=taken, weekly_cap=cap)
    assert set(found) == {wish.key for wish in asked}, "none is dropped"
    assert all(found[wish.key] >= wish.day for wish in asked), "none goes early"
    assert len(set(found.values()) | taken) == len(found) + len(taken), "none shares a day"
    for chosen in found.values():
        for first in (chosen - timedelta(days=back) for back in range(7)):
            week = {first + timedelta(days=number) for number in range(7)}
            assert len(week & (set(found.values()) | taken)) <= max(cap, len(week & taken))


@settings(max_examples=100, deadline=None)
@given(days_had=st.sets(days, max_size=5), birthday=days, cap=st.integers(1, 4))
def test_only_what_has_left_can_move_a_birthday(days_had, birthday, cap):
    waiting = [Wish(50, False, had, str(had)) for had in days_had]
    assert arrange([*waiting, Wish(10, True, birthday, "b")], taken=[], weekly_cap=cap)["b"] == birthday


@settings(max_examples=100, deadline=None)
@given(wishes=st.lists(st.tuples(st.sampled_from([10, 50]), days), max_size=10), cap=st.integers(1, 4))
def test_arranging_again_changes_nothing(wishes, cap):
    asked = [Wish(priority, True, wanted, str(number)) for number, (priority, wanted) in enumerate(wishes)]
    found = arrange(asked, taken=[], weekly_cap=cap)
    settled = [Wish(wish.priority, False, found[wish.key], wish.key) for wish in asked]
    assert arrange(settled, taken=[], weekly_cap=cap) == found
