"""The project app: checks and commands that look at everything."""

from django.apps import AppConfig


class CareConfig(AppConfig):
    name = "care"
    verbose_name = "Care"

    def ready(self) -> None:
        from care import checks  # noqa: F401  registers them
