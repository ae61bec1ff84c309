"""What leaves, what happened to it, who does not want it, and what stops it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from care.lib.ids import uuid7
from members.models import Community, Member
from outbox.querysets import MessageQuerySet, OptOutQuerySet


class Message(models.Model):
    """Something that leaves to one address, frozen as it was approved.

    queued -> claimed -> sending -> sent; aside failed, unknown, held, cancelled, expired. `due_at` is when it should
    go, `ready_at` when it may be claimed: later while it can be undone or waits for another try. `origin` names what
    asked for it, such as `attention:<uuid>`; one live message per origin. `local_day` is the member's calendar day that
    a greeting of a ritual takes up: the database allows one per member and day.
    """

    class Class(models.TextChoices):
        GREETING = "greeting", _("Greeting")
        INVITATION = "invitation", _("Invitation")
        ACCOUNT = "account", _("Account mail")

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting to leave")
        CLAIMED = "claimed", _("Being sent")
        SENDING = "sending", _("Being sent now")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        UNKNOWN = "unknown", _("Outcome unknown")
        HELD = "held", _("Held back")
        CANCELLED = "cancelled", _("Cancelled")
        EXPIRED = "expired", _("Too late")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # Both are the first column of an index below; each index less is felt in every change of state.
    community = models.ForeignKey(
        Community, null=True, blank=True, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    member = models.ForeignKey(
        Member, null=True, blank=True, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    origin = models.CharField(max_length=80, blank=True)
    message_class = models.CharField(_("class"), max_length=10, choices=Class.choices)
    category = models.CharField(_("category"), max_length=30, blank=True)
    priority = models.PositiveSmallIntegerField(default=50)
    is_automatic = models.BooleanField(_("approved by the ritual, not by a person"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    error = models.CharField(_("what the mail server said"), max_length=300, blank=True)
    due_at = models.DateTimeField(_("due"))
    ready_at = models.DateTimeField()
    expires_at = models.DateTimeField(_("of no use after"))
    local_day = models.DateField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    claim = models.UUIDField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    to_email = models.CharField(_("to"), max_length=254)
    to_name = models.CharField(max_length=80, blank=True)
    from_name = models.CharField(_("from"), max_length=200, blank=True)
    reply_to = models.CharField(max_length=254, blank=True)
    language = models.CharField(max_length=5, default="en")
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"), blank=True)
    html = models.TextField(blank=True)
    content_sha256 = models.CharField(max_length=64)
    message_id = models.CharField(max_length=120)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()

    objects: ClassVar[MessageQuerySet] = MessageQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message_id"], name="message_id_once"),
            models.UniqueConstraint(
                fields=["origin"], condition=~Q(origin="") & ~Q(state="cancelled"), name="message_one_live_per_origin"
            ),
            models.UniqueConstraint(
                fields=["member", "local_day"],
                condition=Q(local_day__isnull=False)
                & Q(state__in=["queued", "claimed", "sending", "sent", "unknown", "held"]),
                name="message_one_greeting_a_day",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="message_sent_at_iff_sent",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["claimed", "sending"], claim__isnull=False, claimed_at__isnull=False)
                | (~Q(state__in=["claimed", "sending"]) & Q(claim__isnull=True, claimed_at__isnull=True)),
                name="message_claim_iff_claimed",
            ),
            models.CheckConstraint(
                condition=Q(message_class="account") | Q(member__isnull=False, community__isnull=False),
                name="message_greets_a_member",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "queued",
                        "claimed",
                        "sending",
                        "sent",
                        "failed",
                        "unknown",
                        "held",
                        "cancelled",
                        "expired",
                    ]
                ),
                name="message_state",
            ),
            models.CheckConstraint(
                condition=Q(message_class__in=["greeting", "invitation", "account"]), name="message_class"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["ready_at", "priority", "id"], condition=Q(state="queued"), name="message_ready"),
            models.Index(
                fields=["ready_at", "priority", "id"],
                condition=Q(state="queued", message_class="account"),
                name="message_ready_account",
            ),
            models.Index(fields=["expires_at"], condition=Q(state="held"), name="message_held_ends"),
            # By its being there rather than by a list of states: SQLite does not see that one state is in a list.
            models.Index(fields=["claimed_at"], condition=Q(claimed_at__isnull=False), name="message_in_flight"),
            models.Index(fields=["community", "state", "-due_at", "-id"], name="message_by_state"),
            models.Index(fields=["community", "-due_at", "-id"], name="message_log"),
            models.Index(fields=["member", "-due_at"], name="message_by_member"),
            models.Index(fields=["settled_by"], condition=Q(settled_by__isnull=False), name="message_settled_by"),
            models.Index(Upper("to_email"), condition=Q(message_class="account"), name="message_account_to"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Attempt(models.Model):
    """One try to send a message. `phase` is how far it came: connect, greeting, login, mail, rcpt, data, dot, done."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="tries", db_index=False)
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    phase = models.CharField(max_length=10)
    outcome = models.CharField(max_length=10)
    code = models.PositiveSmallIntegerField(null=True, blank=True)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        indexes: ClassVar = [models.Index(fields=["message", "number"], name="attempt_of_message")]

    def __str__(self) -> str:
        return str(self.id)


class OptOut(models.Model):
    """That a member does not want a category of messages, or any (`*`), for good or until an instant."""

    ALL = "*"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="+")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="opt_outs", db_index=False)
    category = models.CharField(max_length=30)
    until = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=20)
    created_at = models.DateTimeField()

    objects: ClassVar[OptOutQuerySet] = OptOutQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("opt-out")
        verbose_name_plural = _("opt-outs")
        constraints: ClassVar = [models.UniqueConstraint(fields=["member", "category"], name="opt_out_once")]

    def __str__(self) -> str:
        return str(self.id)


class Heartbeat(models.Model):
    """When a part of the machinery last showed a sign of life, written by a task."""

    name = models.CharField(primary_key=True, max_length=30)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.name


class Install(models.Model):
    """This database's one row about the machine it runs on, and whether sending is stopped.

    `instance_id` must equal the file outside the database: a database restored elsewhere starts in quarantine, as does
    one that was stopped for over a day. Planning goes on; nothing but account mail leaves until a person resumes.
    """

    class Reason(models.TextChoices):
        RESTORED = "restored", _("The database was restored or moved to another machine.")
        GAP = "gap", _("Care was stopped for more than a day.")
        CLOCK = "clock", _("The clock of this machine jumped.")

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    instance_id = models.UUIDField()
    quarantined_at = models.DateTimeField(null=True, blank=True)
    quarantine_reason = models.CharField(max_length=10, blank=True, choices=Reason.choices)

    class Meta:
        verbose_name = _("install")
        verbose_name_plural = _("install")
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="install_single")]

    def __str__(self) -> str:
        return str(self.instance_id)


class ChannelHealth(models.Model):
    """How a channel does: after three configuration errors in a row it pauses and says so.

    `unreachable_since`: since then it has not answered, or not let us say anything. It is tried again by itself.
    """

    name = models.CharField(primary_key=True, max_length=20)
    failures = models.PositiveSmallIntegerField(default=0)
    paused_at = models.DateTimeField(null=True, blank=True)
    unreachable_since = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")

    def __str__(self) -> str:
        return self.name
