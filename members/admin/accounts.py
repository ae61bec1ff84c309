"""Logins, and what allauth keeps of them."""

from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.admin.base import CappedPaginator, LookOnly, Personal, RepairAdmin
from members.models import User
from members.services.sessions import end_sessions


@admin.register(User)
class UserAdmin(Personal, DjangoUserAdmin):
    """Rights in the admin, and whether somebody may sign in. What they may do in a community is said by their team."""

    show_full_result_count = False
    paginator = CappedPaginator
    ordering = ("-pk",)
    list_display = ("email", "name", "is_active", "is_staff", "is_superuser", "last_login", "date_joined")
    list_filter = ("is_active", "is_staff", "is_superuser", "language")
    search_fields = ("email", "name")
    readonly_fields = ("id", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "password", "name", "language", "time_zone")}),
        (gettext_lazy("Rights"), {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        (None, {"fields": ("id", "last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "name", "password1", "password2")}),)
    actions = ("sign_out",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Somebody who did things here is switched off, not deleted: the audit names them."""
        return False

    @admin.action(description=gettext_lazy("Sign the selected people out everywhere"))
    def sign_out(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        ended = sum(end_sessions(user) for user in queryset)
        self.message_user(request, _("Sessions ended: %d") % ended, messages.SUCCESS)


class OfAnAccount(Personal, RepairAdmin):
    """What allauth keeps beside an account."""

    list_select_related = ("user",)
    raw_id_fields = ("user",)
    search_fields: ClassVar[tuple[str, ...]] = ("user__email",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class EmailAddressAdmin(OfAnAccount):
    """Whether an address was proved can be repaired; which one it is cannot."""

    repairable = ("verified",)
    list_display = ("email", "user", "primary", "verified")
    list_filter = ("primary", "verified")
    search_fields = ("email", "user__email")


class AuthenticatorAdmin(OfAnAccount):
    """Somebody who lost their phone and their codes: delete the second factor, and they set up a new one."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    exclude = ("data",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class UserSessionAdmin(LookOnly, OfAnAccount):
    list_display = ("user", "created_at", "last_seen_at", "ip", "user_agent")
    exclude = ("session_key", "data")


def replace_allauths(site: admin.AdminSite) -> None:
    """Put these in place of allauth's own, which know neither our users nor our rules."""
    ours = {EmailAddress: EmailAddressAdmin, Authenticator: AuthenticatorAdmin, UserSession: UserSessionAdmin}
    for model, model_admin in ours.items():
        if site.is_registered(model):
            site.unregister(model)
        site.register(model, model_admin)
