"""What a ritual would do: counted in bounded time, with honesty about what was not counted."""

from datetime import UTC, date, datetime

import pytest

from attentions.gallery import new_ritual
from attentions.kinds import kind_of, kinds
from attentions.planning import outlook as planning
from attentions.services import rituals
from members import audiences
from members.services.audiences import save_audience
from outbox.categories import categories, label
from tests.factories import a_builder, a_community, a_member

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def community():
    return a_community(time_zone="Europe/Paris")


def seen(community, kind="birthday", **fields):
    ritual = new_ritual(community, kind_of(kind))
    for name, value in fields.items():
        setattr(ritual, name, value)
    return planning.outlook(ritual, kind_of(kind), now=NOW)


def test_every_birthday_is_counted_once_in_its_month(community):
    for month in range(1, 13):
        for day in (1, 15, 28):
            a_member(community, birth_month=month, birth_day=day)
    found = seen(community)
    assert [month.first for month in found.months][:2] == [date(2027, 3, 1), date(2027, 4, 1)]
    assert [month.count for month in found.months] == [3] * 12
    assert (found.total, found.on_the_day, found.soon) == (36, 1, 2)


@pytest.mark.parametrize("now", [datetime(2027, 3, 15, 12, 0, tzinfo=UTC), datetime(2028, 2, 28, 12, 0, tzinfo=UTC)])
def test_a_year_from_the_middle_of_a_month_holds_every_birthday_once(community, now):
    for month, day in ((3, 14), (3, 15), (3, 16), (2, 28), (2, 29), (3, 1), (12, 31), (1, 1)):
        a_member(community, birth_month=month, birth_day=day)
    found = planning.outlook(new_ritual(community, kind_of("birthday")), kind_of("birthday"), now=now)
    assert found.total == 8
    assert len(found.months) == 13


def test_the_community_day_counts_even_when_it_is_another_one_in_utc():
    community = a_community(time_zone="Pacific/Auckland")
    a_member(community, birth_month=3, birth_day=1)
    a_member(community, birth_month=3, birth_day=2)
    found = planning.outlook(
        new_ritual(community, kind_of("birthday")),
        kind_of("birthday"),
        now=datetime(2027, 3, 1, 20, 0, tzinfo=UTC),
    )
    assert (found.today, found.on_the_day, found.total) == (date(2027, 3, 2), 1, 2)


@pytest.fixture
def few(monkeypatch):
    """As if a community of some were one of a million."""
    monkeypatch.setattr(planning, "WHOLE", 4)
    monkeypatch.setattr(planning, "MOST", 3)
    monkeypatch.setattr(planning, "READ", 2)


@pytest.mark.usefixtures("few")
def test_a_month_with_too_many_is_counted_no_further_and_says_so(community):
    for _number in range(5):
        a_member(community, birth_month=6, birth_day=1)
    a_member(community, birth_month=7, birth_day=1)
    found = seen(community)
    june, july = found.months[3], found.months[4]
    assert (june.count, june.is_more, july.count, july.is_more) == (3, True, 1, False)
    assert found.without_zone == 4
    assert found.is_more


@pytest.mark.usefixtures("few")
def test_it_reads_no_more_than_it_counts(community):
    for number in range(50):
        a_member(community, birth_month=3, birth_day=9, email="" if number % 2 else f"m{number}@example.org")
    for _number in range(20):
        a_member(community, birth_month=3, birth_day=9, reachable="suppressed")
    found = seen(community)
    assert (found.total, found.is_more, len(found.first), found.left_out) == (3, True, 2, 3)


@pytest.mark.usefixtures("few")
def test_a_month_of_which_not_everybody_was_looked_at_says_so_even_when_those_had_no_turn(community):
    for _number in range(5):
        a_member(community, birth_month=2, birth_day=29)  # looked at for 1 March, and have their turn in February
        a_member(community, birth_month=3, birth_day=20)
    found = seen(community)
    assert [month.is_more for month in found.months if month.first.month in (2, 3)] == [True, True]


@pytest.mark.usefixtures("few")
def test_who_asked_not_to_be_written_to_is_counted_among_those_whom_it_is_for(community):
    for _number in range(5):
        a_member(community, birth_month=3, birth_day=9, reachable="suppressed", status="left")
    a_member(community, birth_month=3, birth_day=9, reachable="suppressed")
    assert seen(community).left_out == 1


def test_those_who_share_a_day_are_told_apart_by_what_is_counted(community):
    for zone, email in (("", ""), ("", "a@example.org"), ("Asia/Tokyo", ""), ("Asia/Tokyo", "b@example.org")):
        a_member(community, birth_month=3, birth_day=9, time_zone=zone, email=email)
    a_member(community, birth_month=3, birth_day=9, known_from=date(2027, 3, 10))
    found = seen(community)
    assert (found.total, found.soon, found.by_hand, found.without_zone) == (4, 4, 2, 2)


def test_an_audience_narrows_it(community):
    ana = a_builder(community)
    french = save_audience(community, name="French", filter=audiences.parse({"language": ["fr"]}), by=ana)
    a_member(community, birth_month=5, birth_day=1, language="fr")
    a_member(community, birth_month=5, birth_day=1)
    assert seen(community, audience=french).total == 1


def test_all_by_hand_means_every_one_by_hand(community):
    a_member(community, birth_month=5, birth_day=1)
    assert seen(community, channel="by_hand").by_hand == 1


@pytest.mark.parametrize("kind", ["anniversary", "own_date", "welcome"])
def test_every_kind_can_be_foreseen(community, kind):
    a_member(community, welcome_on=date(2027, 3, 1), joined_on=date(2020, 3, 3))
    assert seen(community, kind).total == {"anniversary": 1, "own_date": 0, "welcome": 1}[kind]


def test_a_ritual_that_is_on_is_seen_from_its_own_start(community):
    ritual = rituals.ritual_for(community, "birthday")
    rituals.switch_on(ritual, by=None, now=NOW, effective_from=date(2027, 6, 1))
    a_member(community, birth_month=5, birth_day=1)
    a_member(community, birth_month=7, birth_day=1)
    assert planning.outlook(ritual, kind_of("birthday"), now=NOW).total == 1


def test_every_kind_is_something_a_member_can_switch_off():
    keys = [category.key for category in categories()]
    assert {kind.key for kind in kinds()} <= set(keys)
    assert "by_hand" in keys
    assert str(label("birthday")) == "Birthday"
