"""Who looks after which community, and the trail of what they did."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from care.lib import clock
from members.admin.base import LookOnly, Personal, RepairAdmin, who
from members.models import AuditEntry, Invitation, Role, TeamMember
from members.services import team as service


@admin.register(TeamMember)
class TeamMemberAdmin(LookOnly, Personal, RepairAdmin):
    """A role is changed by an action, which keeps an owner and leaves a line in the audit."""

    list_display = ("user", "role", "community", "joined_at")
    list_filter = ("role", "community")
    list_select_related = ("user", "community")
    search_fields = ("user__email", "user__name")
    actions = ("make_owner", "make_builder", "make_greeter", "take_off")

    @admin.action(description=gettext_lazy("Make them owners"))
    def make_owner(self, request: HttpRequest, queryset: QuerySet[TeamMember]) -> None:
        self._each(request, queryset, role=Role.OWNER)

    @admin.action(description=gettext_lazy("Make them builders"))
    def make_builder(self, request: HttpRequest, queryset: QuerySet[TeamMember]) -> None:
        self._each(request, queryset, role=Role.BUILDER)

    @admin.action(description=gettext_lazy("Make them greeters"))
    def make_greeter(self, request: HttpRequest, queryset: QuerySet[TeamMember]) -> None:
        self._each(request, queryset, role=Role.GREETER)

    @admin.action(description=gettext_lazy("Take them off the team"))
    def take_off(self, request: HttpRequest, queryset: QuerySet[TeamMember]) -> None:
        self._each(request, queryset, role=None)

    def _each(self, request: HttpRequest, people: QuerySet[TeamMember], *, role: Role | None) -> None:
        done = 0
        for person in people:
            try:
                if role is None:
                    service.remove(person, by=who(request))
                else:
                    service.change_role(person, role=role, by=who(request))
                done += 1
            except ValidationError as error:
                said = _("%(name)s: %(words)s") % {"name": person, "words": error.messages[0]}
                self.message_user(request, said, messages.ERROR)
        self.message_user(request, _("Done: %d") % done, messages.SUCCESS)


@admin.register(Invitation)
class InvitationAdmin(LookOnly, Personal, RepairAdmin):
    list_display = ("email", "role", "community", "created_at", "expires_at", "accepted_at", "revoked_at")
    list_filter = ("role", ("accepted_at", admin.EmptyFieldListFilter), "community")
    list_select_related = ("community",)
    search_fields = ("email",)
    exclude = ("token_sha256",)
    actions = ("revoke",)

    @admin.action(description=gettext_lazy("Take the selected invitations back"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        open_ones = queryset.select_related("community")
        revoked = sum(service.revoke(letter, by=who(request), now=clock.now()) for letter in open_ones)
        self.message_user(request, _("Taken back: %d") % revoked, messages.SUCCESS)


@admin.register(AuditEntry)
class AuditEntryAdmin(LookOnly, RepairAdmin):
    """Ids and names of fields, never values; nobody can change a line, the database refuses it."""

    list_display = ("at", "community", "seq", "verb", "actor_id", "object_type", "object_id", "count")
    list_filter = ("community",)
    list_select_related = ("community",)
    search_fields = ("=verb", "=object_id", "=actor_id")
    search_help_text = gettext_lazy("A whole verb, or the whole id of an actor or an object.")
    ordering: ClassVar[Any] = ["-pk"]
