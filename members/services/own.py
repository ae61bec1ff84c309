"""What members do to their own record."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from members.models import Member, User
from members.services.members import change_member, set_dates


@transaction.atomic
def correct(
    member: Member, *, changes: Mapping[str, Any], dates: Iterable[Mapping[str, Any]], by: User, now: datetime
) -> None:
    """Correct facts and own dates together: all of it, or, when something cannot be (ValidationError), nothing."""
    change_member(member, by=by, now=now, **changes)
    set_dates(member, dates, by=by, now=now)
