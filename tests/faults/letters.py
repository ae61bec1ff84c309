"""The letters of a test of faults: putting them there, waiting for them, and settling what nobody knows."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from django.db.models import F

from care.lib import clock
from members.models import User
from outbox.models import Message
from outbox.services import enqueue_many, release, settling
from outbox.services.claiming import LEASE
from tests.factories import a_community, a_member
from tests.faults.stage import Stage
from tests.outbox.drafts import a_draft, an_account_mail, states

_A_WHILE = timedelta(seconds=5)


def write(number: int, *, first: str = "") -> None:
    """So many greetings that are due now, to one community. `first` begins what names their origins."""
    now, community = clock.now(), a_community()
    members = [a_member(community) for _ in range(min(number, 100))]
    enqueue_many(
        [a_draft(members[n % len(members)], due_at=now, origin=f"test:{first}:{n}") for n in range(number)],
        now=now,
    )


def write_account_mails(number: int) -> None:
    now = clock.now()
    for _ in range(number):
        an_account_mail(now=now)


def shorten_leases(*, to: timedelta = _A_WHILE) -> None:
    """Date back, as if the rest of its lease had passed, what was claimed longer ago than `to`.

    A batch takes a second here; who has not finished it in five was killed, and nobody wants to wait ten minutes each
    time. Were it wrong about a worker that lives, that one would find its claim taken back and leave the letter alone.
    """
    now = clock.now()
    late = Message.objects.filter(claimed_at__lte=now - to, claimed_at__gt=now - LEASE)
    late.update(claimed_at=F("claimed_at") - LEASE)


def are_over(*, but: tuple[str, ...] = ()) -> bool:
    """Whether no letter is on its way any more."""
    return not Message.objects.open().exclude(state__in=but).exists()


def wait_until_over(*, seconds: float, meanwhile: Callable[[], None] = shorten_leases) -> None:
    """Return when each letter has come to an end or is held; fails when none gets any further for `seconds`.

    What happens `meanwhile` is usually that the leases of those who were killed run out.
    """
    last, ends = states(), time.monotonic() + seconds
    while not are_over(but=("held",)):
        meanwhile()
        now = states()
        if now != last:
            last, ends = now, time.monotonic() + seconds
        assert time.monotonic() < ends, f"nothing moves any more: {now}"
        time.sleep(0.1)


def release_poison(by: User) -> int:
    """Those that were claimed in three crashes wait for a person: let them go; how many."""
    return release(Message.objects.filter(state="held", reason="poison"), by=by, now=clock.now())


def finish(by: User, *, seconds: float = 60) -> int:
    """Until every letter is sent or its outcome unknown; how many were held on the way because of three crashes."""
    wait_until_over(seconds=seconds)
    held = release_poison(by)
    wait_until_over(seconds=seconds)
    return held


def settle_unknown(stage: Stage, by: User) -> tuple[int, int]:
    """As a person does who can look into the mail server: how many had arrived, how many are sent again."""
    accepted, now, found, again = stage.accepted(), clock.now(), 0, 0
    for message in Message.objects.filter(state="unknown"):
        if message.message_id in accepted:
            found += settling.mark_sent(message, by=by, now=now)
        else:
            again += settling.send_again(message, by=by, now=now)
    return found, again


def falsely_sent(stage: Stage) -> int:
    """Letters that are called sent and that no mail server has accepted."""
    accepted = stage.accepted()
    sent = Message.objects.filter(state="sent").values_list("message_id", flat=True)
    return sum(message_id not in accepted for message_id in sent)


def repeated(stage: Stage) -> int:
    """How many letters too many the mail server has accepted."""
    accepted = stage.accepted()
    return accepted.total() - len(accepted)
