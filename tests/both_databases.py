"""Runs the whole suite on SQLite, then again on PostgreSQL and Redis; `./run test` calls it with pytest's arguments.

PostgreSQL and Redis are private ones in a temporary folder, ended and removed whatever happens. PostgreSQL refuses to
run as root: for root it runs as the user `postgres` of Debian's package.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
NO_TESTS = 5  # pytest's exit code when nothing was selected


def main(arguments: list[str]) -> int:
    """The exit code: 0 when both runs passed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="care-", ignore_cleanup_errors=True)))
        folder.chmod(0o711)  # the user postgres has to pass through
        results = {"SQLite": run("SQLite", arguments, CARE_VAR=str(folder / "sqlite"))}
        database = stack.enter_context(postgresql(folder))
        broker = stack.enter_context(redis(folder))
        is_chosen = any(word.startswith("-m") for word in arguments)
        results["PostgreSQL and Redis"] = run(
            "PostgreSQL and Redis",
            [*arguments, *([] if is_chosen else ["-m", "not once"])],
            CARE_VAR=str(folder / "postgresql"),
            DATABASE_URL=database,
            REDIS_URL=broker,
        )
    codes = [code for code, _seconds in results.values()]
    if sorted(codes) == [0, NO_TESTS]:
        codes = [0, 0]  # what was asked for does not touch the database, or needs PostgreSQL
    print()
    for code, (name, (_code, seconds)) in zip(codes, results.items(), strict=True):
        print(f"{name}: {'passed' if code == 0 else f'failed (exit code {code})'} in {seconds:.0f} s")
    return max(codes)


def run(name: str, arguments: list[str], **variables: str) -> tuple[int, float]:
    """Run pytest once; its exit code and the seconds it took."""
    print(f"\n=== The tests on {name} ===", flush=True)
    is_parallel = not any(word.startswith(("-n", "--numprocesses", "--pdb")) for word in arguments)
    at_once = (os.cpu_count() or 1) + 1  # many a test waits, for a process or a page
    parallel = ["-n", str(at_once), "--dist", "worksteal"] if is_parallel else []
    started = time.monotonic()
    command = [sys.executable, "-m", "pytest", *parallel, *arguments]
    code = subprocess.run(command, cwd=ROOT, env=clean_environment() | variables, check=False).returncode
    return code, time.monotonic() - started


def variables_of_care() -> set[str]:
    """The variables that configure Care, as .env.example lists them."""
    return set(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def clean_environment() -> dict[str, str]:
    """This shell's environment without what configures Care: tests set what they need."""
    ours = variables_of_care()
    return {name: value for name, value in os.environ.items() if name not in ours} | {"CARE_ENV_FILE": os.devnull}


def initdb(folder: Path) -> tuple[Path, Path, list[str]]:
    """A new PostgreSQL in `folder`: its data, PostgreSQL's programs, and what to put before one that is started."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    data = folder / "postgresql-data"
    data.mkdir()
    prefix: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(data, "postgres", "postgres")
        prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--pdeathsig=INT", "--"]
    setup = ["--pgdata", str(data), "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
    subprocess.run(
        [*prefix, str(programs / "initdb"), *setup, "--no-sync"], check=True, stdout=subprocess.DEVNULL, cwd="/"
    )
    return data, programs, prefix


@contextmanager
def postgresql(folder: Path, *, is_durable: bool = False) -> Iterator[str]:
    """A PostgreSQL that listens on a socket in `folder` only; its address for Django.

    It may lose everything in a crash of the machine, unless it is to be as durable as in production.
    """
    data, programs, prefix = initdb(folder)
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(data),
        "log_min_messages": "fatal",
    }
    if not is_durable:
        options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    command = [*prefix, str(programs / "postgres"), "-D", str(data), *words]
    # SIGINT is PostgreSQL's fast shutdown: it does not wait for whoever is still connected.
    with process(command, folder / "postgresql.log", stop=signal.SIGINT):
        wait(lambda: answers(data / ".s.PGSQL.5432"), folder / "postgresql.log")
        yield f"postgres://postgres@{quote(str(data), safe='')}/care"


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A Redis on a free port of this machine; its address."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    data = folder / "redis"
    data.mkdir()
    command = ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--dir", str(data), "--save", ""]
    with process(command, folder / "redis.log", stop=signal.SIGTERM):
        wait(lambda: answers(("127.0.0.1", port)), folder / "redis.log")
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def process(command: list[str], log: Path, *, stop: signal.Signals) -> Iterator[None]:
    """A process that runs for as long as the block, in a session of its own so that Ctrl-C is left to us."""
    with open(log, "wb") as file:
        child = subprocess.Popen(command, cwd="/", stdout=file, stderr=file, start_new_session=True)
    try:
        yield
    finally:
        child.send_signal(stop)
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def answers(address: Path | tuple[str, int]) -> bool:
    """Whether something takes connections there."""
    family = socket.AF_UNIX if isinstance(address, Path) else socket.AF_INET
    with socket.socket(family) as client:
        return client.connect_ex(str(address) if isinstance(address, Path) else address) == 0


def wait(is_ready: Callable[[], bool], log: Path) -> None:
    """Return when it is ready; ends the program with the log when that takes over half a minute."""
    for _attempt in range(300):
        if is_ready():
            return
        time.sleep(0.1)
    sys.exit(f"It did not start:\n{log.read_text()}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
