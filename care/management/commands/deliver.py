"""`manage.py deliver`: deliver what is ready, once, and let attentions follow."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from attentions.services import following
from care.lib import clock
from outbox.services import deliver, drain, quarantine


class Command(BaseCommand):
    help = "Deliver what is ready, once. Prints how many messages came to which end."

    def add_arguments(self, parser: CommandParser) -> None:
        clock.add_now_argument(parser)
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.from_option(options["now"])
        if options["now"] is None:
            quarantine.check_clock(now)  # somebody who travels in time knows that the clock jumps
            counts = drain(clock.now).as_dict()
        else:
            counts = deliver(now).as_dict()
        following.settle(now=now)
        if options["json"]:
            self.stdout.write(json.dumps(counts))
        else:
            self.stdout.write(", ".join(f"{name} {number}" for name, number in counts.items()))
        if quarantine.is_quarantined():
            self.stderr.write("Sending is stopped on this machine: see `manage.py resume_sending --help`.")
