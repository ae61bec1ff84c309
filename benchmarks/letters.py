"""Letters to deliver, a place that takes them, and workers: what P3 and P4 share."""

from __future__ import annotations

import os
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import Count

from benchmarks.harness import Bench
from benchmarks.people import put
from care.lib.ids import uuid7
from members.models import Community, Member
from outbox import mime
from outbox.models import Attempt, Message
from outbox.services import deliver
from outbox.services.enqueue import digest

ROOT = Path(__file__).resolve().parent.parent
TEXT = "Dear {name},\n\nA happy birthday from all of us at The Potters.\n\nHave a lovely day,\nMaya"


@contextmanager
def sink(delay: float = 0.0) -> Iterator[int]:
    """A mail server in a process of its own, to which settings.EMAIL_URL points; its port."""
    command = [sys.executable, "-m", "benchmarks.sink", str(delay)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None  # noqa: S101
    before, port = settings.EMAIL_URL, int(process.stdout.readline())
    settings.EMAIL_URL = f"smtp://127.0.0.1:{port}"
    try:
        yield port
    finally:
        settings.EMAIL_URL = before
        process.terminate()
        process.wait()


def least(bench: Bench, letters: int) -> tuple[int, int]:
    """The smallest community that gets so many letters, a letter a member; else the largest, and what it gets."""
    size = next((size for size in bench.sizes if size >= 2 * letters), max(bench.sizes))
    return size, min(letters, size // 2)


def queue(community: Community, number: int, *, now: datetime) -> None:
    """So many letters that are ready, approved by a person, each to another member; none but these."""
    for rows in (Attempt.objects.all(), Message.objects.filter(community=community)):
        rows._raw_delete("default")  # without reading them first
    people = Member.objects.of(community).filter(status="active", reachable="ok", hold_ends_at__isnull=True)
    people = people.exclude(email="").exclude(opt_outs__isnull=False)
    chosen = list(people.values_list("pk", "name", "email")[:number])
    put(
        Message,
        (
            {
                "community_id": community.pk, "member_id": pk, "message_class": "greeting", "category": "birthday",
                "due_at": now, "ready_at": now, "expires_at": now + timedelta(days=3), "created_at": now,
                "to_email": email, "to_name": name, "subject": "Happy birthday", "text": TEXT.format(name=name),
                "message_id": f"<{uuid7()}@bench>", "content_sha256": sealed(name, email),
            }
            for pk, name, email in chosen
        ),
    )  # fmt: skip
    if (found := Message.objects.filter(state="queued").count()) != number:
        raise AssertionError(f"{found} letters instead of {number}: the community is too small.")


def sealed(name: str, email: str) -> str:
    """What the approval keeps of such a letter."""
    return digest(Message(to_email=email, to_name=name, subject="Happy birthday", text=TEXT.format(name=name)))


def ready_bytes(*, now: datetime) -> list[tuple[str, str, bytes]]:
    """The letters as a mail server gets them, made beforehand."""
    letters = [mime.build(message, now=now) for message in Message.objects.filter(state="queued").iterator()]
    return [(letter.sender, letter.recipient, letter.content) for letter in letters]


def send_raw(
    letters: list[tuple[str, str, bytes]], port: int, *, before_each: Callable[[], object] = lambda: None
) -> float:
    """The least it can take: ready bytes over one connection that is kept."""
    with smtplib.SMTP("127.0.0.1", port, local_hostname="bench") as client:
        began = time.perf_counter()
        for sender, recipient, content in letters:
            before_each()
            client.sendmail(sender, [recipient], content)
        return time.perf_counter() - began


def send_and_commit(letters: list[tuple[str, str, bytes]], port: int) -> float:
    """The least it can take when each letter is marked before it leaves: the same, and one bare commit for each."""
    ids = iter(list(Message.objects.filter(state="queued").values_list("pk", flat=True)))
    statement = "UPDATE outbox_message SET attempts = attempts + 1 WHERE id = %s"
    with connection.cursor() as cursor:
        return send_raw(letters, port, before_each=lambda: cursor.execute(statement, [next(ids)]))


def send_by_workers(workers: int, *, now: datetime) -> float:
    """Deliver what is queued by so many processes, each with a connection of its own; they begin together."""
    connection.close()
    reading, writing = os.pipe()
    children = []
    for _worker in range(workers):
        if not (child := os.fork()):
            code = 1
            try:
                os.close(writing)
                os.read(reading, 1)  # until the parent lets go of it
                deliver(now)
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    began = time.perf_counter()
    os.close(reading)
    os.close(writing)
    codes = [os.waitpid(child, 0)[1] for child in children]
    if any(codes):
        raise AssertionError("A worker failed.")
    return time.perf_counter() - began


def all_sent(number: int) -> None:
    """Raises unless every letter was sent."""
    states = dict(Message.objects.order_by().values_list("state").annotate(Count("pk")))
    if states != {"sent": number}:
        why = set(Message.objects.exclude(state="sent").values_list("reason", "error")[:20])
        raise AssertionError(f"Not all {number} letters were sent: {states}, {why}")
