"""Forgetting by itself: each thing after its time, and twice changes nothing."""

from datetime import UTC, date, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession

from attentions.models import Attention
from members.models import AuditEntry, Invitation, Member, MemberImport, TeamMember, User
from members.privacy.accounts import is_of_use
from members.privacy.erasing import erase_member
from members.privacy.retention import forget
from members.services import team
from outbox.models import Message
from outbox.privacy import ACCOUNT_MAIL_FOR
from tests.accounts.signing_in import own_device
from tests.factories import a_builder, a_community, a_member, a_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TWO_YEARS_AGO = NOW - timedelta(days=740)


def test_who_left_two_years_ago_is_erased_and_who_left_last_year_is_not():
    community = a_community()
    long_gone = a_member(community, status="left", left_on=date(2024, 11, 1))
    last_year = a_member(community, status="left", left_on=date(2025, 11, 1))
    active = a_member(community)
    Member.objects.update(updated_at=NOW - timedelta(days=29))
    assert forget(NOW)["members.erased"] == 0, "what has just been written down may be a slip"
    Member.objects.update(updated_at=NOW - timedelta(days=31))
    assert forget(NOW)["members.erased"] == 1
    assert [Member.objects.get(pk=row.pk).status for row in (long_gone, last_year, active)] == [
        "erased",
        "left",
        "active",
    ]
    assert AuditEntry.objects.get().verb == "member.erased"
    assert forget(NOW)["members.erased"] == 0


def test_who_came_in_last_week_as_somebody_who_had_left_is_kept():
    a_member(a_community(), status="left", left_on=date(2021, 1, 1), known_from=date(2026, 11, 13))
    assert forget(NOW)["members.erased"] == 0


def test_who_was_taken_in_again_while_others_were_being_erased_is_kept(monkeypatch):
    community = a_community()
    first, second = (a_member(community, status="left", left_on=date(2024, 11, day)) for day in (1, 2))
    Member.objects.update(updated_at=NOW - timedelta(days=31))

    def erase_while_the_second_comes_back(member, **how):
        Member.objects.filter(pk=second.pk).update(status="active", left_on=None, updated_at=NOW)
        return erase_member(member, **how)

    monkeypatch.setattr("members.privacy.retention.erase_member", erase_while_the_second_comes_back)
    assert forget(NOW)["members.erased"] == 1
    assert [Member.objects.get(pk=row.pk).status for row in (first, second)] == ["erased", "active"]


def test_many_who_cannot_be_erased_do_not_keep_the_others_for_ever(monkeypatch):
    """In at most 60 hours: that chance leaves somebody out for that long is less likely than 1 to 10^10."""
    community = a_community()
    for day in range(1, 4):
        a_member(community, status="left", left_on=date(2024, 11, day), name="stuck")
    last = a_member(community, status="left", left_on=date(2024, 11, 9))
    Member.objects.update(updated_at=NOW - timedelta(days=31))

    def some_fail(member, **how):
        if member.name == "stuck":
            raise ValueError
        return erase_member(member, **how)

    monkeypatch.setattr("members.privacy.retention.erase_member", some_fail)
    monkeypatch.setattr("members.privacy.retention.BATCH", 2)
    for _hour in range(60):
        with pytest.raises(ExceptionGroup):
            forget(NOW)
        if Member.objects.get(pk=last.pk).status == "erased":
            return
    pytest.fail("the last one never had a turn")


def test_words_go_after_two_years_and_the_counts_stay():
    member = a_member(a_community())
    for due in (TWO_YEARS_AGO, NOW):
        Message.objects.create(
            community=member.community,
            member=member,
            message_class="greeting",
            state="sent",
            sent_at=due,
            due_at=due,
            ready_at=due,
            expires_at=due,
            created_at=due,
            subject="Happy birthday",
            text="Dear Maya",
            to_email="maya@example.org",
            content_sha256="x",
            message_id=str(due),
        )
        Attention.objects.create(
            community=member.community,
            member=member,
            kind="birthday",
            cycle=str(due),
            state="done",
            done_at=due,
            due_on=due.date(),
            due_at=due,
            expires_at=due,
            created_at=due,
            proposed_at=due,
            personal_line="See you",
        )
    counts = forget(NOW)
    assert (counts["outbox.letters"], counts["attentions.words"]) == (1, 1)
    assert sorted(Message.objects.values_list("text", "to_email")) == [("", ""), ("Dear Maya", "maya@example.org")]
    assert sorted(Attention.objects.values_list("personal_line", flat=True)) == ["", "See you"]
    assert not any(forget(NOW).values())


def test_codes_and_other_account_mail_go_sooner():
    for days in (-1, 1):
        at = NOW - ACCOUNT_MAIL_FOR - timedelta(days=days)
        Message.objects.create(
            message_class="account",
            state="sent",
            sent_at=at,
            due_at=at,
            ready_at=at,
            expires_at=at,
            created_at=at,
            text="BCDF-GHJK",
            content_sha256="x",
            message_id=str(days),
        )
    assert forget(NOW)["outbox.letters"] == 1
    assert Message.objects.filter(text="").count() == 1


def test_what_has_not_come_to_an_end_is_never_forgotten():
    member = a_member(a_community())
    at = TWO_YEARS_AGO
    Message.objects.create(
        community=member.community,
        member=member,
        message_class="greeting",
        state="held",
        due_at=at,
        ready_at=at,
        expires_at=at,
        created_at=at,
        text="Dear Maya",
        content_sha256="x",
        message_id="1",
    )
    assert forget(NOW)["outbox.letters"] == 0


def test_invitations_go_three_months_after_they_ran_out():
    community = a_community()
    owner = a_builder(community, role="owner")
    team.invite(community, email="old@example.org", role="builder", by=owner, now=NOW - timedelta(days=98))
    team.invite(community, email="new@example.org", role="builder", by=owner, now=NOW - timedelta(days=30))
    assert forget(NOW)["members.invitations"] == 1
    assert Invitation.objects.get().email == "new@example.org"


def test_what_was_wrong_in_a_file_goes_after_a_month():
    community = a_community()
    for days in (29, 31):
        MemberImport.objects.create(
            community=community,
            filename="members.csv",
            state="done",
            errors=[{"row": 2, "error": "maya@ is no address"}],
            options={"mapping": {"Maya Okafor": "name"}},
            created_at=NOW - timedelta(days=days),
        )
    assert forget(NOW)["members.import_errors"] == 1
    assert MemberImport.objects.filter(options={}).count() == 1
    assert forget(NOW)["members.import_errors"] == 0


def test_an_account_that_opens_nothing_goes_and_every_other_stays(client):
    long_ago = NOW - timedelta(days=100)
    useless = a_user(email="nobody@example.org")
    staff, team_member = a_user(is_staff=True), a_builder(a_community())
    member = a_user(email="maya@example.org", password=None)
    a_member(a_community(), email="Maya@example.org")
    EmailAddress.objects.create(user=member, email="maya@example.org", verified=True)
    abroad = a_user(email="maya@bücher.example", password=None)
    a_member(a_community(), email="maya@bücher.example")
    EmailAddress.objects.create(user=abroad, email="maya@bücher.example", verified=True)
    User.objects.update(date_joined=long_ago)
    fresh = a_user()
    User.objects.filter(pk=fresh.pk).update(date_joined=NOW)
    assert forget(NOW)["members.accounts"] == 1
    assert set(User.objects.all()) == {staff, team_member, member, abroad, fresh}
    assert useless not in User.objects.all()


@pytest.mark.parametrize(
    "comes_to_use",
    [
        lambda account: User.objects.filter(pk=account.pk).update(last_login=NOW),
        lambda account: TeamMember.objects.create(community=a_community(), user=account, role="greeter"),
        lambda account: a_member(a_community(), email=account.email),
    ],
)
def test_an_account_that_comes_to_use_just_before_it_would_go_stays(monkeypatch, comes_to_use):
    account = a_user(email="maya@example.org")
    EmailAddress.objects.create(user=account, email=account.email, verified=True)
    User.objects.update(date_joined=NOW - timedelta(days=100))
    asked = []

    def is_of_use_a_moment_later(account, **how):
        answer = is_of_use(account, **how)
        if not asked:
            comes_to_use(account)
        asked.append(account)
        return answer

    monkeypatch.setattr("members.privacy.accounts.is_of_use", is_of_use_a_moment_later)
    assert forget(NOW)["members.accounts"] == 0
    assert User.objects.filter(pk=account.pk).exists()


def test_nothing_is_known_of_sessions_that_have_ended(client):
    own_device(client, a_user())
    UserSession.objects.create(user=User.objects.get(), ip="203.0.113.9", session_key="gone", user_agent="x")
    forget(NOW)
    assert not UserSession.objects.filter(session_key="gone").exists()
