"""Files on their way in, and addresses never to be written to."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from members.admin.base import LookOnly, Personal, RepairAdmin
from members.models import MemberImport, Suppression


@admin.register(MemberImport)
class MemberImportAdmin(LookOnly, Personal, RepairAdmin):
    list_display = ("filename", "state", "rows_done", "rows_total", "community", "created_at", "finished_at")
    list_filter = ("state", "community")
    list_select_related = ("community",)
    search_fields = ("=id",)
    search_help_text = gettext_lazy("A whole id.")
    exclude = ("content",)


@admin.register(Suppression)
class SuppressionAdmin(LookOnly, RepairAdmin):
    """A keyed hash, from which no address can be read."""

    list_display = ("id", "community", "created_at")
    list_filter = ("community",)
    list_select_related = ("community",)
    search_fields = ("=hmac",)
