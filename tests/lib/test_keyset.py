"""Pages by the last row seen: each row once, in both directions, also where a value is missing."""

from datetime import date, timedelta

import pytest
from django.db.models import Q
from hypothesis import given
from hypothesis import strategies as st

from care.lib.keyset import Column, page
from members.models import Member
from tests.factories import a_community, a_member

pytestmark = pytest.mark.django_db

BY_NAME = [Column("name_key"), Column("id")]
BY_JOINED = [Column("joined_on", is_nullable=True), Column("id")]
NEWEST = [Column("joined_on", is_descending=True, is_nullable=True), Column("id", is_descending=True)]


def walk(queryset, columns, size, first=None):
    """All rows from the first page to the last, and back again."""
    forth, back, cursor = [], [], None
    while True:
        here = page(queryset, columns, cursor=cursor, size=size, first=first)
        forth += here.rows
        if not here.later:
            break
        cursor = here.later
    back = here.rows
    while here.earlier:
        here = page(queryset, columns, cursor=here.earlier, size=size, first=first)
        back = here.rows + back
    return forth, back


@pytest.fixture
def crowd():
    community = a_community()
    first = date(2020, 1, 1)
    for number in range(11):
        joined_on = None if number % 4 == 0 else first + timedelta(days=number % 3)
        a_member(community, name=f"Name {number % 4}", joined_on=joined_on)
    return Member.objects.filter(community=community)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 11, 20])
@pytest.mark.parametrize("columns", [BY_NAME, BY_JOINED, NEWEST])
def test_every_row_comes_once_forth_and_back(crowd, columns, size):
    forth, back = walk(crowd, columns, size)
    assert len(forth) == 11
    assert len({row.pk for row in forth}) == 11
    assert [row.pk for row in back] == [row.pk for row in forth]


def test_rows_without_a_value_come_last_both_ways(crowd):
    for columns in (BY_JOINED, NEWEST):
        forth, _back = walk(crowd, columns, 4)
        assert [row.joined_on is None for row in forth] == [False] * 8 + [True] * 3


@pytest.mark.parametrize("size", [1, 2, 3, 5, 20])
@pytest.mark.parametrize("columns", [BY_NAME, BY_JOINED, NEWEST])
def test_some_may_come_before_all_others(crowd, columns, size):
    forth, back = walk(crowd, columns, size, first=Q(name="Name 2"))
    assert [row.name == "Name 2" for row in forth] == [True] * 3 + [False] * 8
    assert [row.pk for row in back] == [row.pk for row in forth]
    assert len({row.pk for row in forth}) == 11


def test_it_sorts_as_it_says(crowd):
    forth, _back = walk(crowd, NEWEST, 3)
    dated = [row.joined_on for row in forth if row.joined_on]
    assert dated == sorted(dated, reverse=True)


def test_a_row_that_came_in_between_shifts_nothing(crowd):
    first = page(crowd, BY_NAME, cursor=None, size=5)
    a_member(first.rows[0].community, name="Name 0 before everybody else", email="")
    second = page(crowd, BY_NAME, cursor=first.later, size=20)
    assert not {row.pk for row in first.rows} & {row.pk for row in second.rows}


@pytest.mark.parametrize(
    "garbage", ["x", "é", "W10", "WzBd", "W251bGxd", "WzUsIm5hbWUiLCJ4Il0", "A" * 5000, "WzAsIlx1MDAwMCIsMV0"]
)
def test_a_cursor_that_cannot_be_read_gives_the_first_page_and_says_so(crowd, garbage):
    here = page(crowd, BY_NAME, cursor=garbage, size=5)
    assert here.is_lost
    assert len(here.rows) == 5


def test_a_cursor_of_another_order_is_garbage_too(crowd):
    by_name = page(crowd, BY_NAME, cursor=None, size=2).later
    assert page(crowd, BY_JOINED, cursor=by_name, size=2).is_lost


@given(st.text(max_size=60))
def test_no_cursor_makes_it_fail(text):
    assert page(Member.objects.none(), BY_NAME, cursor=text, size=5).rows == []


def test_the_thousandth_page_costs_two_queries_at_most(crowd, django_assert_max_num_queries):
    later = page(crowd, BY_JOINED, cursor=None, size=4).later
    with django_assert_max_num_queries(2):
        page(crowd, BY_JOINED, cursor=later, size=20)
