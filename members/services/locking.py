"""Holding a member's row while something is written onto it or hung on it."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from members.models import Member


def hold_row(member: Member) -> None:
    """Keep others from writing this member until the caller's transaction ends, and read anew what is on record.

    Erasing holds the row too: what waits for it is refused afterwards (ValidationError), whatever its caller had read
    before, so that nothing personal lands on the emptied row.
    """
    rows = Member.objects.kept().select_related("community").select_for_update(of=("self",), no_key=True)
    try:
        member.refresh_from_db(from_queryset=rows)
    except Member.DoesNotExist:
        raise ValidationError(_("This member was erased: there is nothing left to change.")) from None
