"""Narrowing in SQL never leaves out somebody who has a turn, and finds them by an index."""

from datetime import date, timedelta

import pytest
from django.db import connection

from attentions.kinds import kind_of
from care.lib.days import Window
from members.models import ImportantDate, Member
from tests.factories import a_community, a_member

LEAP_YEAR = Window(date(2016, 1, 1), date(2016, 12, 31))
WHOLE = Window(date(2000, 1, 1), date(2040, 12, 31))
# Around New Year, around both sides of February in common and leap years, one day, months, and more than a year.
WINDOWS = [
    Window(first, first + timedelta(days=length))
    for first in (date(2026, 12, 20), date(2027, 2, 20), date(2028, 2, 28), date(2027, 3, 1), date(2027, 6, 9))
    for length in (0, 1, 9, 22, 60, 130, 400)
]


@pytest.fixture
def members(db):
    """For each day of a leap year one who was born, joined and has a day of their own on it; half chose 1 March."""
    community = a_community()
    for number, day in enumerate(LEAP_YEAR):
        member = a_member(
            community,
            joined_on=day.replace(year=2016 - 4 * (number % 5)),
            birth_month=day.month,
            birth_day=day.day,
            feb29=("", "mar1")[number % 2],
            known_from=date(2000, 1, 1),
            welcome_on=day.replace(year=2028),
        )
        ImportantDate.objects.create(
            community=community,
            member=member,
            label="Kiln",
            month=day.month,
            day=day.day,
            known_from=date(2000, 1, 1),
        )
    return Member.objects.of(community).for_planning()


@pytest.mark.parametrize("key", ["birthday", "anniversary", "own_date", "welcome"])
def test_a_window_finds_the_same_turns_as_looking_at_everybody(members, key):
    kind = kind_of(key)
    everybody = list(kind.read(members, WHOLE))
    for window in WINDOWS:
        wanted = {(row.id, turn.cycle) for row in everybody for turn in kind.occurrences(row.facts, window)}
        narrowed = kind.read(members, window)
        found = {(row.id, turn.cycle) for row in narrowed for turn in kind.occurrences(row.facts, window)}
        assert found == wanted


@pytest.mark.parametrize(
    ("find", "index"),
    [
        (lambda members: members.joined_on_days({(3, 1), (3, 2)}), "member_joined_day"),
        (lambda members: members.born_on({(3, 1), (3, 2)}), "member_birthday"),
    ],
)
def test_it_is_found_by_an_index_on_community_and_day(members, find, index):
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # A table this small is otherwise read as a whole.
            cursor.execute("ANALYZE members_member; SET LOCAL enable_seqscan = off")
    assert index in find(members).explain()
