"""Django's compilemessages for our own catalogue, and not for those of every library in `.venv`."""

from typing import Any

from django.core.management.commands import compilemessages


class Command(compilemessages.Command):
    """Needs Debian's gettext. The compiled catalogue is kept with the code: using Care does not need it."""

    def handle(self, **options: Any) -> None:
        options["ignore_patterns"] = [*options["ignore_patterns"], ".venv"]
        super().handle(**options)
