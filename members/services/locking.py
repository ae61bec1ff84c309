"""Holding a member's row while something is written onto it or hung on it."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from members.models import Member


def hold_row(member: Member) -> None:
    """Keep others from writing this member until the caller's transaction ends. Raises ValidationError when erased.

    Erasing holds the row too: what waits for it is refused afterwards, whatever its caller had read before, so that
    nothing personal lands on the emptied row.
    """
    rows = Member.objects.kept().filter(pk=member.pk).order_by()
    if not rows.select_for_update(no_key=True).values_list("pk").first():
        raise ValidationError(_("This member was erased: there is nothing left to change."))
