"""The members app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = _("Members")

    def ready(self) -> None:
        from allauth.mfa.signals import authenticator_added

        from members import same_community
        from members.services import sessions

        # Django's own signals of a migrate, once for all apps; our apps send each other none.
        pre_migrate.connect(same_community.drop_triggers, sender=self)
        post_migrate.connect(same_community.install, sender=self)
        # A signal of allauth, which knows nothing of our sessions.
        authenticator_added.connect(sessions.end_others_after_first_factor)
        autodiscover_modules("privacy", "timeline")
