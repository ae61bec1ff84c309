"""What the members package keeps on a member: why, how long, how it is exported, how it is made to go.

`contract` is what every package promises, `erasing` and `exporting` act on all of them, `retention` forgets by itself.
"""

from datetime import datetime

from members.models import Member
from members.privacy import accounts, records
from members.privacy.contract import Row

FIELDS = {**records.FIELDS, **accounts.FIELDS}


def export(member: Member) -> dict[str, list[Row]]:
    """The record itself, what hangs on it, and the accounts that open it."""
    return {**records.export(member), **accounts.export(member)}


def erase(member: Member) -> None:
    """Accounts first: they are found by the address that the record still has."""
    accounts.erase(member)
    records.erase(member)


def forget(now: datetime) -> dict[str, int]:
    """Invitations, import files and accounts that have served."""
    return {**records.forget(now), **accounts.forget(now)}
