"""The hourly round: forget what need not be kept, clear what has run out, and see that the data is sound."""

from datetime import datetime
from importlib import import_module

import structlog
from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.db import connection

from care import numbers
from care.invariants import Broken, check_all
from care.lib.attempts import attempts
from care.lib.sizes import learn_sizes
from members.importing import uploads
from members.privacy.retention import forget

log = structlog.get_logger(__name__)
# Where the number of broken invariants is kept for /metrics, until the second next round.
BROKEN_INVARIANTS = "invariants-broken"
_KEPT_SECONDS = 2 * 3600


def run(now: datetime) -> dict[str, int]:
    """All of it; how many of each were cleared, and how many invariants are broken. Twice changes nothing.

    What fails leaves the rest its turn; then ExceptionGroup is raised.
    """
    counts: dict[str, int] = {}
    with attempts("Some of the housekeeping failed") as attempt:
        with attempt("housekeeping.failed", step="sessions"):
            import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
        with attempt("housekeeping.failed", step="imports"):
            counts["imports.emptied"] = uploads.empty_old_files(now=now)
        with attempt("housekeeping.failed", step="forgetting"):
            counts |= forget(now)
        with attempt("housekeeping.failed", step="cache"):
            counts["cache.expired"] = clear_cache(now)
        with attempt("housekeeping.failed", step="numbers"):
            counts["communities.counted"] = numbers.keep_large(now)
        with attempt("housekeeping.failed", step="sizes"):
            learn_sizes()
        with attempt("housekeeping.failed", step="log"):
            empty_the_log()
        with attempt("housekeeping.failed", step="invariants"):
            counts["invariants.broken"] = len(see_invariants(now))
    return counts


def see_invariants(now: datetime) -> list[Broken]:
    """Log each broken invariant as an error, and leave their number for /metrics."""
    broken = check_all(now)
    for one in broken:
        log.error("invariant.broken", name=one.name, sentence=one.sentence, count=one.count, ids=one.ids)
    caches["default"].set(BROKEN_INVARIANTS, len(broken), _KEPT_SECONDS)
    return broken


def empty_the_log() -> None:
    """Let SQLite write its log into the database, so that words that were erased do not stay in it; `secure_delete`
    has written over them in the database itself. While others work in it, the log waits for the next time."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            patience = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
            cursor.execute("PRAGMA busy_timeout = 200")  # whoever wants to write meanwhile waits
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.execute(f"PRAGMA busy_timeout = {patience}")


def clear_cache(now: datetime) -> int:
    """Rows of the shared cache that have run out; Django itself waits until it is full."""
    if not isinstance(caches["default"], DatabaseCache):
        return 0
    table = connection.ops.quote_name(settings.CACHES["default"]["LOCATION"])
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} WHERE expires < %s",  # noqa: S608 # nosec B608  the name comes from the settings
            [connection.ops.adapt_datetimefield_value(now.replace(microsecond=0))],
        )
        return int(cursor.rowcount)
