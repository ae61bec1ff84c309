"""`manage.py health`: what the health page says, for containers that serve no page."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from care.health import look
from care.lib import clock


class Command(BaseCommand):
    help = "Print what /healthz says, as JSON; exit with 1 when a part of Care stands still."

    def handle(self, *args: Any, **options: Any) -> None:
        health = look(clock.now())
        self.stdout.write(json.dumps(health.as_dict()))
        if health.failing:
            raise CommandError(f"Standing still: {', '.join(health.failing)}.")
