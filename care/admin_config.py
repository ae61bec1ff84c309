"""Django's admin app, with our site in place of the stock one."""

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig


class CareAdminConfig(AdminConfig):
    default_site = "care.admin_site.CareAdminSite"

    def ready(self) -> None:
        super().ready()  # every app has registered its models now, allauth too
        from members.admin.accounts import replace_allauths

        replace_allauths(admin.site)
