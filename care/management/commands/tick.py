"""`manage.py tick`: what Beat's nudges do, once; for cron, or a machine without a broker."""

from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from attentions.services import following
from attentions.services.work import plan_everybody
from care import housekeeping
from care.lib import clock
from members.importing import uploads
from outbox.services import beat, deliver, quarantine
from outbox.services.heartbeat import PLANNER, WORKER


class Command(BaseCommand):
    help = "Take in imports, plan, deliver and keep house, once. Several may run at the same time."

    def add_arguments(self, parser: CommandParser) -> None:
        clock.add_now_argument(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.from_option(options["now"])
        if options["now"] is None:
            quarantine.watch(now)
        else:  # somebody who travels in time knows that the clock jumps
            quarantine.check_machine(now)
            beat(WORKER, now=now)
        imports = uploads.work(now=now)
        planned, _seconds = plan_everybody(now=now)
        beat(PLANNER, now=now)  # after it: a planner that fails must be missed
        delivered = deliver(now)
        following.settle(now=now)
        kept = housekeeping.run(now)
        parts = {
            "imports": {"done": imports},
            "planned": asdict(planned),
            "delivered": delivered.as_dict(),
            "housekeeping": kept,
        }
        self.stdout.write("; ".join(f"{name}: {words(counts)}" for name, counts in parts.items()))
        if quarantine.is_quarantined():
            self.stderr.write("Sending is stopped on this machine: see `manage.py resume_sending --help`.")


def words(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counts.items())
