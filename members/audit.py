"""The audit: who did what to whom. Written in the same transaction as the change; holds no personal data."""

from collections.abc import Iterable
from hashlib import sha256

from django.db import connection, models, transaction

from care.lib import clock
from members.models import AuditEntry, Community, User

_FIRST = "0" * 64


def record(
    community: Community,
    *,
    actor: User | None,
    verb: str,
    subject: models.Model | None = None,
    fields: Iterable[str] = (),
    count: int = 1,
) -> AuditEntry:
    """Append one line. `verb` reads `noun.past`, such as `member.held`; `fields` are names, never values.

    Must run inside a transaction: the line and the change it tells of stand or fall together.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("The audit is written in the transaction of the change.")
    if connection.vendor == "postgresql":  # SQLite has one writer at a time already
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('audit'), hashtext(%s))", [str(community.pk)])
    last = AuditEntry.objects.filter(community=community).order_by("-seq").first()
    entry = AuditEntry(
        community=community,
        seq=last.seq + 1 if last else 1,
        at=clock.now(),
        actor_id=actor.pk if actor else None,
        verb=verb,
        object_type=subject._meta.label_lower if subject else "",
        object_id=str(subject.pk) if subject else "",
        fields=sorted(fields),
        count=count,
        prev_hash=last.hash if last else _FIRST,
    )
    entry.hash = digest(entry)
    entry.save(force_insert=True)
    return entry


def digest(entry: AuditEntry) -> str:
    """The hash of a line and of all before it."""
    parts = [
        entry.prev_hash,
        str(entry.seq),
        entry.at.isoformat(),
        str(entry.actor_id or ""),
        entry.verb,
        entry.object_type,
        entry.object_id,
        ",".join(entry.fields),
        str(entry.count),
    ]
    return sha256("\n".join(parts).encode()).hexdigest()


def first_broken_line(community: Community) -> int | None:
    """The number of the first line that does not follow from the one before it; None when the chain is whole."""
    previous, expected = _FIRST, 1
    for entry in AuditEntry.objects.filter(community=community).order_by("seq").iterator():
        if entry.seq != expected or entry.prev_hash != previous or entry.hash != digest(entry):
            return expected
        previous, expected = entry.hash, expected + 1
    return None
