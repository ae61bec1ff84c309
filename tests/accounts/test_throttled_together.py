"""Guessing passwords at four web servers of one install: they count together, with the settings as shipped."""

import re
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.db import connection

from tests.accounts.signing_in import PASSWORD, with_password
from tests.accounts.test_throttle import SHARED
from tests.both_databases import answers
from tests.factories import a_user
from tests.faults.stage import Process, database_of_this_test, until
from tests.setup.shell import SECRET, environment, manage

ANA, WRONG = "ana@example.org", "not this one"
SERVERS = 4


@pytest.fixture
def servers(settings, tmp_path):
    """Ports of web servers as the image runs them, each a process of its own, at the database of the test."""
    variables = environment(SECRET_KEY=SECRET, CARE_VAR=str(tmp_path), BASE_URL="http://localhost:8000")
    if connection.vendor == "postgresql":
        variables["DATABASE_URL"] = database_of_this_test()
    else:  # with nothing said, it is this file
        (tmp_path / "db.sqlite3").symlink_to(connection.settings_dict["NAME"])
    collected = manage("collectstatic", "--no-input", **variables)
    assert collected.returncode == 0, collected.stderr
    started, ports = [], []
    settings.CACHES = SHARED
    cache.clear()
    try:
        for number in range(SERVERS):
            with socket.create_server(("127.0.0.1", 0)) as probe:
                ports.append(probe.getsockname()[1])
            words = ["--bind", f"127.0.0.1:{ports[-1]}", "--worker-class", "gthread", "--threads", "8"]
            command = [sys.executable, "-m", "gunicorn", "care.wsgi", *words, "--no-control-socket"]
            started.append(Process(command, tmp_path / f"web-{number}.log", variables))
            started[-1].start()
        for port in ports:
            until(lambda port=port: answers(("127.0.0.1", port)), seconds=60)
        yield ports
    finally:
        for server in started:
            server.kill()
        cache.clear()


def knock(port: int, password: str) -> int:
    """How a server answers somebody who opens its sign-in page and sends the form: 302 is in, 200 is wrong."""
    server = HTTPConnection("127.0.0.1", port, timeout=120)
    server.request("GET", "/accounts/login/", headers={"Host": "localhost"})
    page = server.getresponse()
    cookies = "; ".join(cookie.partition(";")[0] for cookie in page.headers.get_all("Set-Cookie") or [])
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.read().decode())
    assert token, page.status
    form = urlencode({"login": ANA, "password": password, "csrfmiddlewaretoken": token[1]})
    headers = {"Host": "localhost", "Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
    server.request("POST", "/accounts/login/", form, headers)
    status = server.getresponse().status
    server.close()
    return status


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
@pytest.mark.proves(
    "S5",
    "Guessing at four web servers with the settings as shipped",
    goal="they count together: five answered in all, then each is shut even to the right password",
)
def test_four_processes_count_together(line, settings, servers):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    with_password(a_user(email=ANA))
    assert [knock(port, PASSWORD) for port in servers] == SERVERS * [302]
    with ThreadPoolExecutor(SERVERS) as pool:
        said = list(pool.map(lambda number: knock(servers[number % SERVERS], WRONG), range(5 * SERVERS)))
    then = [knock(port, PASSWORD) for port in servers]
    line.sizes["web servers"] = len(servers)
    line.figures |= {"guesses": len(said), "answered": said.count(200), "refused by a 429": said.count(429)}
    line.figures["shut to the right one"] = then.count(429)
    assert said.count(200) == 5
    assert said.count(429) == len(said) - 5
    assert then == SERVERS * [429]
