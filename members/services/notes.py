"""Writing notes on members."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from members import audit, facts
from members.models import Member, Note, TeamMember
from members.services.locking import hold_row


@transaction.atomic
def add_note(member: Member, *, text: str, by: TeamMember, now: datetime, is_restricted: bool = False) -> Note:
    """Add a note of the team. Only builders and owners write restricted ones. Raises ValidationError."""
    if by.community_id != member.community_id or (is_restricted and not by.may("builder")):
        raise PermissionDenied
    hold_row(member)
    note = Note.objects.create(
        community=member.community,
        member=member,
        author=by.user,
        text=facts.clean_note(text),
        is_restricted=is_restricted,
        created_at=now,
    )
    audit.record(member.community, actor=by.user, verb="note.added", subject=note)
    return note


@transaction.atomic
def delete_note(note: Note, *, by: TeamMember) -> None:
    """Remove a note: one's own, or any as an owner."""
    if by.community_id != note.community_id or not (note.author_id == by.user_id or by.may("owner")):
        raise PermissionDenied(_("Only who wrote a note, or an owner, may delete it."))
    audit.record(note.community, actor=by.user, verb="note.deleted", subject=note)
    note.delete()
