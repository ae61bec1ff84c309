"""The member's record and what hangs on it: dates, tags, notes, and the files they came in."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from members.models import ImportantDate, Invitation, Member, MemberImport, MemberTag, Note
from members.privacy.contract import Kept, Row

CLOSED_INVITATION = timedelta(days=90)
IMPORT_ERRORS = timedelta(days=30)

_UNTIL_ERASED = _("until erased, which happens by itself 24 months after leaving")
_greeting = Kept(_("to write to the member as they want to be written to"), _UNTIL_ERASED)
_identity = Kept(_("to know who is a member, and to find them"), _UNTIL_ERASED)
_working = Kept(_("to know what may be sent, and when"), _UNTIL_ERASED)

FIELDS = {
    "members.Member.name": _identity,
    "members.Member.preferred_name": _greeting,
    "members.Member.name_key": Kept(_("the name again, made ready for the search"), _UNTIL_ERASED),
    "members.Member.pronouns": _greeting,
    "members.Member.email": _identity,
    "members.Member.email_key": Kept(_("to notice the same address twice"), _UNTIL_ERASED),
    "members.Member.language": _greeting,
    "members.Member.time_zone": Kept(_("to write at a good hour of their day"), _UNTIL_ERASED),
    "members.Member.country": _identity,
    "members.Member.company": _identity,
    "members.Member.birth_month": Kept(_("to wish a happy birthday"), _UNTIL_ERASED),
    "members.Member.birth_day": Kept(_("to wish a happy birthday"), _UNTIL_ERASED),
    "members.Member.birth_year": Kept(_("to know a round birthday; it may stay empty"), _UNTIL_ERASED),
    "members.Member.feb29": _greeting,
    "members.Member.status": Kept(_("to know who is a member, and to count"), _("for good, without a name")),
    "members.Member.reachable": _working,
    "members.Member.hold_until": _working,
    "members.Member.hold_reason": Kept(_("so that the team knows why it keeps quiet"), _UNTIL_ERASED),
    "members.Member.introduced_by": Kept(_("to know who brought whom"), _UNTIL_ERASED),
    "members.Member.joined_on": Kept(_("to mark the years together, and to count"), _("for good, without a name")),
    "members.Member.left_on": Kept(_("to count"), _("for good, without a name")),
    "members.Member.custom": Kept(_("what this community asks its members besides"), _UNTIL_ERASED),
    "members.ImportantDate.label": Kept(_("to remember the days that matter to them"), _UNTIL_ERASED),
    "members.MemberTag.tag": Kept(_("to find members who share something"), _UNTIL_ERASED),
    "members.Note.text": Kept(_("so that the team remembers what it was told"), _UNTIL_ERASED),
    "members.MemberImport.content": Kept(_("the file members came in, while it is read"), _("24 hours")),
    "members.MemberImport.errors": Kept(_("the rows of that file that were wrong, to mend them"), _("30 days")),
    "members.Suppression.hmac": Kept(
        _("a keyed hash of the address of somebody erased, so that they are never written to again by mistake"),
        _("for good; the address cannot be read back from it"),
    ),
}

_AT_REST = [MemberImport.State.DONE, MemberImport.State.FAILED, MemberImport.State.DISCARDED]
# What an erased member no longer has. The day they joined, the day they left and the counts stay.
_BLANK: dict[str, Any] = {
    "name": "",
    "preferred_name": "",
    "name_key": "",
    "pronouns": "",
    "email": "",
    "email_key": None,
    "language": "",
    "time_zone": "",
    "country": "",
    "company": "",
    "birth_month": None,
    "birth_day": None,
    "birth_year": None,
    "feb29": "",
    "introduced_by": None,
    "reachable": Member.Reachable.SUPPRESSED,
    "hold_until": None,
    "hold_reason": "",
    "hold_ends_at": None,
    "welcome_on": None,
    "custom": {},
}
_EXPORTED = (
    "id",
    "name",
    "preferred_name",
    "pronouns",
    "email",
    "language",
    "time_zone",
    "country",
    "company",
    "birth_month",
    "birth_day",
    "birth_year",
    "feb29",
    "joined_on",
    "left_on",
    "status",
    "reachable",
    "hold_until",
    "hold_reason",
    "known_from",
    "is_imported",
    "created_at",
    "updated_at",
)


def export(member: Member) -> dict[str, list[Row]]:
    """Everything but restricted notes, which the team gives out after reading them with care for others."""
    record: dict[str, Any] = {name: getattr(member, name) for name in _EXPORTED}
    record["introduced_by"] = member.introduced_by.called if member.introduced_by else ""
    return {
        "member": [record | {f"custom_{key}": value for key, value in sorted(member.custom.items())}],
        "important_dates": list(member.dates.values("label", "month", "day", "year", "is_yearly")),
        "tags": list(member.member_tags.order_by("tag__key").values("tag__name")),
        "notes": list(member.notes.filter(is_restricted=False).order_by("created_at").values("created_at", "text")),
    }


def erase(member: Member) -> None:
    """Blank the record and remove what hangs on it.

    Files that are being read at this moment are left to the reader, which asks the suppressed addresses; they go
    within a day.
    """
    Note.objects.filter(member=member).delete()
    ImportantDate.objects.filter(member=member).delete()
    MemberTag.objects.filter(member=member).delete()
    MemberImport.objects.filter(community=member.community_id, state__in=_AT_REST).update(
        content=None, errors=[], options={}
    )
    Member.objects.filter(pk=member.pk).update(**_BLANK)
    for name, value in _BLANK.items():
        setattr(member, name, value)


def forget(now: datetime) -> dict[str, int]:
    """Remove invitations long after they were answered or ran out, and what was wrong in files of last month.

    How the columns of those were read goes too: in a file without a header, the first person is what names them. The
    files themselves are emptied after a day by `members.importing`.
    """
    invitations = Invitation.objects.filter(expires_at__lt=now - CLOSED_INVITATION)
    imports = MemberImport.objects.filter(created_at__lt=now - IMPORT_ERRORS, state__in=_AT_REST).exclude(
        errors=[], options={}
    )
    return {"invitations": invitations.delete()[0], "import_errors": imports.update(errors=[], options={})}
