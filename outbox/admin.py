"""The admin of the outbox: letters, their tries, and what stops them. States move by the services only."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from care.lib import clock
from members.admin.base import LookOnly, Personal, RepairAdmin, who
from outbox import services
from outbox.models import Attempt, ChannelHealth, Heartbeat, Install, Message, OptOut
from outbox.querysets import MessageQuerySet


class AttemptInline(LookOnly, admin.TabularInline):
    model = Attempt
    fields = ("number", "at", "phase", "outcome", "code", "detail")
    ordering = ("number",)
    extra = 0


@admin.register(Message)
class MessageAdmin(LookOnly, Personal, RepairAdmin):
    list_display = ("due_at", "message_class", "state", "reason", "member_id", "community", "attempts", "sent_at")
    list_filter = ("state", "message_class", "is_automatic", "community")
    list_select_related = ("community",)
    search_fields = ("=id", "=member__id", "=message_id", "=origin", "=to_email")
    search_help_text = gettext_lazy("A whole id (of the message or the member), Message-ID, origin or address.")
    inlines: ClassVar[Any] = [AttemptInline]
    actions = ("release", "retry", "cancel", "found_sent")

    @admin.action(description=gettext_lazy("Let held messages go"))
    def release(self, request: HttpRequest, queryset: MessageQuerySet) -> None:
        self._say(request, services.release(queryset.order_by(), by=who(request), now=clock.now()))

    @admin.action(description=gettext_lazy("Try failed messages again"))
    def retry(self, request: HttpRequest, queryset: MessageQuerySet) -> None:
        self._say(request, services.retry_failed(queryset.order_by(), by=who(request), now=clock.now()))

    @admin.action(description=gettext_lazy("Take back what has not left"))
    def cancel(self, request: HttpRequest, queryset: MessageQuerySet) -> None:
        self._say(request, services.take_back(queryset.order_by(), by=who(request)))

    @admin.action(description=gettext_lazy("Unknown ones did arrive"))
    def found_sent(self, request: HttpRequest, queryset: MessageQuerySet) -> None:
        found = queryset.filter(state=Message.State.UNKNOWN)
        self._say(request, sum(services.mark_sent(message, by=who(request), now=clock.now()) for message in found))

    def _say(self, request: HttpRequest, done: int) -> None:
        self.message_user(request, _("Messages changed: %d") % done, messages.SUCCESS if done else messages.WARNING)


@admin.register(Attempt)
class AttemptAdmin(LookOnly, Personal, RepairAdmin):
    list_display = ("at", "message_id", "number", "phase", "outcome", "code")
    list_filter = ("outcome", "phase")
    search_fields = ("=message__id",)
    search_help_text = gettext_lazy("The whole id of a message.")


@admin.register(OptOut)
class OptOutAdmin(LookOnly, Personal, RepairAdmin):
    list_display = ("member_id", "category", "until", "source", "community", "created_at")
    list_filter = ("category", "source", "community")
    list_select_related = ("community",)
    search_fields = ("=member__id", "=member__email_key")
    search_help_text = gettext_lazy("The whole id or e-mail address of a member.")


@admin.register(Heartbeat)
class HeartbeatAdmin(LookOnly, RepairAdmin):
    list_display = ("name", "at")
    search_fields = ("name",)


@admin.register(Install)
class InstallAdmin(LookOnly, RepairAdmin):
    list_display = ("instance_id", "quarantined_at", "quarantine_reason")
    actions = ("resume",)

    @admin.action(description=gettext_lazy("This machine may send: end the quarantine"))
    def resume(self, request: HttpRequest, queryset: Any) -> None:
        done = services.resume_sending(by=who(request), now=clock.now())
        self.message_user(request, _("Sending goes on.") if done else _("Nothing was stopped."))


@admin.register(ChannelHealth)
class ChannelHealthAdmin(LookOnly, RepairAdmin):
    list_display = ("name", "failures", "paused_at", "error")
    actions = ("resume",)

    @admin.action(description=gettext_lazy("The mail settings are mended: send again"))
    def resume(self, request: HttpRequest, queryset: Any) -> None:
        waiting = services.resume_channel(by=who(request))
        self.message_user(request, _("Messages on their way again: %d") % waiting)
