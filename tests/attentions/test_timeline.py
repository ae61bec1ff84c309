"""What attentions tell on a member's page."""

from datetime import UTC, date, datetime, timedelta

import pytest

from attentions import timeline
from attentions.models import Attention
from attentions.services import approval, by_hand, rituals
from attentions.services.work import plan_everybody
from tests.factories import a_builder, a_community, a_member

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)
FAR = NOW + timedelta(days=400)


@pytest.fixture
def community():
    return a_community()


@pytest.fixture
def ana(community):
    return a_builder(community, name="Ana")


@pytest.fixture
def maya(community):
    return a_member(community, name="Maya", birth_month=3, birth_day=1)


def told(member, ana, **asked):
    me = member.community.team.get(user=ana)
    return timeline.rows(member, **{"before": FAR, "limit": 10, "team_member": me, **asked})


def test_gestures_are_told_the_newest_first_with_who_and_what(maya, ana):
    for ago, what in ((9, "A call"), (2, "A card"), (30, "A gift")):
        day = NOW.date() - timedelta(days=ago)
        by_hand.record_done(maya, by=ana, now=NOW, detail=what, done_on=day, note=f"About {what}")
    rows = told(maya, ana)
    assert [row.title for row in rows] == ["A card", "A call", "A gift"]
    assert (rows[0].by, rows[0].text, rows[0].sort) == ("Ana", "About A card", "attention")
    assert [row.title for row in told(maya, ana, limit=1)] == ["A card"]
    assert [row.title for row in told(maya, ana, before=rows[0].at)] == ["A call", "A gift"]


def test_what_was_skipped_or_missed_is_told_too(community, maya, ana):
    rituals.switch_on(rituals.ritual_for(community, "birthday"), by=ana, now=NOW, effective_from=date(2027, 1, 1))
    plan_everybody(now=NOW, community=community)
    row = Attention.objects.get()
    approval.skip(row, by=ana, reason="not_wanted")
    assert [(one.title, one.text) for one in told(maya, ana)] == [("Skipped: Birthday", "They would not want it")]
    Attention.objects.update(state="expired")
    assert [one.title for one in told(maya, ana)] == ["Too late: Birthday"]


def test_the_header_names_the_last_and_the_next(maya, ana):
    assert timeline.header(maya, now=NOW) == []
    by_hand.record_done(maya, by=ana, now=NOW, detail="A call", done_on=NOW.date())
    by_hand.plan_by_hand(maya, by=ana, now=NOW, detail="A card", due_on=NOW.date() + timedelta(days=3))
    by_hand.plan_by_hand(maya, by=ana, now=NOW, detail="A gift", due_on=NOW.date() + timedelta(days=9))
    facts = timeline.header(maya, now=NOW)
    assert [(fact.place, fact.text) for fact in facts] == [("last", "A call"), ("next", "A card")]


def test_it_tells_nothing_of_others(community, maya, ana):
    other = a_member(community)
    by_hand.record_done(other, by=ana, now=NOW, detail="A call", done_on=NOW.date())
    assert told(maya, ana) == []
