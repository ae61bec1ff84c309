"""A saved filter over the members of a community."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from care.lib.ids import uuid7
from members.models.community import Community


class Audience(models.Model):
    """A filter with a name. `filter` holds the words of `members.audiences`, checked when saved."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="audiences")
    name = models.CharField(_("name"), max_length=60)
    filter = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("audience")
        verbose_name_plural = _("audiences")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["community", "name"], name="audience_once"),
        ]

    def __str__(self) -> str:
        return self.name
