"""What stops a machine that is about to write to everybody: the brake, the quarantine, the paused channel."""

from datetime import timedelta
from itertools import cycle, islice

import pytest

from outbox.banners import banners
from outbox.models import ChannelHealth, Heartbeat, Install, Message
from outbox.services import beat, brakes, claiming, deliver, quarantine, release_brake, resume_channel, resume_sending
from outbox.services.brakes import Brake, limit
from outbox.services.heartbeat import PLANNER, WORKER, made_at
from tests.factories import a_builder, a_community, a_member
from tests.outbox.drafts import NOON, a_message, a_sign_of_life, an_account_mail, states

pytestmark = pytest.mark.django_db


@pytest.fixture
def community():
    return a_community(time_zone="Europe/Paris")


def titles(community, *, now=NOON) -> list[str]:
    return [banner.title for banner in banners(community, now=now)]


@pytest.mark.parametrize(("members", "expected"), [(0, 25), (500, 25), (520, 26), (10_000, 500)])
def test_the_brake_gives_way_to_25_or_a_twentieth(members, expected):
    assert limit(members) == expected


def test_25_automatic_letters_leave_and_26_do_not(community):
    member = a_member(community)
    for _ in range(25):
        a_message(member, is_automatic=True)
    assert deliver(NOON).sent == 25
    for _ in range(2):
        a_message(member, is_automatic=True)
    counts = deliver(NOON + timedelta(hours=1))
    assert (counts.sent, counts.held) == (0, 2)
    assert Message.objects.filter(state="held", reason="brake").count() == 2


def test_too_many_at_once_are_all_held_and_what_a_person_approved_leaves(community):
    member = a_member(community)
    for _ in range(26):
        a_message(member, is_automatic=True)
    approved = [a_message(member) for _ in range(30)]
    counts = deliver(NOON)
    assert (counts.sent, counts.held) == (30, 26)
    assert {Message.objects.get(pk=row.pk).state for row in approved} == {"sent"}


def test_one_community_brakes_alone(community):
    other = a_member(a_community())
    member = a_member(community)
    for _ in range(26):
        a_message(member, is_automatic=True)
    a_message(other, is_automatic=True)
    assert deliver(NOON).sent == 1
    assert Message.objects.get(member=other).state == "sent"


def test_the_brake_counts_by_the_day_of_the_community(community):
    member = a_member(community)
    evening = NOON.replace(hour=22)  # 23 o'clock in Paris
    for _ in range(25):
        a_message(member, is_automatic=True, due_at=evening)
    assert deliver(evening).sent == 25
    for _ in range(5):
        a_message(member, is_automatic=True, due_at=evening + timedelta(hours=2))
    assert deliver(evening + timedelta(hours=2)).sent == 5, "it is another day in Paris, if not in UTC"


def test_a_person_lets_them_go_and_they_are_not_held_again(community):
    builder = a_builder(community)
    for part in (WORKER, PLANNER):
        beat(part, now=NOON)
    for _ in range(26):
        a_message(a_member(community), is_automatic=True)
    deliver(NOON)
    assert titles(community) == ["26 letters are held back."]
    assert release_brake(community, by=builder) == 26
    assert release_brake(community, by=builder) == 0
    assert deliver(NOON).sent == 26
    assert [entry.verb for entry in community.audit.all()] == ["brake.released"]


def test_the_first_start_makes_an_identity_quietly(tmp_path):
    a_sign_of_life(NOON)
    a_sign_of_life(NOON)
    assert str(Install.objects.get().instance_id) == (tmp_path / "instance_id").read_text()
    assert not quarantine.is_quarantined()
    assert list(tmp_path.glob("instance_id*")) == [tmp_path / "instance_id"]


def test_a_database_on_another_machine_sends_nothing_until_somebody_says_so(community, tmp_path, settings):
    a_sign_of_life(NOON)
    for _ in range(3):
        a_message(a_member(community))
    an_account_mail()
    settings.VAR = tmp_path / "elsewhere"
    settings.VAR.mkdir()
    assert deliver(NOON).sent == 1
    assert states() == {"sent": 1, "queued": 3}
    assert Install.objects.get().quarantine_reason == "restored"
    owner = a_builder(community, role="owner")
    assert resume_sending(by=owner, now=NOON)
    assert not resume_sending(by=owner, now=NOON)
    assert deliver(NOON).sent == 3
    assert str(Install.objects.get().instance_id) == (settings.VAR / "instance_id").read_text()
    assert [entry.verb for entry in community.audit.all()] == ["sending.resumed"]


def test_a_file_that_cannot_be_read_is_another_machine(tmp_path):
    a_sign_of_life(NOON)
    (tmp_path / "instance_id").write_text("what")
    a_sign_of_life(NOON)
    assert Install.objects.get().quarantine_reason == "restored"
    resume_sending(by=a_builder(a_community()), now=NOON)
    a_sign_of_life(NOON)
    assert not quarantine.is_quarantined()


@pytest.mark.parametrize(
    ("pause", "reason"),
    [
        (timedelta(hours=23), ""),
        (timedelta(hours=24, minutes=1), "gap"),
        (timedelta(days=400), "gap"),
        (-timedelta(minutes=59), ""),
        (-timedelta(hours=2), "clock"),
    ],
)
def test_a_silence_of_a_day_or_a_clock_that_jumps_back_stops_sending(pause, reason):
    a_sign_of_life(NOON)
    a_sign_of_life(NOON + pause)
    assert Install.objects.get().quarantine_reason == reason
    assert Heartbeat.objects.get(name=WORKER).at == NOON + pause


def test_after_resuming_it_does_not_stop_again_for_the_same_reason():
    a_sign_of_life(NOON)
    later = NOON + timedelta(days=3)
    quarantine.check_clock(later)
    resume_sending(by=a_builder(a_community()), now=later)
    quarantine.check_clock(later + timedelta(minutes=1))
    assert not quarantine.is_quarantined()


def test_a_mended_channel_takes_up_where_it_stopped(community, a_server):
    owner = a_builder(community, role="owner")
    for _ in range(2):
        a_message(a_member(community))
    ChannelHealth.objects.create(name="email", failures=3, paused_at=NOON, error="535 wrong")
    assert deliver(NOON).held == 2
    a_server()
    assert deliver(NOON).sent == 0
    assert resume_channel(by=owner) == 2
    assert deliver(NOON).sent == 2
    assert ChannelHealth.objects.get().paused_at is None


def test_the_team_is_told_what_is_wrong_and_nothing_when_nothing_is(community):
    beat(WORKER, now=NOON)
    beat(PLANNER, now=NOON)
    assert titles(community) == []
    assert titles(community, now=NOON + timedelta(minutes=6)) == ["Sending stands still."]
    assert titles(community, now=NOON + timedelta(hours=27)) == ["Sending stands still.", "Planning stands still."]
    quarantine.check_machine(NOON)
    Install.objects.update(quarantined_at=NOON, quarantine_reason="restored")
    ChannelHealth.objects.create(name="email", paused_at=NOON)
    community.paused_at = NOON
    assert titles(community) == [
        "Nothing leaves for now.",
        "The mail server does not let us in.",
        "Your community is paused.",
    ]


def test_a_part_that_never_began_is_given_time_from_the_making_of_the_database(community):
    made = made_at()
    assert titles(community, now=made + timedelta(minutes=4)) == []
    assert titles(community, now=made + timedelta(minutes=6)) == ["Sending stands still."]
    assert titles(community, now=made + timedelta(hours=27)) == ["Sending stands still.", "Planning stands still."]


def test_banners_take_the_same_number_of_queries_whatever_there_is(community, django_assert_num_queries):
    for _ in range(30):
        a_message(a_member(community), is_automatic=True)
    with django_assert_num_queries(5):
        banners(community, now=NOON)
    deliver(NOON)
    with django_assert_num_queries(5):
        banners(community, now=NOON)


def test_the_brake_asks_how_large_a_community_is_once_and_only_when_it_matters(community, django_assert_num_queries):
    brake = Brake()
    for number, questions in ((20, 2), (10, 4), (10, 3)):  # the last of four and of three: to hold them
        for _ in range(number):
            a_message(a_member(community), is_automatic=True)
        batch = claiming.claim(NOON)
        with django_assert_num_queries(questions):
            brake.apply(batch, now=NOON)
    approved = [a_message(a_member(community))]
    with django_assert_num_queries(0):
        assert brake.apply(approved, now=NOON) == (approved, 0)


def test_far_from_the_limit_a_run_counts_once_and_again_after_a_minute(
    community, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(brakes, "AT_LEAST", 1_000)
    member, brake = a_member(community), Brake()
    for _ in range(100):
        a_message(member, is_automatic=True)
    later = NOON + timedelta(seconds=61)
    for now, questions in ((NOON, 2), (NOON, 0), (NOON, 0), (later, 2), (later, 0)):
        batch = claiming.claim(now, size=20)
        with django_assert_num_queries(questions):
            assert brake.apply(batch, now=now) == (batch, 0)


def test_ten_runs_at_once_that_count_now_and_then_take_no_more_than_the_limit(community, monkeypatch):
    monkeypatch.setattr(brakes, "AT_LEAST", 100)
    member, runs, gone = a_member(community), cycle([Brake() for _ in range(brakes.RUNS)]), 0
    for brake in islice(runs, 150):
        a_message(member, is_automatic=True)
        batch, held = brake.apply(claiming.claim(NOON), now=NOON)
        gone += len(batch)
    assert (gone, held) == (100, 1)
