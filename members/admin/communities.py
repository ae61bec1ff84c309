"""Communities and what they set for themselves."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from care.lib import clock
from members.admin.base import LookOnly, RepairAdmin, who
from members.forms.settings import CommunityForm
from members.models import Audience, Community, CustomField, ImportPreset, Tag
from members.querysets import CommunityQuerySet
from members.services import communities as service


class RepairCommunityForm(CommunityForm):
    """What an owner may set, set by somebody who looks after the install."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, may_set_zone=True, **kwargs)


@admin.register(Community)
class CommunityAdmin(RepairAdmin):
    """Made by `manage.py create_community`. Never deleted: its audit stays."""

    form = RepairCommunityForm
    repairable = CommunityForm.Meta.fields
    list_display = ("name", "slug", "time_zone", "language", "paused_at", "created_at")
    list_filter = ("language", ("paused_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "slug")
    fields = (*CommunityForm.Meta.fields, "id", "slug", "paused_at", "created_at")
    actions = ("pause", "resume")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Community, form: Any, change: bool) -> None:
        service.change_community(obj, by=who(request), changes=form.cleaned_data)

    @admin.action(description=gettext_lazy("Pause all sending of the selected communities"), permissions=["change"])
    def pause(self, request: HttpRequest, queryset: CommunityQuerySet) -> None:
        paused = sum(service.pause(community, by=who(request), now=clock.now()) for community in queryset)
        self.message_user(request, _("Paused: %d") % paused, messages.SUCCESS)

    @admin.action(description=gettext_lazy("Resume the sending of the selected communities"), permissions=["change"])
    def resume(self, request: HttpRequest, queryset: CommunityQuerySet) -> None:
        resumed = sum(service.resume(community, by=who(request)) for community in queryset)
        self.message_user(request, _("Resumed: %d") % resumed, messages.SUCCESS)


class OwnedByCommunity(LookOnly, RepairAdmin):
    """Something a team sets on its own pages; here one looks only."""

    raw_id_fields: ClassVar = ["community"]
    list_select_related: ClassVar = ["community"]


@admin.register(Tag)
class TagAdmin(OwnedByCommunity):
    list_display = ("name", "key", "community")
    search_fields = ("key",)
    list_filter = ("community",)


@admin.register(CustomField)
class CustomFieldAdmin(OwnedByCommunity):
    list_display = ("label", "key", "sort", "is_shown_to_member", "community")
    search_fields = ("label", "key")
    list_filter = ("sort", "community")


@admin.register(Audience)
class AudienceAdmin(OwnedByCommunity):
    list_display = ("name", "community", "created_at")
    search_fields = ("name",)
    list_filter = ("community",)


@admin.register(ImportPreset)
class ImportPresetAdmin(OwnedByCommunity):
    list_display = ("name", "community")
    search_fields = ("name",)
    list_filter = ("community",)
