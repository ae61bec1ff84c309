"""Writing members: the record, its status and its hold. Every change leaves a line in the audit, without values."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Case, DateTimeField, Value, When
from django.utils.translation import gettext_lazy as _

from care.lib import days
from care.lib.addresses import email_key
from care.lib.nudge import MEMBERS_CHANGED, nudge
from members import audit, facts
from members.models import Community, ImportantDate, Member, User
from members.querysets import MemberQuerySet
from members.services import custom_fields, tags
from members.services.locking import hold_row
from members.tokens import address_hmacs

# Somebody who joined at most this long ago is new, and owed a welcome.
NEW_FOR = timedelta(days=14)
LONGEST_HOLD = timedelta(days=3660)


class AlreadyHere(ValidationError):
    """The address belongs to another member of the community."""

    def __init__(self, member: Member) -> None:
        self.member = member
        super().__init__(
            {"email": _("%(name)s is already here with this address: open their page.") % {"name": member.name}}
        )


class ChangedMeanwhile(ValidationError):
    """Somebody else changed the same thing first."""

    def __init__(self) -> None:
        super().__init__(_("Somebody else has just changed this. Look at the page again before you go on."))


@transaction.atomic
def create_member(
    community: Community,
    *,
    by: User | None,
    now: datetime,
    name: str,
    status: str = Member.Status.ACTIVE,
    tags_named: Iterable[str] = (),
    **known: Any,
) -> Member:
    """Put somebody on record. `known` holds any of `members.facts.FACTS`.

    A newcomer (joined within the last 14 days) is owed a welcome. Raises ValidationError by field, AlreadyHere when the
    address is taken.
    """
    today = days.local_day(now, community.time_zone)
    cleaned = _clean(community, {"name": name, **known}, None, today=today)
    if status not in {Member.Status.INVITED, Member.Status.ACTIVE}:
        raise ValidationError({"status": _("A new member is either invited or active.")})
    member = Member(community=community, status=status, known_from=today, updated_at=now, **cleaned)
    member.welcome_on = welcome_day(member.joined_on, today)
    _set_keys(member)
    member.reachable = reachable(member)
    _save(member, force_insert=True)
    for tag in tags_named:
        try:
            tags.put(member, tag)
        except ValidationError as error:
            raise ValidationError({"tags": list(error)}) from None
    audit.record(community, actor=by, verb="member.created", subject=member, fields=[*cleaned, "status"])
    nudge(MEMBERS_CHANGED, str(community.pk))
    return member


@transaction.atomic
def change_member(member: Member, *, by: User | None, now: datetime, **changes: Any) -> list[str]:
    """Correct any of `members.facts.FACTS`; the answer names the fields that really changed.

    A new zone moves the end of a hold. Raises ValidationError by field, AlreadyHere when the address is taken.
    """
    hold_row(member)
    today = days.local_day(now, member.community.time_zone)
    cleaned = _clean(member.community, changes, member, today=today)
    changed = [field for field, value in cleaned.items() if getattr(member, field) != value]
    if not changed:
        return []
    for field in changed:
        setattr(member, field, cleaned[field])
    written = {*changed, *_set_keys(member)}
    if "time_zone" in changed and member.hold_until:
        member.hold_ends_at = hold_end(member.hold_until, member.zone)
        written.add("hold_ends_at")
    if "joined_on" in changed and not member.is_imported:
        member.welcome_on = welcome_day(member.joined_on, member.known_from)
        written.add("welcome_on")
    if "email" in changed:
        member.reachable = reachable(member)
        written.add("reachable")
    member.updated_at = now
    _save(member, update_fields=[*written, "updated_at"])
    audit.record(member.community, actor=by, verb="member.changed", subject=member, fields=changed)
    nudge(MEMBERS_CHANGED, str(member.community_id))
    return changed


@transaction.atomic
def set_status(member: Member, status: str, *, by: User | None, now: datetime, on: date | None = None) -> bool:
    """Move a member to another status; False when they had it already. Nothing leaves to anybody who is not active.

    `left` notes the day they left (`on`, else today in the community, else the day they were to join), any other status
    forgets it. Erasing is another verb (members.privacy). Raises ChangedMeanwhile when somebody else was first.
    """
    known = member.status
    hold_row(member)
    if member.status != known:
        raise ChangedMeanwhile
    if status not in Member.Status.values or status == Member.Status.ERASED:
        raise ValidationError({"status": _("Choose one of the statuses of the list.")})
    if status == member.status and on is None:
        return False
    left_on = None
    if status == Member.Status.LEFT:
        today = days.local_day(now, member.community.time_zone)
        left_on = on or max(today, member.joined_on or today)
        if on and not facts.FIRST_YEAR <= on.year <= today.year:
            raise ValidationError(
                {
                    "on": _("The year must be between %(first)d and %(last)d.")
                    % {"first": facts.FIRST_YEAR, "last": today.year}
                }
            )
        if member.joined_on and left_on < member.joined_on:
            raise ValidationError({"on": _("They cannot have left before they joined, on %s.") % member.joined_on})
    elif on is not None:
        raise ValidationError({"on": _("Only leaving has a day.")})
    member.status, member.left_on, member.updated_at = status, left_on, now
    member.save(update_fields=["status", "left_on", "updated_at"])
    audit.record(member.community, actor=by, verb="member.status_set", subject=member, fields=["status", "left_on"])
    nudge(MEMBERS_CHANGED, str(member.community_id))
    return True


@transaction.atomic
def hold(member: Member, *, until: date, reason: str, by: User | None, now: datetime) -> None:
    """Let nothing leave to a member through the day `until`, in their time zone. Raises ValidationError by field."""
    hold_row(member)
    reason = clean_hold(until, reason, today=days.local_day(now, member.zone))
    member.hold_until, member.hold_reason = until, reason
    member.hold_ends_at = hold_end(until, member.zone)
    member.updated_at = now
    member.save(update_fields=["hold_until", "hold_reason", "hold_ends_at", "updated_at"])
    audit.record(member.community, actor=by, verb="member.held", subject=member, fields=["hold_until", "hold_reason"])


@transaction.atomic
def release_hold(member: Member, *, by: User | None, now: datetime) -> bool:
    """End a hold now; False when there was none."""
    none = {"hold_until": None, "hold_reason": "", "hold_ends_at": None, "updated_at": now}
    if not Member.objects.filter(pk=member.pk, hold_until__isnull=False).update(**none):
        return False
    for name, value in none.items():
        setattr(member, name, value)
    audit.record(member.community, actor=by, verb="member.released", subject=member, fields=["hold_until"])
    return True


@transaction.atomic
def hold_many(
    members: MemberQuerySet, *, community: Community, until: date, reason: str, by: User, now: datetime
) -> int:
    """Hold all of `members` (a queryset within one community) through `until`; how many. Two statements, however many.

    Each hold ends with the day in the member's own zone. Raises ValidationError by field.
    """
    reason = clean_hold(until, reason, today=days.local_day(now, community.time_zone))
    chosen = Member.objects.kept().filter(community=community, pk__in=members.order_by().values("pk"))
    zones = chosen.exclude(time_zone="").order_by().values_list("time_zone", flat=True).distinct()
    ends = Case(
        *(When(time_zone=zone, then=Value(hold_end(until, zone))) for zone in zones),
        default=Value(hold_end(until, community.time_zone)),
        output_field=DateTimeField(),
    )
    count = chosen.update(hold_until=until, hold_reason=reason, hold_ends_at=ends, updated_at=now)
    if count:
        audit.record(community, actor=by, verb="members.held", fields=["hold_until", "hold_reason"], count=count)
    return count


@transaction.atomic
def rezone_holds(community: Community) -> int:
    """After the community's zone changed: move the end of the holds of members who follow it; how many."""
    moved = 0
    held = Member.objects.filter(community=community, time_zone="", hold_until__isnull=False)
    for until in filter(None, held.order_by().values_list("hold_until", flat=True).distinct()):
        moved += held.filter(hold_until=until).update(hold_ends_at=hold_end(until, community.time_zone))
    return moved


@transaction.atomic
def set_dates(member: Member, dates: Iterable[Mapping[str, Any]], *, by: User | None, now: datetime) -> None:
    """Make a member's own important dates equal to `dates`: mappings of label, month, day, year and is_yearly.

    One that stays, or that is corrected (another label on that day, another day of that label), keeps its row, so that
    nothing is planned a second time. Raises ValidationError.
    """
    hold_row(member)
    today = days.local_day(now, member.community.time_zone)
    wanted = [_clean_date(given) for given in dates]
    present = {_date_facts(row): row for row in member.dates.all()}
    new = {tuple(row.values()): row for row in wanted if tuple(row.values()) not in present}
    gone = [row for known, row in present.items() if known not in {tuple(row.values()) for row in wanted}]
    if not new and not gone:
        return
    corrected = _corrections(gone, new)
    ImportantDate.objects.bulk_update(corrected, ["label", "month", "day", "year", "is_yearly"])
    member.dates.filter(pk__in=[row.pk for row in gone if row not in corrected]).delete()
    ImportantDate.objects.bulk_create(
        ImportantDate(community=member.community, member=member, known_from=today, **row) for row in new.values()
    )
    audit.record(member.community, actor=by, verb="member.changed", subject=member, fields=["dates"])
    nudge(MEMBERS_CHANGED, str(member.community_id))


# --- what follows from the facts


def welcome_day(joined_on: date | None, known_from: date) -> date | None:
    """The day from which a welcome is owed; None to somebody who is not new, or whose joining nobody knows."""
    if joined_on is None or joined_on < known_from - NEW_FOR:
        return None
    return max(joined_on, known_from)


def hold_end(until: date, zone: str) -> datetime:
    """The instant at which a hold through `until` ends: the start of the next day in `zone`."""
    return days.start_of_day(until + days.ONE_DAY, zone)


def reachable(member: Member) -> str:
    """Whether the address may be written to. Who once asked never to be written to stays so, whatever the address."""
    if member.reachable == Member.Reachable.SUPPRESSED:
        return Member.Reachable.SUPPRESSED
    if member.email_key and member.community.suppressions.filter(hmac__in=address_hmacs(member.email_key)).exists():
        return Member.Reachable.SUPPRESSED
    return Member.Reachable.OK


def clean_hold(until: date, reason: str, *, today: date) -> str:
    """The reason, cleaned. Raises ValidationError by field."""
    errors: dict[str, Any] = {}
    if until < today:
        errors["until"] = _("A hold lasts through a day that is still to come, or today.")
    elif until - today > LONGEST_HOLD:
        errors["until"] = _("A hold lasts ten years at most. For longer, change the status.")
    try:
        reason = facts.clean_line(reason, 200)
        if not reason:
            errors["reason"] = _("Say why, for whoever looks at this next month.")
    except ValidationError as error:
        errors["reason"] = list(error)
    if errors:
        raise ValidationError(errors)
    return reason


def _clean(community: Community, given: dict[str, Any], member: Member | None, *, today: date) -> dict[str, Any]:
    """The facts to write, checked against each other and against what is on record."""
    birthday = {"birth_month", "birth_day", "birth_year"}
    if member and birthday & set(given):
        given = {**{field: getattr(member, field) for field in birthday}, **given}
    cleaned = facts.clean(given, today=today)
    if "custom" in cleaned:
        cleaned["custom"] = custom_fields.clean_values(
            community, cleaned["custom"] or {}, present=member.custom if member else {}
        )
    introducer = cleaned.get("introduced_by")
    if introducer and (introducer.community_id != community.pk or introducer.status == Member.Status.ERASED):
        raise ValidationError({"introduced_by": _("This member is not in the community.")})
    if introducer and member and introducer.pk == member.pk:
        raise ValidationError({"introduced_by": _("Nobody introduces themselves: choose somebody else.")})
    joined_on = cleaned.get("joined_on")
    if member and member.left_on and joined_on and joined_on > member.left_on:
        raise ValidationError({"joined_on": _("They cannot have joined after they left, on %s.") % member.left_on})
    return cleaned


def _set_keys(member: Member) -> list[str]:
    """Bring the keys in line with the facts; the names of those that changed."""
    keys = {
        "name_key": facts.name_key(member.name, member.preferred_name, member.company),
        "email_key": email_key(member.email) if member.email else None,
    }
    changed = [field for field, value in keys.items() if getattr(member, field) != value]
    for field in changed:
        setattr(member, field, keys[field])
    return changed


def _save(member: Member, **how: Any) -> None:
    """Save, and tell a second holder of an address apart from every other failure."""
    taken = Member.objects.filter(community=member.community, email_key=member.email_key).exclude(pk=member.pk)
    if member.email_key and (other := taken.first()):
        raise AlreadyHere(other)
    try:
        with transaction.atomic():
            member.save(**how)
    except IntegrityError:
        if member.email_key and (other := taken.first()):
            raise AlreadyHere(other) from None
        raise


def _clean_date(given: Mapping[str, Any]) -> dict[str, Any]:
    label = facts.clean_line(given["label"], 80)
    if not label:
        raise ValidationError(_("Say what the day is, such as “first day of their bakery”."))
    year, is_yearly = given.get("year"), given.get("is_yearly", True)
    facts.day_exists(given["month"], given["day"], year)
    if year is not None:
        facts.year_exists(year)
    if not is_yearly and year is None:
        raise ValidationError(_("A day that comes once needs its year."))
    return {"label": label, "month": given["month"], "day": given["day"], "year": year, "is_yearly": is_yearly}


def _corrections(gone: Iterable[ImportantDate], new: dict[tuple[Any, ...], dict[str, Any]]) -> list[ImportantDate]:
    """Those of the gone that came back with another label or another day, changed; they are taken out of `new`."""
    corrected = []
    for row in gone:
        for known, values in new.items():
            if (row.month, row.day) == (values["month"], values["day"]) or row.label == values["label"]:
                for name, value in values.items():
                    setattr(row, name, value)
                corrected.append(row)
                del new[known]
                break
    return corrected


def _date_facts(row: ImportantDate) -> tuple[Any, ...]:
    return (row.label, row.month, row.day, row.year, row.is_yearly)
