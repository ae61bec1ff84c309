"""What speaks against a gesture for a member: they asked for silence, are gone, are on hold."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from members.models import Member
from outbox.models import OptOut


@dataclass(frozen=True, slots=True)
class Refusals:
    """What members do not want: each member and category with the end of the pause, or None for good."""

    ends: Mapping[tuple[UUID, str], datetime | None]

    def cover(self, member: Member, category: str, *, at: datetime) -> bool:
        """Whether this member still refuses this category, or all, at an instant to come."""
        found = [self.ends[key] for key in ((member.pk, category), (member.pk, OptOut.ALL)) if key in self.ends]
        return any(end is None or end > at for end in found)


def refusals(members: Collection[UUID], *, now: datetime) -> Refusals:
    """What these members refuse from `now` on; one query, none for nobody."""
    rows = OptOut.objects.in_force(now).filter(member__in=members)
    return Refusals(
        {(member, category): end for member, category, end in rows.values_list("member", "category", "until")}
    )


def wishes(member: Member, *, is_refused: bool) -> list[str]:
    """What to think of before a gesture of one's own for them; `is_refused` is whether they refuse personal notes."""
    found = []
    if member.reachable == Member.Reachable.SUPPRESSED:
        found.append(_("They asked never to be written to. Please respect that, by hand too."))
    elif is_refused:
        found.append(_("They asked not to get personal notes. Please respect that, by hand too."))
    if member.status in (Member.Status.LEFT, Member.Status.BANNED, Member.Status.DECEASED):
        found.append(_("Their status is “%(status)s”.") % {"status": member.get_status_display().lower()})
    return found


def on_hold(member: Member, *, now: datetime, tells_reason: bool) -> list[str]:
    """That they are on hold, if they are; the reason is for those who may read what is private."""
    if not member.hold_ends_at or member.hold_ends_at <= now:
        return []
    if not tells_reason:
        return [_("They are on hold.")]
    return [_("They are on hold (%(reason)s).") % {"reason": member.hold_reason or _("no reason was noted")}]


def against_mail(member: Member | None, category: str, *, refused: Refusals, at: datetime) -> str:
    """Why no mail of this category would leave to them at this instant; empty when one would."""
    if member is None:
        return _("There is no member to write to.")
    if not member.email:
        return _("We have no e-mail address of theirs. You can reach them by hand.")
    if member.status != Member.Status.ACTIVE:
        status = member.get_status_display().lower()
        return _("Their status is “%(status)s”: no mail leaves to them.") % {"status": status}
    if member.reachable == Member.Reachable.SUPPRESSED:
        return _("They asked never to be written to. Please respect that, by hand too.")
    if member.reachable != Member.Reachable.OK:
        return _("Their mail came back: reach them another way, by a call or a card.")
    if refused.cover(member, category, at=at):
        return _("They asked not to get notes of this kind.")
    return ""
