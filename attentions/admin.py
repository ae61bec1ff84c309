"""The admin of attentions: rituals, their words, and each gesture. States move by the services only."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from attentions.models import Attention, PlannerCursor, Ritual, Wording
from attentions.services import approval, rituals
from care.lib import clock
from members.admin.base import LookOnly, Personal, RepairAdmin, who


@admin.register(Ritual)
class RitualAdmin(LookOnly, RepairAdmin):
    """Switched on by the community, after its preview; here it can be switched off."""

    list_display = ("kind", "community", "is_on", "approval", "channel", "hour", "effective_from")
    list_filter = ("kind", "is_on", "approval", "community")
    list_select_related = ("community",)
    search_fields = ("=id", "kind")
    actions = ("switch_off",)

    @admin.action(description=gettext_lazy("Switch the selected rituals off"))
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Ritual]) -> None:
        on = queryset.filter(is_on=True).select_related("community")
        for ritual in on:
            rituals.switch_off(ritual, by=who(request))
        self.message_user(request, _("Switched off: %d") % len(on), messages.SUCCESS)


@admin.register(Wording)
class WordingAdmin(LookOnly, RepairAdmin):
    list_display = ("subject", "ritual", "language", "variant", "community")
    list_filter = ("language", "community")
    list_select_related = ("ritual", "community")
    search_fields = ("subject",)


@admin.register(PlannerCursor)
class PlannerCursorAdmin(LookOnly, RepairAdmin):
    list_display = ("ritual", "community", "planned_through", "at")
    list_select_related = ("ritual", "community")
    search_fields = ("=ritual__id",)


@admin.register(Attention)
class AttentionAdmin(LookOnly, Personal, RepairAdmin):
    list_display = ("due_at", "kind", "cycle", "state", "channel", "member_id", "community")
    list_filter = ("state", "kind", "channel", "community")
    list_select_related = ("community",)
    search_fields = ("=id", "=member__id", "=member__email_key")
    search_help_text = gettext_lazy("A whole id (of the attention or the member), or the address of a member.")
    actions = ("skip", "take_approval_back")

    @admin.action(description=gettext_lazy("Skip what is proposed"))
    def skip(self, request: HttpRequest, queryset: QuerySet[Attention]) -> None:
        found = queryset.filter(state=Attention.State.PROPOSED).select_related("community")
        skipped = sum(approval.skip(attention, by=who(request), reason="") for attention in found)
        self._say(request, skipped)

    @admin.action(description=gettext_lazy("Take approvals back, where nothing has left"))
    def take_approval_back(self, request: HttpRequest, queryset: QuerySet[Attention]) -> None:
        found = queryset.filter(state=Attention.State.APPROVED).select_related("community")
        self._say(request, sum(approval.undo(attention, by=who(request), now=clock.now()) for attention in found))

    def _say(self, request: HttpRequest, done: int) -> None:
        self.message_user(request, _("Attentions changed: %d") % done, messages.SUCCESS if done else messages.WARNING)
