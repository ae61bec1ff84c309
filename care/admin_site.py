"""The admin: for repair, behind the same door as everything else."""

from functools import wraps
from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.access import public


class CareAdminSite(admin.AdminSite):
    """One signs in as everywhere (allauth: limits, second factor); where two factors are demanded, here too."""

    site_header = gettext_lazy("Care: repair")
    site_title = gettext_lazy("Care")
    index_title = gettext_lazy("Repair and configuration. The daily work is on the pages of each community.")
    enable_nav_sidebar = False

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if settings.REQUIRE_TWO_FACTOR and self.has_permission(request) and not is_mfa_enabled(request.user):
                messages.info(request, _("You look after other people's data: please add a second factor first."))
                return redirect("mfa_index")
            return inner(request, *args, **kwargs)

        return wrapper

    @public("it only sends people to the sign-in page, as for every other page")
    def login(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return secure_admin_login(super().login)(request, extra_context)
