"""One process whose memory P8 looks at: `python -m benchmarks.memory_process worker|web DATABASE NOW`.

It does its work once and prints the most memory it ever held (VmHWM), in KiB.
"""

from __future__ import annotations

import sys
from datetime import datetime

from tests.memory import peak_kib


def work(now: datetime) -> None:
    """What the nudges of an hour make a worker do."""
    from attentions.services import following
    from attentions.services.work import plan_everybody
    from benchmarks.letters import queue, sink
    from care import housekeeping
    from members.models import Community
    from outbox.services import deliver

    plan_everybody(now=now)
    with sink():
        queue(Community.objects.get(), 1_000, now=now)
        deliver(now)
    following.settle(now=now)
    housekeeping.run(now)


def serve() -> None:
    """Every page, by people with a right to see it."""
    from benchmarks.pages import measure, place_of
    from members.models import Community

    community = Community.objects.get()
    measure({0: place_of(community)}, requests=1)


def main(process: str, database: str, now: str) -> None:
    from benchmarks.quiet import start

    start()
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    if process == "worker":
        work(datetime.fromisoformat(now))
    else:
        serve()
    print(peak_kib())


if __name__ == "__main__":
    main(*sys.argv[1:])
