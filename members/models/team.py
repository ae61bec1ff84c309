"""The team of a community and the invitations to join it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from care.lib.ids import uuid7
from members.models.community import Community


class Role(models.TextChoices):
    """What a team member may do. Each role holds the ones after it."""

    OWNER = "owner", _("Owner")
    BUILDER = "builder", _("Builder")
    GREETER = "greeter", _("Greeter")

    @property
    def rank(self) -> int:
        return {"owner": 3, "builder": 2, "greeter": 1}[self.value]

    def includes(self, other: "Role") -> bool:
        """Whether whoever has this role may do what `other` may."""
        return self.rank >= other.rank


class TeamMember(models.Model):
    """A user's role in one community."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="team")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="teams")
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    joined_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("team member")
        verbose_name_plural = _("team members")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["community", "user"], name="team_member_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="team_member_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"

    def may(self, role: str) -> bool:
        """Whether this person may do what `role` may."""
        return Role(self.role).includes(Role(role))


class Invitation(models.Model):
    """An invitation to the team, sent by mail. Only a hash of its token is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(_("e-mail"))
    email_key = models.CharField(max_length=254)
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    token_sha256 = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["community", "email_key"],
                condition=models.Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="invitation_open_once",
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="invitation_role"),
        ]

    def __str__(self) -> str:
        return str(self.id)
