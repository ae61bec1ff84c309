"""Rituals (what a community chose to practise), attentions (one planned gesture), and how far planning has come."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attentions.querysets import AttentionQuerySet, RitualQuerySet
from care.lib.ids import uuid7
from care.lib.languages import LANGUAGE_CHOICES
from members.models import Audience, Community, Member


class Channel(models.TextChoices):
    EMAIL = "email", _("E-mail")
    BY_HAND = "by_hand", _("By hand")


class Ritual(models.Model):
    """A community's choice to practise a kind of attention.

    Nothing due before `effective_from` is ever planned. Until `asks_until` a ritual asks even if it may send by itself:
    its first two days, when a person switched it to do so.
    """

    class Approval(models.TextChoices):
        ASK = "ask", _("Ask me")
        VETO = "veto", _("Send by itself unless I object")
        AUTO = "auto", _("Send by itself")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="rituals")
    kind = models.CharField(_("kind"), max_length=40)
    is_on = models.BooleanField(_("on"), default=False)
    effective_from = models.DateField(_("from"), null=True, blank=True)
    audience = models.ForeignKey(
        Audience, null=True, blank=True, on_delete=models.PROTECT, related_name="rituals", verbose_name=_("for")
    )
    channel = models.CharField(_("how"), max_length=10, choices=Channel.choices, default=Channel.EMAIL)
    approval = models.CharField(_("approval"), max_length=5, choices=Approval.choices, default=Approval.ASK)
    veto_hours = models.PositiveSmallIntegerField(_("hours to object"), default=24)
    asks_until = models.DateTimeField(null=True, blank=True, editable=False)
    hour = models.PositiveSmallIntegerField(_("hour of their day"), default=9)
    late_days = models.PositiveSmallIntegerField(_("still welcome, days later"), default=3)
    budget_cents = models.PositiveIntegerField(_("budget per gesture"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[RitualQuerySet] = RitualQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("ritual")
        verbose_name_plural = _("rituals")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["community", "kind"], name="ritual_once_per_kind"),
            models.CheckConstraint(condition=Q(hour__gte=6, hour__lte=21), name="ritual_hour"),
            models.CheckConstraint(condition=Q(approval__in=["ask", "veto", "auto"]), name="ritual_approval"),
            models.CheckConstraint(
                condition=Q(is_on=False) | Q(effective_from__isnull=False), name="ritual_on_has_start"
            ),
        ]

    def __str__(self) -> str:
        return self.kind

    @property
    def sends_by_itself(self) -> bool:
        """Whether it is set to send without a yes to each, trial or not, on or not."""
        return self.approval != self.Approval.ASK and self.channel == Channel.EMAIL


class Wording(models.Model):
    """One variant of a ritual's words in one language, in the placeholder language of `attentions.wording`.

    `belated` is the sentence put before the body when a note goes out after its day.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="+")
    ritual = models.ForeignKey(Ritual, on_delete=models.CASCADE, related_name="wordings")
    language = models.CharField(_("language"), max_length=5, choices=LANGUAGE_CHOICES)
    variant = models.PositiveSmallIntegerField(default=1)
    subject = models.CharField(_("subject"), max_length=150)
    body = models.TextField(_("text"), max_length=5_000)
    belated = models.CharField(_("when it goes out late, begin with"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("wording")
        verbose_name_plural = _("wordings")
        ordering: ClassVar = ["language", "variant"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ritual", "language", "variant"], name="wording_once"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class PlannerCursor(models.Model):
    """The last day through which a ritual has been planned, so that an outage of any length is caught up."""

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="+")
    ritual = models.OneToOneField(Ritual, on_delete=models.CASCADE, primary_key=True, related_name="cursor")
    planned_through = models.DateField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("planner cursor")
        verbose_name_plural = _("planner cursors")

    def __str__(self) -> str:
        return str(self.ritual_id)


class Attention(models.Model):
    """One planned gesture for one member (or, without one, for the community).

    proposed -> approved -> done; aside declined (a person said no), withdrawn (the plan no longer wants it; it may
    reopen), expired (not approved in time, or with `approved_at` not delivered in time). One per ritual, member and
    cycle, for ever: the cycle names the turn, not the date. `proposed_at` is since when it stands as it does: the hours
    to object count from there, anew when its day moves. `facts_sha256` is what the approved text was made of; when the
    facts change it asks again.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        APPROVED = "approved", _("Approved")
        DONE = "done", _("Done")
        DECLINED = "declined", _("Skipped")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        EXPIRED = "expired", _("Too late")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="attentions", db_index=False)
    ritual = models.ForeignKey(
        Ritual, null=True, blank=True, on_delete=models.PROTECT, related_name="attentions", db_index=False
    )
    member = models.ForeignKey(
        Member, null=True, blank=True, on_delete=models.CASCADE, related_name="attentions", db_index=False
    )
    kind = models.CharField(_("kind"), max_length=40)
    cycle = models.CharField(_("turn"), max_length=60)
    channel = models.CharField(_("how"), max_length=10, choices=Channel.choices, default=Channel.EMAIL)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PROPOSED)
    due_on = models.DateField(_("day"))
    due_at = models.DateTimeField(_("due"))
    expires_at = models.DateTimeField(_("of no use after"))
    detail = models.CharField(_("what for"), max_length=200, blank=True)
    personal_line = models.TextField(_("personal line"), max_length=1_000, blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    asks_again = models.CharField(_("asks again because"), max_length=20, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    wording_variant = models.PositiveSmallIntegerField(null=True, blank=True)
    facts_sha256 = models.CharField(max_length=64, blank=True)
    declined_reason = models.CharField(_("reason"), max_length=200, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    note = models.TextField(_("note"), max_length=2_000, blank=True)
    cost_cents = models.PositiveIntegerField(_("cost"), null=True, blank=True)
    created_at = models.DateTimeField()
    proposed_at = models.DateTimeField()

    objects: ClassVar[AttentionQuerySet] = AttentionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("attention")
        verbose_name_plural = _("attentions")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ritual", "member", "cycle"], name="attention_once_per_cycle"),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "approved", "done", "declined", "withdrawn", "expired"]),
                name="attention_state",
            ),
            models.CheckConstraint(
                condition=Q(state="done", done_at__isnull=False) | (~Q(state="done") & Q(done_at__isnull=True)),
                name="attention_done_at_iff_done",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(approved_at__isnull=False), name="attention_approved_at"
            ),
        ]
        # The foreign keys have no index of their own where one of these begins with them.
        indexes: ClassVar = [
            models.Index(fields=["community", "due_at", "id"], condition=Q(state="proposed"), name="attention_queue"),
            models.Index(fields=["community", "state", "due_at", "id"], name="attention_by_state"),
            models.Index(fields=["ritual", "due_on"], name="attention_of_ritual"),
            models.Index(
                fields=["community", "due_on", "due_at", "id"],
                condition=Q(state__in=["proposed", "approved"]),
                name="attention_upcoming",
            ),
            models.Index(fields=["member", "-due_at"], name="attention_by_member"),
            models.Index(fields=["due_at"], condition=Q(state="approved", channel="email"), name="attention_to_settle"),
            models.Index(fields=["community", "done_at"], condition=Q(state="done"), name="attention_done"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_letter(self) -> bool:
        """Whether it is a mail to a member."""
        return self.channel == "email" and self.member_id is not None
