"""Erasing a member (GDPR, article 17): everything personal goes, what is needed to count stays without a name.

Leaving is another verb: `members.services.members.set_status`.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from members import audit
from members.models import Member, Suppression, User
from members.privacy.contract import packages
from members.tokens import address_hmac


@transaction.atomic
def erase_member(member: Member, *, by: User | None, now: datetime, among: QuerySet[Member] | None = None) -> bool:
    """Make everything personal go, in every package, in one transaction. False when it was done already.

    With `among`, also False when they are no longer of these: asked anew once nobody else can write them.

    What stays: the row's id, the days of joining and leaving, what was done and when, lines of the audit (which hold
    names of fields, never their values), and a keyed hash of the address so that it is never written to by mistake.
    """
    # The lock makes whoever is about to hang something new on this member wait until nothing personal is left
    # (`hold_row`). Not the key: whoever has just done so must be able to end, for what they hold is waited for below.
    locked = Member.objects.select_for_update(of=("self",), no_key=True).select_related("community").get(pk=member.pk)
    if locked.status == Member.Status.ERASED or (among is not None and not among.filter(pk=locked.pk).exists()):
        return False
    Member.objects.filter(pk=locked.pk).update(status=Member.Status.ERASED, updated_at=now)
    locked.status = Member.Status.ERASED
    if locked.email_key:
        remembered = Suppression(community=locked.community, hmac=address_hmac(locked.email_key), created_at=now)
        Suppression.objects.bulk_create([remembered], ignore_conflicts=True)
    for _label, package in packages():
        package.erase(locked)
    audit.record(locked.community, actor=by, verb="member.erased", subject=locked)
    member.refresh_from_db()
    return True
