"""Real processes to be killed: a Celery worker and its children, Beat, Redis, PostgreSQL, and a mail server.

Everything a stage has started is gone when its block ends, however it ends.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TypeVar
from urllib.parse import quote

from django.db import connection

from tests.both_databases import answers, initdb, wait
from tests.setup.shell import ROOT, SECRET, environment

_PROGRAMS = Path(sys.executable).parent
END_WITH_US = ("setpriv", "--pdeathsig=KILL", "--")
Running = TypeVar("Running", bound="Process")


@dataclass
class Process:
    """A program in a process group of its own, which can be killed, hung, and started again."""

    command: list[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with open(self.log, "ab") as file:
            self.running = subprocess.Popen(
                [*END_WITH_US, *self.command],
                cwd=ROOT if self.environment else "/",
                env=dict(self.environment) or None,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        assert self.running
        return self.running.pid

    @property
    def is_alive(self) -> bool:
        return self.running is not None and self.running.poll() is None

    def send(self, number: signal.Signals) -> None:
        """To the whole group."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def kill(self) -> None:
        """`kill -9` for the whole group; back when none of it is left."""
        self.send(signal.SIGKILL)
        if self.running:
            self.running.wait()
        while _has_group(self.pid):
            time.sleep(0.005)

    def stop(self, number: signal.Signals = signal.SIGTERM, *, patience: float = 30) -> None:
        """Ask it to end, then make it."""
        if self.is_alive:
            os.kill(self.pid, number)
            with suppress(subprocess.TimeoutExpired):
                assert self.running
                self.running.wait(patience)
        if self.running:
            self.kill()


def _has_group(number: int) -> bool:
    try:
        os.killpg(number, 0)
    except ProcessLookupError:
        return False
    return True


class Worker(Process):
    """`celery worker` with so many children, each with a connection of its own to the mail server."""

    def __init__(self, children: int, log: Path, variables: Mapping[str, str]) -> None:
        self.size = children
        words = ["--app", "care", "worker", "--concurrency", str(children), "--loglevel", "WARNING"]
        super().__init__([str(_PROGRAMS / "celery"), *words], log, variables)

    def start_again(self) -> bool:
        """What a supervisor does; False when there is nothing to do."""
        if self.is_alive:
            return False
        self.kill()
        self.start()
        return True

    def children(self) -> list[int]:
        with suppress(FileNotFoundError):
            return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]
        return []

    def kill_child(self, chance: Random) -> bool:
        """`kill -9` for one of the children; False when there is none just now."""
        children = self.children()
        if not children:
            return False
        with suppress(ProcessLookupError):
            os.kill(chance.choice(children), signal.SIGKILL)
            return True
        return False


class Redis(Process):
    """A Redis on a port that stays the same from one start to the next."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.folder = folder / "redis"
        self.folder.mkdir()
        words = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder), "--save", ""]
        words += ["--enable-protected-configs", "local"]  # so that a test may move its folder
        super().__init__(["redis-server", *words], folder / "redis.log")

    def start(self) -> None:
        super().start()
        wait(lambda: answers(("127.0.0.1", self.port)), self.log)


class PostgreSQL(Process):
    """A PostgreSQL that keeps what it has committed, however it ends: fsync and synchronous_commit are on."""

    def __init__(self, folder: Path, *, connections: int, inside: Sequence[str] = ()) -> None:
        folder.chmod(0o711)
        data, self._programs, prefix = initdb(folder)
        self.host = str(data)
        self.socket = data / ".s.PGSQL.5432"
        self.url = f"postgres://postgres@{quote(self.host, safe='')}/postgres"
        options = {
            "listen_addresses": "",
            "unix_socket_directories": self.host,
            "max_connections": str(connections),
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
        }
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        super().__init__(
            [*inside, *prefix, str(self._programs / "postgres"), "-D", self.host, *words], folder / "postgresql.log"
        )

    def start(self) -> None:
        """Back when it takes connections, which after a crash is when it has recovered."""
        super().start()
        ready = [str(self._programs / "pg_isready"), "-q", "-h", self.host, "-U", "postgres"]
        wait(lambda: subprocess.run(ready, check=False).returncode == 0, self.log)

    def crash(self) -> None:
        """`pg_ctl stop -m immediate`: what is not on disk is lost, and the next start has to recover."""
        self.stop(signal.SIGQUIT)


@dataclass
class Stage:
    """What a test of faults acts on. `sink` holds the Message-ID of each letter that was accepted."""

    folder: Path
    sink: Path
    redis: Redis
    variables: dict[str, str]
    started: list[Process] = field(default_factory=list)

    def worker(self, *, children: int) -> Worker:
        """One more worker, running."""
        return self.run(Worker(children, self.folder / "worker.log", self.variables))

    def beat(self) -> Process:
        """Beat, which nudges the workers several times a second."""
        words = ["--app", "tests.faults.beat", "beat", "--loglevel", "WARNING", "--pidfile="]
        return self.run(Process([str(_PROGRAMS / "celery"), *words], self.folder / "beat.log", self.variables))

    def run(self, process: Running) -> Running:
        """Start it now, and make sure that it has ended when the stage is left."""
        process.start()
        self.started.append(process)
        return process

    def accepted(self) -> Counter[str]:
        """How often the mail server has accepted which letter."""
        return Counter(self.sink.read_text().split())

    def number_accepted(self) -> int:
        return self.sink.read_bytes().count(b"\n")


@contextmanager
def a_stage(folder: Path, *, database: str, seed: int, delay: float = 10) -> Iterator[Stage]:
    """A Redis and a mail server that takes up to twice `delay` milliseconds a letter; the database is at `database`."""
    sink_file, redis = folder / "accepted", Redis(folder)
    sink_file.touch()
    command = [*END_WITH_US, sys.executable, "-m", "tests.faults.sink", str(sink_file), str(seed), str(delay)]
    sink = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    stage = Stage(folder, sink_file, redis, {})
    try:
        stage.run(redis)
        assert sink.stdout
        port = int(sink.stdout.readline())
        stage.variables |= environment(
            SECRET_KEY=SECRET,
            DATABASE_URL=database,
            REDIS_URL=redis.url,
            EMAIL_URL=f"smtp://127.0.0.1:{port}",
            DEFAULT_FROM_EMAIL="care@care.example",
            BASE_URL="http://localhost:8000",
            CARE_VAR=str(folder),
            PYTHONWARNINGS="ignore:You're running the worker",
        )
        yield stage
    finally:
        for process in reversed(stage.started):
            process.kill()
        sink.kill()
        sink.wait()
        assert sink.stdout
        sink.stdout.close()


def database_of_this_test() -> str:
    """The address of the PostgreSQL database the test itself works with."""
    settings = connection.settings_dict
    return f"postgres://{settings['USER']}@{quote(settings['HOST'], safe='')}/{settings['NAME']}"


def until(is_true: Callable[[], bool], *, seconds: float, every: float = 0.05) -> None:
    """Return when it is true; fails when that takes longer than so many seconds."""
    ends = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < ends, f"not within {seconds} s"
        time.sleep(every)
