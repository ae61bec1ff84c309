"""Planners as processes of their own, which can be killed.

This process loads everything once. It reads one wish, a line of JSON that names the database, `now` and how many
planners; forks them, prints their process ids, and when the last has ended their exit codes.
"""

import json
import os
import sys
from datetime import datetime

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "care.settings")
    django.setup()
    for line in sys.stdin:
        wish = json.loads(line)
        pids = [_start(wish["database"], datetime.fromisoformat(wish["now"])) for _ in range(wish["planners"])]
        print(json.dumps(pids), flush=True)  # noqa: T201
        codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
        print(json.dumps(codes), flush=True)  # noqa: T201


def _start(database: str, now: datetime) -> int:
    """Fork a planner; its process id. No connection is open yet that it could share."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        _plan(database, now)
        code = 0
    finally:
        os._exit(code)


def _plan(database: str, now: datetime) -> None:
    from django.db import connection

    from attentions.services.work import plan_everybody

    connection.settings_dict["NAME"] = database
    plan_everybody(now=now)


if __name__ == "__main__":
    main()
