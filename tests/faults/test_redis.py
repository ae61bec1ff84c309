"""Redis that forgets, dies, hangs or has a full disk, while workers send and people are at the pages."""

from __future__ import annotations

import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import redis
from django.conf import settings as django_settings
from django.test import Client

from care.invariants import check_all
from care.lib import clock
from members.models import Community
from outbox.models import Message
from tests.both_databases import answers
from tests.factories import a_builder, a_community
from tests.faults import letters
from tests.faults.stage import Process, Stage, until
from tests.faults.web import Visitors, percentile
from tests.outbox.drafts import states
from tests.setup.shell import manage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql, pytest.mark.long]
PER_SECOND = 20
PATIENCE = 90


@pytest.mark.proves(
    "R5",
    "Redis forgets, dies, hangs and has a full disk while workers send and people are at the pages",
    goal="90 s after each fault every letter is sent, and it is accepted exactly once; no worker ends; no page fails, "
    "and while Redis hangs 95 % of them take less than 3 s",
)
def test_redis_may_forget_die_hang_or_be_full(line, stage):
    sends, times = line.size("sends", fast=100, long=3_000), line.size("times forgotten and killed", fast=1, long=6)
    hang = line.size("seconds of the hang", fast=2, long=60)
    line.sizes["requests per second"] = PER_SECOND
    hung: list[tuple[float, float]] = []
    faults: list[tuple[str, Callable[[], None]]] = [("forgets", lambda: client_of(stage).flushall())] * times
    faults += [("dies", lambda: die(stage, 1))] * times
    faults += [("hangs", lambda: hung.append(hang_for(stage, hang))), ("is full", lambda: be_full(stage, 20))]
    line.chance.shuffle(faults)
    worker, beat, recoveries, ended = stage.worker(children=4), stage.beat(), {}, []
    with at_the_pages(stage) as visitors:
        until(lambda: len(visitors.answers) > PER_SECOND, seconds=60)
        for number, (name, fault) in enumerate(faults):
            share = sends * (number + 1) // len(faults) - sends * number // len(faults)
            before = stage.number_accepted()
            letters.write(share // 2, first=f"{number}a")
            until(lambda before=before: stage.number_accepted() > before, seconds=PATIENCE)
            fault()
            letters.write(share - share // 2, first=f"{number}b")
            began = time.monotonic()
            letters.wait_until_over(
                seconds=PATIENCE, meanwhile=lambda name=name: ended.extend([name] * worker.start_again())
            )
            recoveries[name] = max(recoveries.get(name, 0), round(time.monotonic() - began, 1))
    counts, asked = states(), visitors.answers
    while_hung = [answer for answer in asked if any(first <= answer.at <= last for first, last in hung)]
    line.figures |= {
        **counts,
        "workers ended": len(ended),
        "repeats": letters.repeated(stage),
        "falsely sent": letters.falsely_sent(stage),
        **{f"seconds to recover when it {name}": seconds for name, seconds in recoveries.items()},
        "requests": len(asked),
        "requests never made because others took too long": visitors.never_asked,
        "requests that failed": sum(answer.status >= 500 for answer in asked),
        "p95 seconds": round(percentile(asked, 0.95), 2),
        "p95 seconds while it hangs": round(percentile(while_hung, 0.95), 2),
    }
    assert line.figures["repeats"] == line.figures["falsely sent"] == 0
    assert counts == {"sent": sends}
    assert {answer.status for answer in asked} <= {200, 303}
    assert visitors.never_asked == 0
    assert line.figures["p95 seconds while it hangs"] < 3
    assert max(recoveries.values()) < PATIENCE
    assert (len(ended), beat.is_alive) == (0, True)
    assert stage.accepted() == dict.fromkeys(Message.objects.values_list("message_id", flat=True), 1)
    assert check_all(clock.now()) == []


@contextmanager
def at_the_pages(stage: Stage) -> Iterator[Visitors]:
    """The web server as the image runs it, and a builder with an office full of people at its pages."""
    # Sessions are signed with the key of the test, and nobody here has a second factor.
    stage.variables |= {"SECRET_KEY": django_settings.SECRET_KEY, "REQUIRE_TWO_FACTOR": "0"}
    collected = manage("collectstatic", "--no-input", **stage.variables)
    assert collected.returncode == 0, collected.stderr
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    words = ["--bind", f"127.0.0.1:{port}", "--workers", "2", "--worker-class", "gthread", "--threads", "8"]
    command = [sys.executable, "-m", "gunicorn", "care.wsgi", *words, "--no-control-socket"]
    stage.run(Process(command, stage.folder / "web.log", stage.variables))
    until(lambda: answers(("127.0.0.1", port)), seconds=60)
    community = a_community()
    with Visitors(port, session_of_a_builder(community), community.slug, PER_SECOND) as visitors:
        yield visitors


def session_of_a_builder(community: Community) -> str:
    client = Client()
    user = a_builder(community, role="owner")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies[django_settings.SESSION_COOKIE_NAME].value


def client_of(stage: Stage) -> redis.Redis:
    return redis.Redis.from_url(stage.redis.url)


def die(stage: Stage, seconds: float) -> None:
    stage.redis.kill()
    time.sleep(seconds)
    stage.redis.start()


def hang_for(stage: Stage, seconds: float) -> tuple[float, float]:
    """It takes connections and does not answer; from when to when."""
    began = time.monotonic()
    stage.redis.send(signal.SIGSTOP)
    time.sleep(seconds)
    stage.redis.send(signal.SIGCONT)
    return began, time.monotonic()


def be_full(stage: Stage, seconds: float) -> None:
    """It cannot save, and so refuses whatever would change something: MISCONF."""
    client = client_of(stage)
    client.config_set("save", "3600 1")
    client.config_set("dir", "/proc")
    client.bgsave()
    until(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err", seconds=10)
    with pytest.raises(redis.ResponseError, match="MISCONF"):
        client.set("anything", 1)
    time.sleep(seconds)
    client.config_set("dir", str(stage.redis.folder))
    client.config_set("save", "")
