"""`manage.py tick`: what Beat's nudges do, once; for cron, or a machine without a broker."""

from dataclasses import asdict
from typing import Any

from django.core.cache import caches
from django.core.management.base import BaseCommand, CommandParser

from attentions.services import following
from attentions.services.work import plan_everybody
from care import housekeeping
from care.lib import clock
from care.lib.attempts import attempts
from members.importing import uploads
from outbox.services import beat, deliver, drain, quarantine
from outbox.services.heartbeat import PLANNER, WORKER

# Of the hourly round, which reads whole tables, one tick of those within an hour is enough.
HOUR = 3_600


class Command(BaseCommand):
    help = "Take in imports, plan and deliver, once, and keep house once an hour. Several may run at the same time."

    def add_arguments(self, parser: CommandParser) -> None:
        clock.add_now_argument(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        now, travels = clock.from_option(options["now"]), options["now"] is not None
        if not travels:  # somebody who does knows that the clock jumps
            quarantine.check_clock(now)
        parts: dict[str, dict[str, int]] = {}
        try:
            with attempts("Some of the tick failed") as attempt:
                with attempt("tick.failed", step="imports"):
                    parts["imports"] = {"done": uploads.work(now=now)}
                with attempt("tick.failed", step="planning"):
                    parts["planned"] = asdict(plan_everybody(now=now, travels=travels)[0])
                    beat(PLANNER, now=now)  # after it: a planner that fails must be missed, and so must a delivery
                with attempt("tick.failed", step="delivery"):
                    parts["delivered"] = (deliver(now) if travels else drain(clock.now)).as_dict()
                    beat(WORKER, now=now)
                with attempt("tick.failed", step="settling"):
                    following.settle(now=now)
                with attempt("tick.failed", step="housekeeping"):
                    if travels or caches["default"].add("housekeeping", True, HOUR):
                        parts["housekeeping"] = housekeeping.run(now)
        finally:
            self.stdout.write("; ".join(f"{name}: {words(counts)}" for name, counts in parts.items()))
        if quarantine.is_quarantined():
            self.stderr.write("Sending is stopped on this machine: see `manage.py resume_sending --help`.")


def words(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counts.items())
