"""Whether a member's address takes mail."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from members import audit
from members.models import Member


@transaction.atomic
def mark_bounced(member_id: UUID, *, address: str, now: datetime) -> bool:
    """The mail server says that there is no such mailbox: write there no more, until the address is corrected.

    False when that was known, it is not their address any more, or the member asked never to be written to.
    """
    reached = Member.objects.filter(pk=member_id, email=address, reachable=Member.Reachable.OK)
    member = reached.select_related("community").first()
    if member is None or not reached.update(reachable=Member.Reachable.BOUNCED, updated_at=now):
        return False
    audit.record(member.community, actor=None, verb="member.bounced", subject=member, fields=["reachable"])
    return True
