"""People at the pages while something breaks: so many requests a second, whatever the answers to the earlier ones."""

from __future__ import annotations

import http.client
import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from urllib.parse import urlencode

_CSRF = "f" * 32


@dataclass(frozen=True, slots=True)
class Answer:
    at: float
    status: int
    seconds: float


@dataclass
class Visitors:
    """One who adds members, which nudges the planner, and others who look at pages, in turn."""

    port: int
    session: str
    community: str
    per_second: int
    answers: list[Answer] = field(default_factory=list)
    never_asked: int = 0

    def __enter__(self) -> Visitors:
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._visit)
        self._thread.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._is_over.set()
        self._thread.join()

    def _visit(self) -> None:
        here = f"/c/{self.community}"
        acts: list[Callable[[int], None]] = [
            lambda n: self._ask("POST", f"{here}/members/new/", a_record(n)),
            lambda n: self._ask("GET", f"{here}/"),
            lambda n: self._ask("POST", f"{here}/members/new/", a_record(n)),
            lambda n: self._ask("GET", f"{here}/members/"),
        ]
        began = time.monotonic()
        with ThreadPoolExecutor(60) as pool:
            for number in itertools.count():
                if self._is_over.wait(max(0, began + number / self.per_second - time.monotonic())):
                    break
                pool.submit(acts[number % len(acts)], number)
            self.never_asked = pool._work_queue.qsize()  # the answers were too slow to come to them
            pool.shutdown(cancel_futures=True)

    def _ask(self, method: str, path: str, form: dict[str, str] | None = None) -> None:
        headers = {"Cookie": f"sessionid={self.session}; csrftoken={_CSRF}", "X-CSRFToken": _CSRF}
        headers |= {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        began = time.monotonic()
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            client.request(method, path, urlencode(form) if form else None, headers)
            response = client.getresponse()
            response.read()
            status = response.status
        except OSError:
            status = 599
        finally:
            client.close()
        self.answers.append(Answer(began, status, time.monotonic() - began))


def a_record(number: int) -> dict[str, str]:
    return {
        "name": f"Visitor {number}",
        "email": f"visitor{number}@example.org",
        "language": "en",
        "time_zone": "Europe/Paris",
        "joined_on": "2020-05-04",
    }


def percentile(answers: list[Answer], share: float) -> float:
    """The seconds that so large a share of the answers took at most."""
    seconds = sorted(answer.seconds for answer in answers)
    return seconds[min(len(seconds) - 1, int(share * len(seconds)))]
