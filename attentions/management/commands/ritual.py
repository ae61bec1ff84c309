"""`manage.py ritual`: switch a ritual on or off and say how it is practised."""

import json
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from attentions.services import rituals
from care.lib import clock
from members.models import Community


class Command(BaseCommand):
    help = (
        "Switch a ritual on or off. One that may send by itself does so at once: only the pages have two days of trial."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("community", metavar="SLUG")
        parser.add_argument("kind", metavar="KIND")
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--on", action="store_true")
        which.add_argument("--off", action="store_true")
        parser.add_argument("--approval", choices=["ask", "veto", "auto"])
        parser.add_argument("--hour", type=int, help="hour of the member's day, 6 to 21")
        parser.add_argument("--effective-from", type=date.fromisoformat, metavar="DATE")
        parser.add_argument("--json", action="store_true", help="one JSON object on the last line")

    @transaction.atomic
    def handle(self, *, community: str, kind: str, on: bool, **options: Any) -> None:
        group = Community.objects.filter(slug=community).first()
        if group is None:
            raise CommandError(f"There is no community {community!r}.")
        now = clock.now()
        changes = {name: options[name] for name in ("approval", "hour") if options[name] is not None}
        try:
            ritual = rituals.ritual_for(group, kind)
            if changes:
                rituals.change_ritual(ritual, by=None, now=now, is_on_trial=False, **changes)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        if on:
            rituals.switch_on(ritual, by=None, now=now, effective_from=options["effective_from"], is_on_trial=False)
        else:
            rituals.switch_off(ritual, by=None)
        state = {
            "kind": ritual.kind,
            "is_on": ritual.is_on,
            "approval": ritual.approval,
            "hour": ritual.hour,
            "effective_from": str(ritual.effective_from),
        }
        words = f"{kind} is {'on' if ritual.is_on else 'off'}: {ritual.get_approval_display()}, at {ritual.hour}:00"
        self.stdout.write(json.dumps(state) if options["json"] else words)
