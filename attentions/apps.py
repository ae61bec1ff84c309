"""The attentions app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AttentionsConfig(AppConfig):
    name = "attentions"
    verbose_name = _("Attentions")

    def ready(self) -> None:
        from attentions.kinds import discover, kinds
        from attentions.services.by_hand import KIND as BY_HAND
        from outbox.categories import register_category

        discover()
        # What a member may switch off one by one; a new kind joins by itself.
        for kind in kinds():
            register_category(kind.key, kind.title)
        register_category(BY_HAND, _("Personal notes"))
