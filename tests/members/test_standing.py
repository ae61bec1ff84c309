"""Whether anything may leave to a member: status and holds, of one and of many."""

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.models import AuditEntry, Member
from members.services.members import (
    ChangedMeanwhile,
    change_member,
    hold,
    hold_many,
    release_hold,
    rezone_holds,
    set_status,
)
from tests.factories import a_builder, a_community, a_member
from tests.members.story import NOON, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def community():
    return a_community(time_zone="Europe/Paris")


@pytest.fixture
def builder(community):
    return a_builder(community)


def last_line(community):
    return AuditEntry.objects.filter(community=community).order_by("-seq").first()


# --- status


def test_leaving_notes_the_day_and_coming_back_forgets_it(community, builder):
    member = a_member(community)
    assert set_status(member, "left", by=builder, now=NOON)
    member.refresh_from_db()
    assert (member.status, member.left_on) == ("left", TODAY)
    assert set_status(member, "active", by=builder, now=NOON)
    member.refresh_from_db()
    assert (member.status, member.left_on) == ("active", None)


def test_leaving_may_have_been_on_another_day_but_not_before_joining(community):
    member = a_member(community, joined_on=date(2026, 5, 1))
    set_status(member, "left", by=None, now=NOON, on=date(2026, 6, 1))
    assert Member.objects.get().left_on == date(2026, 6, 1)
    with pytest.raises(ValidationError):
        set_status(member, "left", by=None, now=NOON, on=date(2026, 4, 30))


def test_the_same_status_again_changes_nothing(community):
    member = a_member(community)
    assert not set_status(member, "active", by=None, now=NOON)
    assert last_line(community) is None


def test_erasing_is_not_a_status_one_can_choose(community):
    with pytest.raises(ValidationError):
        set_status(a_member(community), "erased", by=None, now=NOON)


def test_of_two_who_change_a_status_at_once_the_second_is_told(community):
    member = a_member(community)
    stale = Member.objects.get(pk=member.pk)
    set_status(member, "deceased", by=None, now=NOON)
    with pytest.raises(ChangedMeanwhile):
        set_status(stale, "left", by=None, now=NOON)
    assert Member.objects.get().status == "deceased"


def test_joining_after_leaving_is_refused(community):
    member = a_member(community, status="left", left_on=date(2026, 1, 1))
    with pytest.raises(ValidationError):
        change_member(member, by=None, now=NOON, joined_on=date(2026, 1, 2))


# --- holds


def test_a_hold_lasts_through_its_day_where_the_member_is(community, builder):
    member = a_member(community, time_zone="Asia/Tokyo")
    hold(member, until=date(2027, 3, 10), reason=" In  mourning ", by=builder, now=NOON)
    member.refresh_from_db()
    assert member.hold_reason == "In mourning"
    assert member.hold_ends_at == datetime(2027, 3, 10, 15, tzinfo=UTC)
    assert Member.objects.on_hold(datetime(2027, 3, 10, 14, 59, tzinfo=UTC)).exists()
    assert not Member.objects.on_hold(datetime(2027, 3, 10, 15, tzinfo=UTC)).exists()
    assert last_line(community).fields == ["hold_reason", "hold_until"]


@pytest.mark.parametrize(
    ("until", "reason", "field"),
    [
        (date(2027, 2, 28), "x", "until"),
        (date(2060, 1, 1), "x", "until"),
        (TODAY, " ", "reason"),
        (TODAY, "x" * 201, "reason"),
    ],
)
def test_a_hold_needs_a_day_to_come_and_a_reason(community, until, reason, field):
    with pytest.raises(ValidationError) as refused:
        hold(a_member(community), until=until, reason=reason, by=None, now=NOON)
    assert field in refused.value.message_dict


def test_of_two_who_end_a_hold_at_once_one_does(community):
    member = a_member(community)
    hold(member, until=TODAY, reason="x", by=None, now=NOON)
    twice = [Member.objects.get(), Member.objects.get()]
    assert [release_hold(row, by=None, now=NOON) for row in twice] == [True, False]
    assert AuditEntry.objects.filter(verb="member.released").count() == 1


def test_a_hold_ends_in_the_zone_that_is_on_record_by_now(community):
    member = a_member(community)
    change_member(Member.objects.get(), by=None, now=NOON, time_zone="Asia/Tokyo")
    hold(member, until=date(2027, 3, 10), reason="x", by=None, now=NOON)
    assert Member.objects.get().hold_ends_at == datetime(2027, 3, 10, 15, tzinfo=UTC)


def test_a_hold_can_be_ended_once(community):
    member = a_member(community)
    hold(member, until=TODAY, reason="x", by=None, now=NOON)
    assert release_hold(member, by=None, now=NOON)
    assert not release_hold(member, by=None, now=NOON)
    member.refresh_from_db()
    assert (member.hold_until, member.hold_ends_at, member.hold_reason) == (None, None, "")


def test_holding_many_ends_each_hold_where_the_member_is(community, builder):
    zones = ["", "Asia/Tokyo", "America/Los_Angeles", "", "Pacific/Apia"]
    members = [a_member(community, time_zone=zone) for zone in zones]
    stranger = a_member(a_community())
    assert hold_many(
        Member.objects.all(), community=community, until=date(2027, 3, 10), reason="Strike", by=builder, now=NOON
    ) == len(zones)
    for member in members:
        by_many = Member.objects.get(pk=member.pk).hold_ends_at
        hold(member, until=date(2027, 3, 10), reason="Strike", by=builder, now=NOON)
        assert by_many == member.hold_ends_at
    stranger.refresh_from_db()
    assert stranger.hold_until is None


def test_holding_many_costs_the_same_for_ten_and_for_two_hundred(community, builder, django_assert_num_queries):
    def run():
        hold_many(Member.objects.all(), community=community, until=TODAY, reason="x", by=builder, now=NOON)

    for number in range(10):
        a_member(community, time_zone=["", "Asia/Tokyo"][number % 2])
    with CaptureQueriesContext(connection) as ten:
        run()
    for number in range(190):
        a_member(community, time_zone=["", "Asia/Tokyo"][number % 2])
    with django_assert_num_queries(len(ten)):
        run()


def test_the_holds_of_those_who_follow_the_community_follow_its_zone(community):
    follows, own = a_member(community), a_member(community, time_zone="Asia/Tokyo")
    for member in (follows, own):
        hold(member, until=date(2027, 3, 10), reason="x", by=None, now=NOON)
    community.time_zone = "America/New_York"
    community.save()
    assert rezone_holds(community) == 1
    follows.refresh_from_db()
    own.refresh_from_db()
    assert follows.hold_ends_at == datetime(2027, 3, 11, 5, tzinfo=UTC)
    assert own.hold_ends_at == datetime(2027, 3, 10, 15, tzinfo=UTC)


def test_the_day_somebody_left_is_a_day_that_can_be(community):
    member = a_member(community, joined_on=None)
    for day in (date(26, 3, 1), date(1, 1, 1), date(2030, 1, 1)):
        with pytest.raises(ValidationError, match="year must be between"):
            set_status(member, "left", by=None, now=NOON, on=day)


def test_who_was_to_join_may_leave_before(community):
    member = a_member(community, joined_on=date(2027, 5, 1))
    assert set_status(member, "left", by=None, now=NOON)
    assert member.left_on == date(2027, 5, 1)
