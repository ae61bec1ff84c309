"""`manage.py plan`: make the open attentions equal to what the rituals want."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from attentions.services.work import plan_everybody
from care.lib import clock
from members.models import Community


class Command(BaseCommand):
    help = "Plan the attentions of one community or of all; running it twice changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--community", metavar="SLUG")
        parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
        clock.add_now_argument(parser)

    def handle(self, *, community: str | None, now: str | None, **options: Any) -> None:
        instant = clock.from_option(now)
        one = Community.objects.filter(slug=community).first() if community else None
        if community and one is None:
            raise CommandError(f"There is no community {community!r}.")
        counts, seconds = plan_everybody(now=instant, community=one, travels=now is not None)
        values = {**asdict(counts), "seconds": round(seconds, 3)}
        words = ", ".join(f"{name} {value}" for name, value in values.items())
        self.stdout.write(json.dumps(values) if options["json"] else words)
