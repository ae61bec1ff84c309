"""Whether this machine is the one that may send: a restored copy of the database must not greet everybody again.

The install's identity lies in the database and in a file outside it. Where the two differ, or Care has been silent for
a day, or the clock has jumped back, planning goes on and nothing but account mail leaves until a person says so.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from care.lib.ids import uuid7
from members import audit
from members.models import Community, User
from outbox.models import Install
from outbox.services.heartbeat import SILENCE, WORKER, beat, last_beat
from outbox.services.sweeping import hold_late

BACKWARDS = timedelta(hours=1)
log = structlog.get_logger(__name__)


def check_machine(now: datetime) -> None:
    """Stop sending when the database belongs to another machine. The first start makes both sides of the identity."""
    install, is_new = Install.objects.get_or_create(pk=1, defaults={"instance_id": _ensure_identity()})
    if not is_new and _identity() != install.instance_id:
        _stop(Install.Reason.RESTORED, now)


def check_clock(now: datetime) -> None:
    """Stop sending after a silence of a day, or when the clock is behind the last sign of life.

    What should have left during a silence is held: its letters are read again, one by one, before they go.
    """
    last = last_beat(WORKER)
    if last is None:
        return
    if now - last > SILENCE:
        _stop(Install.Reason.GAP, now)
        hold_late(now)
    elif last - now > BACKWARDS:
        _stop(Install.Reason.CLOCK, now)


def is_quarantined() -> bool:
    return Install.objects.filter(quarantined_at__isnull=False).exists()


@transaction.atomic
def resume_sending(*, by: User, now: datetime) -> bool:
    """A person says that this machine may send; it is the install from now on. False when nothing had been stopped."""
    is_resumed = Install.objects.filter(pk=1, quarantined_at__isnull=False).update(
        instance_id=_ensure_identity(), quarantined_at=None, quarantine_reason=""
    )
    if not is_resumed:
        return False
    beat(WORKER, now=now)
    for community in Community.objects.visible_to(by):
        audit.record(community, actor=by, verb="sending.resumed", subject=community)
    log.warning("quarantine.ended", by=str(by.pk))
    return True


def _stop(reason: Install.Reason, now: datetime) -> None:
    if Install.objects.filter(pk=1, quarantined_at__isnull=True).update(quarantined_at=now, quarantine_reason=reason):
        log.error("quarantine.began", reason=reason.value)


def _file() -> Path:
    return Path(settings.VAR) / "instance_id"


def _identity() -> UUID | None:
    """What the file says; None when there is none or it cannot be read."""
    try:
        return UUID(_file().read_text().strip())
    except (FileNotFoundError, ValueError):
        return None


def _ensure_identity() -> UUID:
    """What the file says; makes one where there is none. Of two processes that start at once, one makes it."""
    known = _identity()
    if known:
        return known
    fresh = uuid7()
    draft = _file().with_suffix(f".{fresh.hex}")
    draft.write_text(str(fresh))
    try:
        os.link(draft, _file())  # complete or not at all, and never over another's
        draft.unlink()
    except FileExistsError:
        if _identity():
            draft.unlink()
        else:
            draft.replace(_file())
    return _identity() or fresh
