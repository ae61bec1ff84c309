"""The health page and the figures for Prometheus, as a monitor sees them."""

import json
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder

from care.health import look
from care.housekeeping import see_invariants
from care.lib import clock
from outbox.models import Heartbeat, Install
from outbox.services import beat
from outbox.services.heartbeat import PLANNER, WORKER
from tests.factories import a_community, a_member
from tests.setup.shell import manage

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return clock.now()


def alive(now, *, worker=timedelta(0), planner=timedelta(0)):
    beat(WORKER, now=now - worker)
    beat(PLANNER, now=now - planner)


@pytest.fixture
def made_at():
    """When the database was made."""
    return MigrationRecorder.Migration.objects.earliest("applied").applied


def test_a_fresh_install_is_starting(client, made_at, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: made_at + timedelta(minutes=4))
    response = client.get("/healthz")
    assert (response.status_code, response.json()["status"]) == (200, "starting")


def test_it_is_well_while_everything_beats(client, now):
    alive(now)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["status"], answer.json()["failing"]) == (200, "ok", [])
    assert answer.json()["worker"] == {"status": "ok", "silent_seconds": 0, "patience_seconds": 300}
    assert "no-store" in answer["Cache-Control"]


def test_a_worker_silent_for_six_minutes_is_failing(client, now):
    alive(now, worker=timedelta(minutes=6))
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["failing"]) == (503, ["worker"])


@pytest.mark.parametrize(("silence", "code"), [(timedelta(hours=26), 200), (timedelta(hours=26, minutes=5), 503)])
def test_a_planner_silent_for_26_hours_is_failing(now, silence, code):
    alive(now, planner=silence)
    assert bool(look(now).failing) is (code == 503)


def test_what_never_began_is_failing_once_the_install_is_old(made_at):
    later = look(made_at + timedelta(minutes=6))
    assert (later.status, later.failing) == ("failing", ["worker"])
    assert look(made_at + timedelta(hours=27)).failing == ["worker", "planner"]


def test_a_broker_that_is_gone_is_told_and_no_failure(client, now, settings, tmp_path):
    settings.CELERY_BROKER_URL = f"redis+socket://{tmp_path}/nobody.sock"
    alive(now)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["broker"]) == (200, "unreachable")


def test_a_database_that_is_gone_is_an_answer(client, monkeypatch):
    def gone(now):
        raise OperationalError("gone")

    monkeypatch.setattr("care.health.parts_at", gone)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["failing"]) == (503, ["database"])


def test_it_tells_of_a_quarantine(client, now):
    alive(now)
    Install.objects.update_or_create(
        pk=1,
        defaults={
            "instance_id": "0195d3a0-0000-7000-8000-000000000000",
            "quarantined_at": now,
            "quarantine_reason": "restored",
        },
    )
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["quarantine"]) == (200, "restored")


def test_it_asks_few_questions(client, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        client.get("/healthz")


@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
def test_it_can_only_be_read(client, path):
    assert client.post(path).status_code == 405


@pytest.mark.once
def test_the_command_says_the_same_for_containers(tmp_path):
    result = manage("health", CARE_VAR=str(tmp_path), DATABASE_URL="postgres://care:secret@127.0.0.1:1/care")
    assert result.returncode == 1
    assert json.loads(result.stdout)["database"] == "unreachable"
    assert "database" in result.stderr


def test_there_are_no_figures_without_a_token(client):
    assert client.get("/metrics").status_code == 404


def test_figures_are_for_who_has_the_token(client, settings):
    settings.METRICS_TOKEN = "open-sesame"
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer open-sesame"}).status_code == 200


def test_figures_count_without_naming_anybody(client, settings, now):
    settings.METRICS_TOKEN = "open-sesame"
    alive(now)
    member = a_member(a_community(name="Secret Society"))
    a_member(member.community, status="left")
    see_invariants(now)
    text = client.get("/metrics", headers={"Authorization": "Bearer open-sesame"}).content.decode()
    assert "care_communities 1.0" in text
    assert 'care_members{status="active"} 1.0' in text
    assert 'care_members{status="left"} 1.0' in text
    assert "care_up 1.0" in text
    assert "care_quarantined 0.0" in text
    assert 'care_silent_seconds{part="worker"}' in text
    assert "care_invariants_broken 0.0" in text
    assert member.name not in text
    assert member.email not in text
    assert "Secret" not in text


def test_figures_are_counted_once_a_minute(client, settings, django_assert_max_num_queries):
    settings.METRICS_TOKEN = "open-sesame"
    Heartbeat.objects.all().delete()
    headers = {"Authorization": "Bearer open-sesame"}
    client.get("/metrics", headers=headers)
    with django_assert_max_num_queries(4):
        client.get("/metrics", headers=headers)
