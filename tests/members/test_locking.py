"""Whoever writes on a member while they are being erased comes too late: nothing lands on the emptied row."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from attentions.services.approval import approve
from attentions.services.by_hand import plan_by_hand, record_done
from members import audit
from members.models import Member, TeamMember
from members.privacy.contract import packages
from members.privacy.erasing import erase_member
from members.services.custom_fields import add_field, delete_field
from members.services.members import change_member, hold, hold_many, set_dates, set_status
from members.services.notes import add_note
from members.services.tags import add_tag, tag_many
from tests.factories import a_builder, a_community, a_member

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
WRITES = {
    "a fact": lambda member, team: change_member(member, by=team.user, now=NOON, company="Maya's bakery"),
    "a status": lambda member, team: set_status(member, "left", by=team.user, now=NOON),
    "a hold": lambda member, team: hold(member, until=date(2027, 4, 1), reason="mourns", by=team.user, now=NOON),
    "a day": lambda member, team: set_dates(
        member, [{"label": "first bread", "month": 5, "day": 4}], by=team.user, now=NOON
    ),
    "a note": lambda member, team: add_note(member, text="Her mother is ill.", by=team, now=NOON),
    "a tag": lambda member, team: add_tag(member, name="baker", by=team.user),
    "a gesture": lambda member, team: plan_by_hand(
        member, by=team.user, now=NOON, detail="A visit to her mother", due_on=date(2027, 4, 1)
    ),
    "a gesture done": lambda member, team: record_done(
        member, by=team.user, now=NOON, detail="A visit to her mother", done_on=date(2027, 2, 1)
    ),
}


# Of many at once nobody is refused: those who are being erased are passed over, and the answer says how many were not.
WRITES_ON_MANY = {
    "a hold": lambda members, team: hold_many(
        members, community=team.community, until=date(2027, 4, 1), reason="mourns", by=team.user, now=NOON
    ),
    "a tag": lambda members, team: tag_many(members, community=team.community, name="baker", by=team.user)[0],
    "the end of a field": lambda members, team: delete_field(team.community.custom_fields.get(), by=team.user),
}


@pytest.fixture
def team() -> TeamMember:
    return TeamMember.objects.get(user=a_builder(a_community()))


@pytest.fixture
def meanwhile(monkeypatch, team):
    """Erase a member, write meanwhile, and give what the writing came to."""

    def erase_and_write(member: Member, write: Callable[[], Any]) -> Any:
        is_erasing, told = threading.Event(), []

        def write_in_a_thread() -> None:
            is_erasing.wait(10)
            try:
                told.append(write())
            except ValidationError as error:
                told.append(error)
            finally:
                connection.close()

        writer = threading.Thread(target=write_in_a_thread)
        last = list(packages())[-1][1]
        erase = last.erase

        def erase_while_somebody_writes(erased: Member) -> None:
            is_erasing.set()
            writer.join(0.2)  # time enough to arrive and to wait
            erase(erased)

        monkeypatch.setattr(last, "erase", erase_while_somebody_writes)
        writer.start()
        assert erase_member(member, by=team.user, now=NOON)
        writer.join()
        return told[0]

    return erase_and_write


def assert_empty(member: Member) -> None:
    kept = Member.objects.get(pk=member.pk)
    assert (kept.status, kept.company, kept.hold_reason, kept.left_on) == ("erased", "", "", None)
    assert kept.custom == {}
    assert [*kept.dates.all(), *kept.notes.all(), *kept.member_tags.all(), *kept.attentions.all()] == []


@pytest.mark.parametrize("what", WRITES)
def test_what_waits_for_an_erasure_is_refused_after_it(what, meanwhile, team):
    member = a_member(team.community)
    as_read_before = Member.objects.get(pk=member.pk)
    told = meanwhile(member, lambda: WRITES[what](as_read_before, team))
    assert isinstance(told, ValidationError)
    assert_empty(member)


@pytest.mark.parametrize("what", WRITES_ON_MANY)
def test_what_is_written_on_many_passes_over_who_is_being_erased(what, meanwhile, team):
    add_field(team.community, label="Diet", sort="text", by=team.user)
    member, _other = [a_member(team.community, custom={"diet": "vegan", "gone": "since"}) for _ in range(2)]
    assert meanwhile(member, lambda: WRITES_ON_MANY[what](Member.objects.all(), team)) == 1
    assert_empty(member)


def test_an_erasure_waits_for_an_approval_that_is_under_way_and_blanks_its_letter(monkeypatch, team):
    member = a_member(team.community)
    words = {"detail": "Hello", "channel": "email", "personal_line": "How are you?"}
    row = plan_by_hand(member, by=team.user, now=NOON, due_on=date(2027, 4, 1), **words)
    is_approving, told, record = threading.Event(), [], audit.record

    def record_after_a_while(*args: Any, verb: str, **kwargs: Any) -> None:
        if verb == "attention.approved":
            is_approving.set()
            time.sleep(0.3)  # time enough for the erasure to arrive and to wait
        record(*args, verb=verb, **kwargs)

    def approve_in_a_thread() -> None:
        try:
            told.append(approve([row], community=team.community, by=team.user, now=NOON))
        finally:
            connection.close()

    monkeypatch.setattr(audit, "record", record_after_a_while)
    approver = threading.Thread(target=approve_in_a_thread)
    approver.start()
    is_approving.wait(10)
    assert erase_member(member, by=team.user, now=NOON)
    approver.join()
    assert told[0].approved == [row.pk]
    (message,) = member.messages.all()
    assert (message.state, message.to_email, message.text) == ("cancelled", "", "")
    assert member.attentions.get().state == "withdrawn"
