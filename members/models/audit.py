"""Who did what to whom, without personal data in it."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from care.lib.ids import uuid7
from members.models.community import Community


class AuditEntry(models.Model):
    """One line of a community's audit: append-only, each line carrying the hash of the one before it.

    `fields` holds names of fields, never their values; actor and object are named by their ids alone, so that a line
    outlives them unchanged.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    community = models.ForeignKey(Community, on_delete=models.PROTECT, related_name="audit")
    seq = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    actor_id = models.UUIDField(null=True)
    verb = models.CharField(max_length=60)
    object_type = models.CharField(max_length=40, blank=True)
    object_id = models.CharField(max_length=40, blank=True)
    fields = models.JSONField(default=list)
    count = models.PositiveIntegerField(default=1)
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        constraints: ClassVar = [models.UniqueConstraint(fields=["community", "seq"], name="audit_seq_once")]
        indexes: ClassVar = [models.Index(fields=["community", "object_type", "object_id"], name="audit_by_object")]

    def __str__(self) -> str:
        return f"{self.seq} {self.verb}"
