"""Holding what others must not write at the same time: one member's row, or the members as an import takes them in."""

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext_lazy as _

from members.models import Community, Member


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


def take_turns(community: Community) -> None:
    """Let one import at a time write into a community, until the transaction ends. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('import'), hashtext(%s))", [str(community.pk)])
