"""Delivery workers as processes of their own, for the tests that kill them or run two at once.

This process loads everything once, then makes a worker for each wish it reads: a line is a JSON list of wishes, whose
workers run at the same time; the answer is a JSON list of [exit code, counts]. A wish names the database, EMAIL_URL,
VAR, `now`, and `crash`: the point at which the worker dies without saying goodbye.
"""

import json
import os
import sys
from datetime import datetime
from importlib import import_module
from typing import Any

import django

DIED = 9


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "care.settings")
    django.setup()
    for module in ("services", "channels.smtp", "channels.maildir"):
        import_module(f"outbox.{module}")
    for line in sys.stdin:
        started = [_start(wish) for wish in json.loads(line)]
        print(json.dumps([_wait(*worker) for worker in started]), flush=True)  # noqa: T201


def _start(wish: dict[str, Any]) -> tuple[int, int]:
    """Fork a worker; its process id, and where to read its counts. No connection is open yet that it could share."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    try:
        os.write(writing, json.dumps(_deliver(wish)).encode())
    finally:
        os._exit(0)


def _wait(pid: int, reading: int) -> tuple[int, dict[str, int] | None]:
    with os.fdopen(reading) as file:
        said = file.read()
    _pid, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), json.loads(said) if said else None


def _deliver(wish: dict[str, Any]) -> dict[str, int]:
    from django.conf import settings
    from django.db import connection

    connection.settings_dict["NAME"] = wish["database"]
    settings.EMAIL_URL, settings.VAR = wish["email_url"], wish["var"]
    settings.DEFAULT_FROM_EMAIL, settings.EMAIL_TIMEOUT = "care@care.example", 5
    from outbox.services import deliver

    if wish["crash"]:
        _CRASHES[wish["crash"]]()
    return deliver(datetime.fromisoformat(wish["now"])).as_dict()


def _die(*_args: object, **_options: object) -> None:
    os._exit(DIED)


def _before_the_claim_is_committed() -> None:
    from outbox.services import claiming

    run = claiming.PreparedUpdate.run
    claiming.PreparedUpdate.run = lambda *args, **options: run(*args, **options) and _die()


def _after_the_claim() -> None:
    from outbox.services import claiming

    claiming.mine = _die


def _before_the_text() -> None:
    from outbox.channels.smtp import SmtpConnection

    SmtpConnection.hand_over = _die


def _after_the_dot() -> None:
    from outbox.channels import smtp

    docmd = smtp._Client.docmd

    def say(client: smtp._Client, command: str, arguments: str = "") -> tuple[int, bytes]:
        if command == ".":
            client.putcmd(command)
            _die()
        return docmd(client, command, arguments)

    smtp._Client.docmd = say


def _after_the_answer(number: int = 1) -> None:
    from outbox.channels.smtp import SmtpConnection

    hand_over, answers = SmtpConnection.hand_over, []

    def count(connection: SmtpConnection, letter: object) -> object:
        answers.append(hand_over(connection, letter))
        return answers[-1] if len(answers) < number else _die()

    SmtpConnection.hand_over = count


def _after_the_outcome_is_committed() -> None:
    from outbox.services import delivery

    delivery.note_tries = _die


_CRASHES = {
    "before the claim is committed": _before_the_claim_is_committed,
    "after the claim": _after_the_claim,
    "before the text": _before_the_text,
    "after the dot": _after_the_dot,
    "after the answer": _after_the_answer,
    "after the second answer": lambda: _after_the_answer(2),
    "after the outcome is committed": _after_the_outcome_is_committed,
}

if __name__ == "__main__":
    main()
