"""The members app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = _("Members")

    def ready(self) -> None:
        from members import same_community

        # Django's own signals of a migrate, once for all apps; our apps send each other none.
        pre_migrate.connect(same_community.drop_triggers, sender=self)
        post_migrate.connect(same_community.install, sender=self)
        autodiscover_modules("privacy", "timeline")
