"""A file of members on its way in."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from care.lib.ids import uuid7
from members.models.community import Community


class MemberImport(models.Model):
    """One uploaded file. Nothing of it is a member before somebody has seen the dry run and confirmed.

    States: uploaded -> checked -> confirmed -> running -> done; aside failed, discarded. `content` is the file, once
    done only its rejected rows, and emptied a day after upload. `errors` is a list of {"row", "error"}: all of them
    while there is content, then at most 1,000. `touched_at` says which worker has it (`members.importing.uploads`).
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Uploaded")
        CHECKED = "checked", _("Checked")
        CONFIRMED = "confirmed", _("Confirmed")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        DISCARDED = "discarded", _("Discarded")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="imports")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    filename = models.CharField(max_length=120)
    content = models.BinaryField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.UPLOADED)
    options = models.JSONField(default=dict)
    summary = models.JSONField(default=dict)
    errors = models.JSONField(default=list)
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    touched_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=["uploaded", "checked", "confirmed", "running", "done", "failed", "discarded"]),
                name="member_import_state",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["community", "-created_at"], name="member_import_recent")]

    def __str__(self) -> str:
        return str(self.id)


class ImportPreset(models.Model):
    """A mapping of columns that a community keeps for the next file of the same shape."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="import_presets")
    name = models.CharField(_("name"), max_length=60)
    mapping = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("import preset")
        verbose_name_plural = _("import presets")
        constraints: ClassVar = [models.UniqueConstraint(fields=["community", "name"], name="import_preset_once")]

    def __str__(self) -> str:
        return self.name
