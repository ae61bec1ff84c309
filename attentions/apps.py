"""The attentions app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AttentionsConfig(AppConfig):
    name = "attentions"
    verbose_name = _("Attentions")

    def ready(self) -> None:
        from attentions.kinds import discover

        discover()
