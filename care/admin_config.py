"""Django's admin app, with our site in place of the stock one."""

from django.contrib.admin.apps import AdminConfig


class CareAdminConfig(AdminConfig):
    default_site = "care.admin_site.CareAdminSite"
