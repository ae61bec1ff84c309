"""Rituals: what a community chose to practise."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from attentions import wording
from attentions.kinds import kind_of, kinds
from attentions.models import Ritual, Wording
from care.lib.days import local_day
from care.lib.languages import LANGUAGES
from members import audit
from members.models import Audience, Community, User

# A ritual that a person lets send by itself still asks for so long: time to see what it does.
TRIAL = timedelta(hours=48)


@transaction.atomic
def ritual_for(community: Community, kind_key: str) -> Ritual:
    """The community's ritual of a kind, made with the kind's own words at first, switched off.

    Raises ValidationError for a kind that does not exist, naming those that do.
    """
    kind = kind_of(kind_key)
    if kind is None:
        known = ", ".join(kind.key for kind in kinds())
        raise ValidationError(
            _("There is no kind of attention %(key)s. Known: %(known)s.") % {"key": kind_key, "known": known}
        )
    ritual, is_new = Ritual.objects.get_or_create(
        community=community, kind=kind.key, defaults={"hour": kind.hour, "late_days": kind.late_days}
    )
    if is_new:
        for language in LANGUAGES:
            words = kind.words(language)
            Wording.objects.create(
                community=community,
                ritual=ritual,
                language=language,
                subject=words.subject,
                body=words.body,
                belated=words.belated,
            )
    return ritual


@transaction.atomic
def switch_on(
    ritual: Ritual,
    *,
    by: User | None,
    now: datetime,
    effective_from: date | None = None,
    is_on_trial: bool = True,
) -> None:
    """Practise this ritual from a day on (today unless told): nothing due before it will ever be planned.

    Switching on again after a pause starts anew from today, so that the pause is not made up for, and one that sends
    by itself asks for 48 hours again, unless `is_on_trial` is False.
    """
    today = local_day(now, ritual.community.time_zone)
    if not ritual.is_on and ritual.sends_by_itself:
        ritual.asks_until = now + TRIAL if is_on_trial else None
    if not ritual.is_on or effective_from is not None:
        ritual.effective_from = effective_from or today
    ritual.is_on = True
    ritual.save(update_fields=["is_on", "effective_from", "asks_until"])
    audit.record(ritual.community, actor=by, verb="ritual.switched_on", subject=ritual, fields=["is_on"])


@transaction.atomic
def switch_off(ritual: Ritual, *, by: User | None) -> None:
    """Stop practising it. The next planning withdraws what is open; what has left stays on record."""
    ritual.is_on = False
    ritual.save(update_fields=["is_on"])
    audit.record(ritual.community, actor=by, verb="ritual.switched_off", subject=ritual, fields=["is_on"])


@transaction.atomic
def change_ritual(
    ritual: Ritual,
    *,
    by: User | None,
    now: datetime,
    is_on_trial: bool = True,
    **changes: Any,
) -> None:
    """Change how it is practised: approval, veto_hours, hour, late_days, channel, audience, budget_cents.

    A ritual that begins to send by itself asks for 48 hours more, unless `is_on_trial` is False. Raises
    ValidationError.
    """
    audience: Audience | None = changes.get("audience")
    if audience is not None and audience.community_id != ritual.community_id:
        raise ValidationError({"audience": _("Choose an audience of this community.")})
    sent_before = ritual.sends_by_itself
    for name, value in changes.items():
        setattr(ritual, name, value)
    if ritual.sends_by_itself and not sent_before:
        ritual.asks_until = now + TRIAL if is_on_trial else None
    ritual.full_clean(exclude=["community"], validate_unique=False, validate_constraints=False)
    if not 6 <= ritual.hour <= 21:
        raise ValidationError({"hour": _("Choose an hour from 6 to 21.")})
    ritual.save(update_fields=[*changes, "asks_until"])
    audit.record(ritual.community, actor=by, verb="ritual.changed", subject=ritual, fields=changes)


@transaction.atomic
def save_wording(
    ritual: Ritual, *, by: User | None, language: str, variant: int, subject: str, body: str, belated: str = ""
) -> Wording:
    """Keep one variant of the words; what is approved already stays as it was. Raises ValidationError by field."""
    kind = kind_of(ritual.kind)
    body = body.replace("\r\n", "\n").strip()
    errors = wording.check(
        subject=subject,
        body=body,
        belated=belated,
        extra=kind.placeholders if kind else (),
        optional=kind.optional if kind else (),
    )
    if errors:
        raise ValidationError(errors)
    row, _is_new = Wording.objects.update_or_create(
        ritual=ritual,
        language=language,
        variant=variant,
        defaults={"community": ritual.community, "subject": subject.strip(), "body": body, "belated": belated.strip()},
    )
    audit.record(ritual.community, actor=by, verb="wording.changed", subject=row, fields=["subject", "body", "belated"])
    return row


@transaction.atomic
def delete_wording(wording_id: UUID, *, ritual: Ritual, by: User | None) -> None:
    """Remove a variant; the last one of a language stays. Raises ValidationError."""
    rows = Wording.objects.filter(ritual=ritual).order_by("pk").select_for_update().in_bulk()  # of two, one waits
    row = rows.pop(wording_id, None)
    if row is None:
        return
    if all(other.language != row.language for other in rows.values()):
        raise ValidationError(_("Keep at least one wording in each language."))
    audit.record(ritual.community, actor=by, verb="wording.deleted", subject=row)
    row.delete()
