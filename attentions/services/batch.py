"""Approving many at once, each as it was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from attentions.models import Attention
from attentions.services import approval
from members.models import Community, User


@dataclass(frozen=True, slots=True)
class Read:
    """One letter as a person read it: its digest, the line they added, and whether they ticked it."""

    digest: str
    line: str
    is_picked: bool


@transaction.atomic
def approve_read(
    attentions: Sequence[Attention], read: Mapping[UUID, Read], *, community: Community, by: User, now: datetime
) -> approval.Result:
    """Approve those that were ticked and still say what was read; of the others keep the line that was typed.

    A letter that has changed is refused, named in `changed`, and gets the line all the same, to be read again.
    """
    picked = [row for row in attentions if read[row.pk].is_picked]
    result = approval.approve(
        picked,
        community=community,
        by=by,
        now=now,
        lines={pk: one.line for pk, one in read.items()},
        shown={pk: one.digest for pk, one in read.items()},
    )
    left = [row for row in attentions if not read[row.pk].is_picked or row.pk in result.changed]
    for row in left:
        if approval.clean_line(read[row.pk].line) != row.personal_line:
            approval.set_personal_line(row, by=by, line=read[row.pk].line)
    return result
