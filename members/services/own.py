"""What members do to their own record."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from members.models import Member, User
from members.services.members import change_member, set_dates


@transaction.atomic
def correct(
    member: Member, *, changes: Mapping[str, Any], dates: Iterable[Mapping[str, Any]] | None, by: User, now: datetime
) -> None:
    """Correct facts and own dates together: all of it, or, when something cannot be (ValidationError), nothing.

    Without `dates`, these stay as they are.
    """
    change_member(member, by=by, now=now, **changes)
    if dates is not None:
        set_dates(member, dates, by=by, now=now)
