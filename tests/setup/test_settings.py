"""The settings that keep promises, and what refuses to start."""

import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from celery import Celery
from django.conf import settings
from django.db import connection

from care.celery import app
from care.lib import nudge
from tests.both_databases import ROOT, clean_environment
from tests.setup.shell import SECRET, manage
from tests.strangers.house import UNDER_HTTPS


@pytest.mark.parametrize(
    ("name", "value"),
    {
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_soft_time_limit": 50,
        "task_time_limit": 60,
        "task_publish_retry": False,
        "result_backend": None,
        "worker_prefetch_multiplier": 1,
        "worker_max_tasks_per_child": 500,
        "worker_max_memory_per_child": 300_000,
        "worker_soft_shutdown_timeout": 30,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "broker_connection_retry_on_startup": True,
        "broker_channel_error_retry": True,
        "broker_connection_max_retries": None,
        "accept_content": ["json"],
        "timezone": "UTC",
    }.items(),
)
def test_celery_is_told(name, value):
    assert app.conf[name] == value


def test_a_worker_that_loses_redis_does_not_talk_to_it_on_the_way_out():
    """It would fail on the connection it has lost, and end instead of connecting again."""
    channel = app.connection_for_read().transport.Channel
    qos = channel.QoS(SimpleNamespace(do_restore=channel.do_restore))
    qos._delivered["a nudge"] = object()
    qos.restore_unacked_once()
    assert "a nudge" in qos._delivered


@pytest.mark.parametrize("say", [lambda qos: qos.ack("a nudge"), lambda qos: qos.reject("a nudge", requeue=True)])
def test_work_that_ends_after_its_connection_says_nothing_any_more(say):
    channel = app.connection_for_read().transport.Channel
    qos = channel.QoS(SimpleNamespace(closed=True, do_restore=channel.do_restore))
    say(qos)
    qos.channel.closed = False
    with pytest.raises(AttributeError, match="conn_or_acquire"):
        say(qos)


def test_the_broker_cannot_hold_anybody_up():
    options = app.conf.broker_transport_options
    assert options["visibility_timeout"] == 3600
    assert options["socket_timeout"] == options["socket_connect_timeout"] == 2
    assert options["health_check_interval"] == 30
    assert options["max_retries"] == 0
    assert options["unacked_restore_interval"] == 10


def test_beat_only_nudges_and_every_nudge_has_a_task():
    app.loader.import_default_modules()
    for name, entry in app.conf.beat_schedule.items():
        assert set(entry) == {"task", "schedule"}, name  # no arguments
        assert entry["task"] in app.tasks, name
        assert 60 <= entry["schedule"] <= 3600, name


def test_no_task_may_run_longer_than_the_broker_waits():
    app.loader.import_default_modules()
    patience = app.conf.broker_transport_options["visibility_timeout"]
    ours = [task for name, task in app.tasks.items() if not name.startswith("celery.")]
    assert ours
    assert all((task.time_limit or app.conf.task_time_limit) < patience / 2 for task in ours)


@pytest.mark.parametrize(("first", "kept"), [("import care.wsgi", "60"), ("import care.celery", "0")])
def test_pages_keep_their_connection_to_postgresql_and_workers_do_not(first, kept):
    told = f"{first}\nfrom django.conf import settings\nprint(settings.DATABASES['default']['CONN_MAX_AGE'])"
    environment = clean_environment() | {"DATABASE_URL": "postgres://care@127.0.0.1/care"}
    ran = subprocess.run([sys.executable, "-c", told], env=environment, cwd=ROOT, capture_output=True, check=True)
    assert ran.stdout.decode().split() == [kept]


@pytest.mark.once
def test_sqlite_does_not_load_what_only_postgresql_needs(tmp_path):
    told = "import sys, care.wsgi\nfrom django.core import checks\nchecks.run_checks()\nprint('psycopg' in sys.modules)"
    environment = clean_environment() | {"CARE_VAR": str(tmp_path)}
    ran = subprocess.run([sys.executable, "-c", told], env=environment, cwd=ROOT, capture_output=True, check=True)
    assert ran.stdout.decode().split() == ["False"]


def test_a_mail_server_cannot_hang_a_worker():
    assert 0 < settings.EMAIL_TIMEOUT <= 60


@pytest.mark.django_db
def test_sqlite_writes_ahead_and_takes_its_lock_at_the_beginning():
    if connection.vendor != "sqlite":
        pytest.skip("SQLite only")
    assert connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert connection.settings_dict["OPTIONS"]["timeout"] == 20
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert cursor.execute("PRAGMA synchronous").fetchone() == (1,)
        assert cursor.execute("PRAGMA foreign_keys").fetchone() == (1,)


@pytest.fixture
def production(tmp_path):
    """An environment of production whose database and broker nobody needs to reach."""
    return {
        "CARE_VAR": str(tmp_path),
        "SECRET_KEY": SECRET,
        "BASE_URL": "https://care.example.org",
        "DATABASE_URL": "postgres://care:secret@localhost/care",
        "REDIS_URL": "redis://localhost:6379/0",
        "EMAIL_URL": "smtp://localhost:25",
    }


@pytest.mark.once
@pytest.mark.proves("S4", "Django's checks before going live", goal="`check --deploy` has nothing to say")
def test_production_has_nothing_to_warn_of(production, line):
    result = manage("check", "--deploy", "--fail-level", "WARNING", **production)
    line.figures["findings"] = result.stderr.count("?: (")
    assert result.returncode == 0, result.stderr


@pytest.mark.once
def test_production_does_not_start_without_a_key(production):
    result = manage("check", **{**production, "SECRET_KEY": "", "DEBUG": "0"})
    assert result.returncode != 0
    assert "Set SECRET_KEY" in result.stderr


@pytest.mark.once
def test_production_needs_two_factors_and_shows_no_errors(production):
    result = manage(
        "shell", "-c", "from django.conf import settings as s; print(s.DEBUG, s.REQUIRE_TWO_FACTOR)", **production
    )
    assert result.stdout.split()[-2:] == ["False", "True"]


@pytest.mark.once
def test_production_under_https_is_the_house_that_strangers_try(production):
    code = f"from django.conf import settings as s; print([getattr(s, name) for name in {list(UNDER_HTTPS)}])"
    result = manage("shell", "-c", code, **production)
    assert result.stdout.splitlines()[-1] == str(list(UNDER_HTTPS.values())), result.stderr


@pytest.mark.once
@pytest.mark.parametrize(("debug", "is_on"), [({}, "False"), ({"DEBUG": "1"}, "True")])
def test_trying_care_out_needs_one_factor_and_shows_our_own_error_pages(tmp_path, debug, is_on):
    code = "from django.conf import settings as s; print(s.TRYING_OUT, s.REQUIRE_TWO_FACTOR, s.DEBUG)"
    result = manage("shell", "-c", code, CARE_VAR=str(tmp_path), **debug)
    assert result.stdout.split()[-3:] == ["True", "False", is_on]


@pytest.mark.once
def test_the_address_is_an_allowed_host(production):
    code = "from django.conf import settings as s; print(s.ALLOWED_HOSTS, s.CSRF_TRUSTED_ORIGINS)"
    assert "care.example.org" in manage("shell", "-c", code, **production).stdout


@pytest.mark.once
def test_the_embedded_install_keeps_the_key_it_made(tmp_path):
    code = "from django.conf import settings as s; print(s.SECRET_KEY)"
    first, second = (manage("shell", "-c", code, CARE_VAR=str(tmp_path)).stdout.split()[-1] for _ in range(2))
    assert first == second
    assert len(first) >= 50
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


@pytest.fixture
def a_redis(tmp_path):
    """A real Redis and a Celery application with our settings that uses it."""
    path = tmp_path / "redis.sock"
    command = ["redis-server", "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(tmp_path)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not path.exists():
        time.sleep(0.02)
    celery = Celery("test", set_as_current=False)
    celery.config_from_object("django.conf:settings", namespace="CELERY")
    celery.conf.broker_url = f"redis+socket://{path}"
    yield server, celery
    server.kill()  # this ends a stopped one too
    server.wait()


@pytest.fixture
def send(a_redis, monkeypatch, request):
    """The real way to the broker, which other tests are without."""
    monkeypatch.setattr("care.lib.nudge.current_app", a_redis[1])
    monkeypatch.setattr("care.lib.nudge._resting_until", 0.0)
    return request.getfixturevalue("real_send")


def _seconds(send):
    began = time.monotonic()
    send("a.task")
    return time.monotonic() - began


@pytest.mark.once  # it hangs by itself, and no database is asked
def test_a_redis_that_hangs_costs_a_request_two_seconds_once(a_redis, send, monkeypatch):
    server, _celery = a_redis
    send("a.task")
    server.send_signal(signal.SIGSTOP)
    for _attempt in range(2):  # on a connection that stands, and on a new one
        monkeypatch.setattr(nudge, "_resting_until", 0.0)
        assert 1 < _seconds(send) < 3
    assert _seconds(send) < 0.1


def test_a_redis_that_is_gone_costs_nothing(a_redis, send):
    server, _celery = a_redis
    send("a.task")
    server.kill()
    server.wait()
    assert _seconds(send) < 0.5


def test_a_redis_that_is_back_is_used_again(a_redis, send, monkeypatch):
    server, celery = a_redis
    server.send_signal(signal.SIGSTOP)
    send("lost")
    server.send_signal(signal.SIGCONT)
    monkeypatch.setattr(nudge, "_resting_until", 0.0)
    send("a.task")
    with celery.connection_for_read() as connection:
        assert connection.default_channel.client.llen("celery") == 1
