"""Communities: how one comes to be, changes, pauses and goes on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from care.lib.addresses import clean_name
from care.lib.days import zone_names
from care.lib.zones import close_zones
from members import audit
from members.models import Community, Role, TeamMember, User
from members.services.accounts import open_account
from members.services.members import rezone_holds


class UnknownTimeZone(ValidationError):
    """A time zone this machine does not know; the message names close ones."""

    def __init__(self, name: str) -> None:
        close = close_zones(name)
        hint = _("Did you mean %s?") % _(" or ").join(close) if close else _("Names look like Europe/Paris.")
        message = _("There is no time zone called “%(name)s”. %(hint)s") % {"name": name[:64], "hint": hint}
        super().__init__({"time_zone": message})


class AddressTaken(ValidationError):
    """Another community has this address (slug) already."""

    def __init__(self, slug: str) -> None:
        message = _("There is a community at “%s” already. Choose another address.") % slug
        super().__init__({"slug": message})


@dataclass(frozen=True, slots=True)
class Created:
    """A new community and its owner. `is_new_account`: the owner has no way to sign in with a password yet."""

    community: Community
    owner: User
    is_new_account: bool


@transaction.atomic
def create_community(slug: str, *, name: str, time_zone: str, language: str, builder_email: str) -> Created:
    """Make a community and its owner; an account with this address is used again.

    Raises UnknownTimeZone, AddressTaken, or ValidationError by field for what else cannot be.
    """
    _check_zone(time_zone)
    community = Community(slug=slug, name=_clean_name("name", name), time_zone=time_zone, language=language)
    community.clean_fields()
    if Community.objects.filter(slug=slug).exists():
        raise AddressTaken(slug)
    try:
        with transaction.atomic():
            community.save(force_insert=True)
    except IntegrityError:
        raise AddressTaken(slug) from None
    try:
        owner, is_new = open_account(builder_email, verified=True)
    except ValidationError as error:
        raise ValidationError({"builder": list(error)}) from None
    TeamMember.objects.create(community=community, user=owner, role=Role.OWNER)
    audit.record(community, actor=None, verb="community.created", subject=community)
    audit.record(community, actor=None, verb="team.joined", subject=owner, fields=["role"])
    return Created(community, owner, is_new)


@transaction.atomic
def change_community(community: Community, *, by: User | None, changes: Mapping[str, Any]) -> list[str]:
    """Set fields of a community and say which ones changed.

    With a new time zone, a hold of a member without a zone of their own ends at midnight there. What was planned is
    re-timed by the planner at its next run. Raises UnknownTimeZone or ValidationError, and then changes nothing.
    """
    if "time_zone" in changes:
        _check_zone(changes["time_zone"])
    cleaned = {
        field: _clean_name(field, value) if field in {"name", "sender_name"} else value
        for field, value in changes.items()
    }
    before = Community.objects.select_for_update().get(pk=community.pk)
    changed = sorted(field for field, value in cleaned.items() if getattr(before, field) != value)
    if not changed:
        return []
    for field in changed:
        setattr(community, field, cleaned[field])
    community.clean_fields(exclude=[field.name for field in Community._meta.fields if field.name not in changed])
    community.save(update_fields=changed)
    if "time_zone" in changed:
        rezone_holds(community)
    audit.record(community, actor=by, verb="community.changed", subject=community, fields=changed)
    return changed


@transaction.atomic
def pause(community: Community, *, by: User | None, now: datetime) -> bool:
    """Stop all greetings of a community until somebody resumes. False when it is paused already."""
    if not Community.objects.filter(pk=community.pk, paused_at__isnull=True).update(paused_at=now):
        return False
    community.paused_at = now
    audit.record(community, actor=by, verb="community.paused", subject=community)
    return True


@transaction.atomic
def resume(community: Community, *, by: User | None) -> bool:
    """Let greetings leave again. False when nothing was paused."""
    if not Community.objects.filter(pk=community.pk, paused_at__isnull=False).update(paused_at=None):
        return False
    community.paused_at = None
    audit.record(community, actor=by, verb="community.resumed", subject=community)
    return True


def _check_zone(name: str) -> None:
    if name not in zone_names():
        raise UnknownTimeZone(name)


def _clean_name(field: str, value: str) -> str:
    try:
        return clean_name(value)
    except ValidationError as error:
        raise ValidationError({field: list(error)}) from None
