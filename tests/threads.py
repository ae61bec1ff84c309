"""Several things at the same time."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection


def at_once(*jobs: Callable[[], Any]) -> None:
    """Run each job in a thread of its own, all begun together; raises what one of them raised."""
    barrier, errors = threading.Barrier(len(jobs)), []

    def run(job: Callable[[], Any]) -> None:
        try:
            barrier.wait(timeout=30)
            job()
        except Exception as error:  # noqa: BLE001  handed to the test below
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=1_200)
    if errors:
        raise errors[0]
    assert not any(thread.is_alive() for thread in threads), "a job has not ended in twenty minutes"
