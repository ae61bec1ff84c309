"""Addresses never to be written to again, kept without keeping the address."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from care.lib.ids import uuid7
from members.models.community import Community


class Suppression(models.Model):
    """That somebody was erased or asked never to be written to. Only a keyed hash of the address is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="suppressions")
    hmac = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")
        constraints: ClassVar = [models.UniqueConstraint(fields=["community", "hmac"], name="suppression_once")]

    def __str__(self) -> str:
        return str(self.id)
