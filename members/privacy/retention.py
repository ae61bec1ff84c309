"""Forgetting by itself: what has been kept long enough goes, without anybody asking."""

from datetime import datetime, timedelta

from care.lib.attempts import attempts
from members.models import Member
from members.privacy.contract import packages
from members.privacy.erasing import erase_member

# Somebody who left may come back and find their record; two years later it is nobody's business any more.
AFTER_LEAVING = timedelta(days=731)
AFTER_A_CHANGE = timedelta(days=30)
# Erased in one run at most, so that housekeeping stays short; the others follow an hour later.
BATCH = 200


def forget(now: datetime) -> dict[str, int]:
    """Erase who left two years ago, and let each package drop what it need not keep. Twice changes nothing.

    What fails leaves the rest its turn; then ExceptionGroup is raised.
    """
    counts = {}
    with attempts("Something could not be forgotten") as attempt:
        with attempt("forgetting.failed", what="members"):
            counts["members.erased"] = erase_long_gone(now)
        for label, package in packages():
            drop = getattr(package, "forget", None)
            with attempt("forgetting.failed", what=label):
                for name, count in (drop(now) if drop else {}).items():
                    counts[f"{label}.{name}"] = count
    return counts


def erase_long_gone(now: datetime) -> int:
    """Erase members who left more than two years ago, and were not put on record since; how many.

    Not those whose record has just been changed: a slip in the day they left must not be for good. One who cannot be
    erased leaves the others their turn; then ExceptionGroup is raised.
    """
    day = (now - AFTER_LEAVING).date()
    gone = Member.objects.filter(
        status=Member.Status.LEFT, left_on__lt=day, known_from__lt=day, updated_at__lt=now - AFTER_A_CHANGE
    )
    erased = 0
    with attempts("Some members could not be erased") as attempt:
        for member in gone.order_by("?")[:BATCH]:  # so that many who cannot be erased are not first each hour
            with attempt("erasing.failed", member=str(member.pk)):
                erased += erase_member(member, by=None, now=now, among=gone)
    return erased
