"""A community: one group with its own members, team, wording and time zone."""

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from care.lib.ids import uuid7
from care.lib.languages import LANGUAGE_CHOICES
from members.querysets import CommunityQuerySet


class Community(models.Model):
    """A community. `paused_at` stops all greetings of it until somebody resumes."""

    class Feb29(models.TextChoices):
        FEB28 = "feb28", _("28 February")
        MAR1 = "mar1", _("1 March")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(
        _("address"),
        max_length=50,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9-]*$", _("Small letters, digits and hyphens."))],
    )
    name = models.CharField(_("name"), max_length=80)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    language = models.CharField(_("language"), max_length=5, default="en", choices=LANGUAGE_CHOICES)
    feb29 = models.CharField(
        _("in common years, a birthday on 29 February is celebrated on"),
        max_length=5,
        choices=Feb29.choices,
        default=Feb29.FEB28,
    )
    sender_name = models.CharField(
        _("notes are signed by"), max_length=80, blank=True, help_text=_("The person whose name members see as sender.")
    )
    reply_to = models.EmailField(
        _("replies go to"), blank=True, help_text=_("A real mailbox that a person reads. Never a no-reply address.")
    )
    weekly_cap = models.PositiveSmallIntegerField(
        _("greetings per member and week, at most"),
        default=3,
        help_text=_("One a day is the rule already. More are moved to a later day, birthdays first; none is dropped."),
    )
    minutes_per_day = models.PositiveSmallIntegerField(_("minutes a day for small attentions"), default=30)
    paused_at = models.DateTimeField(_("paused since"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects: ClassVar[CommunityQuerySet] = CommunityQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("community")
        verbose_name_plural = _("communities")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(weekly_cap__gte=1), name="community_weekly_cap_positive")
        ]

    def __str__(self) -> str:
        return self.name
