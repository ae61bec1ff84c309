"""`manage.py check_invariants`: whether the data is sound."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from care.invariants import INVARIANTS, check_all
from care.lib import clock


class Command(BaseCommand):
    help = "Look for data that must not be. Exits with 1 and names each broken invariant; changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
        clock.add_now_argument(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        broken = check_all(clock.from_option(options["now"]))
        if options["json"]:
            self.stdout.write(json.dumps({"checked": len(INVARIANTS), "broken": [asdict(one) for one in broken]}))
        elif broken:
            for one in broken:
                self.stdout.write(f"{one.name} is broken by {one.count}: {one.sentence} {' '.join(one.ids)}")
        else:
            self.stdout.write(f"All {len(INVARIANTS)} invariants hold.")
        if broken:
            sys.exit(1)
