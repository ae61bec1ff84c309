"""A member: somebody on record in one community, who may have no login."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from care.lib import clock
from care.lib.ids import uuid7
from care.lib.languages import LANGUAGE_CHOICES
from care.lib.month_day import DayOf, MonthOf
from members.models.community import Community
from members.querysets import MemberQuerySet, NoteQuerySet

# (month, last day) of the months that have fewer than 31; 29 February counts as a day.
_SHORT_MONTHS = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}


def valid_month_day(month: str, day: str) -> Q:
    """The condition that two columns name a day of the year, or are both empty."""
    # A comparison with NULL is neither true nor false, and a constraint lets that pass: both must be said to be there.
    range_ok = Q(**{f"{month}__isnull": False, f"{month}__range": (1, 12)})
    range_ok &= Q(**{f"{day}__isnull": False, f"{day}__range": (1, 31)})
    short_ok = Q()
    for short, last in _SHORT_MONTHS.items():
        short_ok &= ~Q(**{month: short}) | Q(**{f"{day}__lte": last})
    return Q(**{f"{month}__isnull": True, f"{day}__isnull": True}) | (range_ok & short_ok)


class Member(models.Model):
    """A person on record in one community.

    `time_zone`, `language` and `feb29` are empty where the community's own hold. `name_key` is what the member is
    sorted and found by (`members.facts.name_key`). `birth_year` is null when unknown, never a made-up year.
    `hold_until` is the last day of a hold; `hold_ends_at` is the instant that day ends for the member, kept by the
    services so that the claim of a message can ask in one statement. `known_from` is the day we learned of the member:
    nothing before it is owed. `welcome_on` is the day from which a welcome is owed, or null.
    `reached_at` is when a personal gesture last reached them.
    """

    class Status(models.TextChoices):
        INVITED = "invited", _("Invited")
        ACTIVE = "active", _("Active")
        LEFT = "left", _("Left")
        BANNED = "banned", _("Banned")
        DECEASED = "deceased", _("Deceased")
        ERASED = "erased", _("Erased")

    class Reachable(models.TextChoices):
        OK = "ok", _("Reachable")
        BOUNCED = "bounced", _("Mail bounces")
        SUPPRESSED = "suppressed", _("Asked never to be written to")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="members", db_index=False)
    name = models.CharField(_("name"), max_length=80)
    preferred_name = models.CharField(_("likes to be called"), max_length=80, blank=True)
    name_key = models.CharField(max_length=300, editable=False)
    pronouns = models.CharField(_("pronouns"), max_length=40, blank=True)
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    email_key = models.CharField(max_length=254, null=True, blank=True, editable=False)
    language = models.CharField(_("language"), max_length=5, blank=True, choices=LANGUAGE_CHOICES)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    country = models.CharField(_("country"), max_length=60, blank=True)
    company = models.CharField(_("company"), max_length=120, blank=True)
    birth_month = models.PositiveSmallIntegerField(_("birthday, month"), null=True, blank=True)
    birth_day = models.PositiveSmallIntegerField(_("birthday, day"), null=True, blank=True)
    birth_year = models.PositiveSmallIntegerField(_("birthday, year"), null=True, blank=True)
    feb29 = models.CharField(max_length=5, blank=True, choices=Community.Feb29.choices)
    joined_on = models.DateField(_("joined"), null=True, blank=True)
    left_on = models.DateField(_("left"), null=True, blank=True)
    introduced_by = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="introduced",
        verbose_name=_("introduced by"),
    )
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.ACTIVE)
    reachable = models.CharField(max_length=10, choices=Reachable.choices, default=Reachable.OK)
    hold_until = models.DateField(_("on hold until"), null=True, blank=True)
    hold_reason = models.CharField(_("reason for the hold"), max_length=200, blank=True)
    hold_ends_at = models.DateTimeField(null=True, blank=True, editable=False)
    known_from = models.DateField(editable=False)
    is_imported = models.BooleanField(default=False, editable=False)
    welcome_on = models.DateField(null=True, blank=True, editable=False)
    reached_at = models.DateTimeField(_("last reached"), null=True, blank=True, editable=False)
    custom = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(default=clock.now, editable=False)

    tags: "models.ManyToManyField[Tag, MemberTag]" = models.ManyToManyField(
        "Tag", through="MemberTag", related_name="members", blank=True
    )

    objects: ClassVar[MemberQuerySet] = MemberQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["community", "email_key"], name="member_email_once"),
            models.CheckConstraint(
                condition=valid_month_day("birth_month", "birth_day"), name="member_birthday_exists"
            ),
            models.CheckConstraint(
                condition=Q(birth_year__isnull=True) | Q(birth_month__isnull=False, birth_year__range=(1900, 2200)),
                name="member_birth_year",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["invited", "active", "left", "banned", "deceased", "erased"]),
                name="member_status",
            ),
            models.CheckConstraint(condition=Q(reachable__in=["ok", "bounced", "suppressed"]), name="member_reachable"),
            models.CheckConstraint(
                condition=Q(hold_until__isnull=True, hold_ends_at__isnull=True)
                | Q(hold_until__isnull=False, hold_ends_at__isnull=False),
                name="member_hold_whole",
            ),
            models.CheckConstraint(
                condition=Q(left_on__isnull=True) | Q(joined_on__isnull=True) | Q(left_on__gte=F("joined_on")),
                name="member_left_after_joined",
            ),
            models.CheckConstraint(
                condition=Q(email="", email_key__isnull=True) | (~Q(email="") & Q(email_key__isnull=False)),
                name="member_email_has_key",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["community", "birth_month", "birth_day"], name="member_birthday"),
            models.Index(fields=["community", "joined_on", "id"], name="member_joined"),
            models.Index("community", MonthOf("joined_on"), DayOf("joined_on"), name="member_joined_day"),
            models.Index(
                fields=["community", "welcome_on"], name="member_welcome", condition=Q(welcome_on__isnull=False)
            ),
            models.Index(
                fields=["community", "hold_ends_at"], name="member_hold", condition=Q(hold_ends_at__isnull=False)
            ),
            models.Index(fields=["community", "time_zone"], name="member_by_zone"),
            models.Index(fields=["community", "name_key", "id"], name="member_without_email", condition=Q(email="")),
            models.Index(fields=["community", "name_key", "id"], name="member_by_name"),
            models.Index(fields=["community", "status", "name_key", "id"], name="member_by_status"),
            models.Index(fields=["email_key"], name="member_by_email"),
            models.Index(
                fields=["community", "known_from", "id"],
                name="member_never_reached",
                condition=Q(status="active", reached_at__isnull=True),
            ),
            models.Index(
                fields=["community", "reached_at"],
                name="member_reached",
                condition=Q(status="active", reached_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def called(self) -> str:
        """The name to say: the one they like to be called by, else their name. An erased member has none left."""
        return self.preferred_name or self.name or gettext("Erased member")

    @property
    def first_name(self) -> str:
        """What a note opens with: the name they like, else the first word of their name."""
        return self.preferred_name or self.name.split(" ")[0]

    @property
    def zone(self) -> str:
        """Their time zone, else the community's."""
        return self.time_zone or self.community.time_zone

    @property
    def speaks(self) -> str:
        """Their language, else the community's."""
        return self.language or self.community.language

    @property
    def has_birthday(self) -> bool:
        return self.birth_month is not None

    @property
    def initials(self) -> str:
        """One or two letters for the round picture beside the name; what is in brackets or quotes is no name."""
        words = [word for word in self.called.split() if word[0].isalnum()] or [self.called]
        return (words[0][:1] + words[-1][:1] if len(words) > 1 else words[0][:2]).upper() or "·"

    @property
    def colour(self) -> int:
        """Which of the six colours of the palette goes with this person; always the same one."""
        return self.id.int % 6


class Tag(models.Model):
    """A word the team puts on members. `key` is its folded form: tags differ by more than case."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(_("name"), max_length=50)
    key = models.CharField(max_length=50, editable=False)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering: ClassVar = ["key"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["community", "key"], name="tag_once"),
        ]

    def __str__(self) -> str:
        return self.name


class MemberTag(models.Model):
    """That a member has a tag. `batch` names the bulk action that put it, so that it can be undone as a whole."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="+")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="member_tags")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="member_tags")
    batch = models.UUIDField(null=True, editable=False)

    class Meta:
        verbose_name = _("tag of a member")
        verbose_name_plural = _("tags of members")
        constraints: ClassVar = [models.UniqueConstraint(fields=["tag", "member"], name="member_tag_once")]

    def __str__(self) -> str:
        return str(self.id)


class ImportantDate(models.Model):
    """A day that matters to one member: the start of their company, sober since, a child's birthday.

    With a year it counts the years; `is_yearly` False means that one day only.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="+")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="dates")
    label = models.CharField(_("what it is"), max_length=80)
    month = models.PositiveSmallIntegerField(_("month"))
    day = models.PositiveSmallIntegerField(_("day"))
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    is_yearly = models.BooleanField(_("every year"), default=True)
    known_from = models.DateField(editable=False)

    class Meta:
        verbose_name = _("important date")
        verbose_name_plural = _("important dates")
        ordering: ClassVar = ["month", "day"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=valid_month_day("month", "day"), name="important_date_exists"),
            models.CheckConstraint(
                condition=Q(is_yearly=True) | Q(year__isnull=False), name="important_date_once_needs_year"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["community", "month", "day"], name="important_date_day")]

    def __str__(self) -> str:
        return str(self.id)


class CustomField(models.Model):
    """A field one community keeps on its members, without code. The values lie in `Member.custom` under `key`."""

    class Sort(models.TextChoices):
        TEXT = "text", _("Text")
        NUMBER = "number", _("Number")
        DATE = "date", _("Date")
        CHOICE = "choice", _("One of a list")
        YES_NO = "yes_no", _("Yes or no")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="custom_fields")
    key = models.SlugField(max_length=40)
    label = models.CharField(_("label"), max_length=60)
    sort = models.CharField(_("sort"), max_length=10, choices=Sort.choices, default=Sort.TEXT)
    choices = models.JSONField(_("choices"), default=list, blank=True)
    is_shown_to_member = models.BooleanField(_("members see and correct it on their own page"), default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("custom field")
        verbose_name_plural = _("custom fields")
        ordering: ClassVar = ["position", "label"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["community", "key"], name="custom_field_once"),
            models.CheckConstraint(
                condition=Q(sort__in=["text", "number", "date", "choice", "yes_no"]), name="custom_field_sort"
            ),
        ]

    def __str__(self) -> str:
        return self.label


class Note(models.Model):
    """A note of the team on a member. A restricted one is for builders and owners, not for greeters."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="+")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    text = models.TextField(_("note"), max_length=10_000)
    is_restricted = models.BooleanField(_("restricted"), default=False)
    created_at = models.DateTimeField()

    objects: ClassVar[NoteQuerySet] = NoteQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        indexes: ClassVar = [models.Index(fields=["member", "-created_at"], name="note_by_member")]

    def __str__(self) -> str:
        return str(self.id)
