"""A member as one team member may see them: the one place that says what a greeter does not learn.

Pages show a `Seen`, never a `Member`: what must not be seen is not in it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, get_format
from django.utils.translation import gettext as _

from care.lib.places import place
from members.models import Community, CustomField, ImportantDate, Member, Tag, TeamMember
from members.services.custom_fields import plain

_TONES = {"invited": "accent", "left": "", "banned": "bad", "deceased": "", "erased": ""}


@dataclass(frozen=True)
class Seen:
    """What `team_member` may know of a member, at an instant, in words for a page."""

    _member: Member
    _team_member: TeamMember
    now: datetime

    @property
    def pk(self) -> Any:
        return self._member.pk

    @property
    def url(self) -> str:
        return reverse("members:detail", args=[self._member.community.slug, self._member.pk])

    @property
    def sees_private(self) -> bool:
        """Addresses, reasons and private notes are for builders and owners."""
        return self._team_member.may("builder")

    @property
    def name(self) -> str:
        return self._member.name or self._member.called

    @property
    def called(self) -> str:
        return self._member.called

    @property
    def pronouns(self) -> str:
        return self._member.pronouns

    @property
    def initials(self) -> str:
        return self._member.initials

    @property
    def colour(self) -> int:
        return self._member.colour

    @property
    def company(self) -> str:
        return self._member.company

    @property
    def country(self) -> str:
        return self._member.country

    @property
    def email(self) -> str:
        return self._member.email if self.sees_private else ""

    @property
    def has_email(self) -> bool:
        return bool(self._member.email)

    @property
    def mail_problem(self) -> str:
        """Why no mail would reach them, for those who may do something about it."""
        if not self.sees_private or self._member.reachable == Member.Reachable.OK:
            return ""
        return self._member.get_reachable_display()

    @property
    def tags(self) -> list[Tag]:
        return list(self._member.tags.all())

    @property
    def more_tags(self) -> int:
        """How many tags there are besides the first three."""
        return max(0, len(self.tags) - 3)

    # --- status and hold

    @property
    def status(self) -> str:
        return self._member.status

    @property
    def status_name(self) -> str:
        return self._member.get_status_display()

    @property
    def status_tone(self) -> str:
        return _TONES.get(self._member.status, "ok")

    @property
    def is_active(self) -> bool:
        return self._member.status == Member.Status.ACTIVE

    @property
    def is_on_hold(self) -> bool:
        return bool(self._member.hold_ends_at and self._member.hold_ends_at > self.now)

    @property
    def hold_until(self) -> date | None:
        return self._member.hold_until

    @property
    def hold_reason(self) -> str:
        return self._member.hold_reason if self.sees_private else ""

    @property
    def joined_on(self) -> date | None:
        return self._member.joined_on

    @property
    def left_on(self) -> date | None:
        return self._member.left_on

    # --- place, time, language

    @property
    def place(self) -> str:
        """The city of their time zone."""
        return place(self._member.zone)

    @property
    def is_zone_known(self) -> bool:
        return bool(self._member.time_zone)

    @cached_property
    def local_now(self) -> datetime:
        return self.now.astimezone(ZoneInfo(self._member.zone))

    @property
    def local_time(self) -> str:
        """The time where they are, with the day when it is not the reader's."""
        is_same_day = self.local_now.date() == timezone.localdate(self.now)
        return date_format(self.local_now, "H:i") if is_same_day else date_format(self.local_now, _("l j F, H:i"))

    @property
    def language(self) -> str:
        return str(dict(settings.LANGUAGES)[self._member.speaks])

    # --- facts

    @property
    def birthday(self) -> str:
        """The day and the month; the year where it is known, and never a made-up one."""
        member = self._member
        if member.birth_month is None or member.birth_day is None:
            return ""
        return written_day(member.birth_month, member.birth_day, member.birth_year)

    @property
    def feb29(self) -> str:
        if (self._member.birth_month, self._member.birth_day) != (2, 29):
            return ""
        return str(dict(Community.Feb29.choices)[self._member.feb29 or self._member.community.feb29])

    @property
    def dates(self) -> list[tuple[ImportantDate, str]]:
        return [(row, written_day(row.month, row.day, row.year)) for row in self._member.dates.all()]

    @cached_property
    def introduced_by(self) -> "Seen | None":
        introducer = self._member.introduced_by
        if introducer is None or introducer.status == Member.Status.ERASED:
            return None
        introducer.community = self._member.community  # the same one, without asking the database
        return Seen(introducer, self._team_member, self.now)

    @property
    def custom(self) -> list[tuple[str, str]]:
        """The community's own fields that have a value, said."""
        fields = self._member.community.custom_fields.all()
        return [
            (field.label, written_value(field, self._member.custom[field.key]))
            for field in fields
            if field.key in self._member.custom
        ]


def seen(members: list[Member] | QuerySet[Member], team_member: TeamMember, *, now: datetime) -> list[Seen]:
    """All of `members` as this team member may see them."""
    return [Seen(member, team_member, now) for member in members]


def written_day(month: int, day: int, year: int | None = None) -> str:
    """A day of the year in words; 29 February needs no leap year."""
    return date_format(date(year or 2024, month, day), "j F Y" if year else "j F")


def written_value(field: CustomField, value: Any) -> str:
    """A value of a custom field in words."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if field.sort == CustomField.Sort.DATE:
        try:
            return date_format(date.fromisoformat(value), "j F Y")
        except (TypeError, ValueError):
            return str(value)
    words = plain(value)  # without thousands: it may be a year
    return words.replace(".", get_format("DECIMAL_SEPARATOR")) if isinstance(value, float) else words
