"""Say that this machine may send."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from care.lib import clock
from members.models import User
from outbox.services import resume_channel, resume_sending


class Command(BaseCommand):
    help = (
        "Say that this machine is the one that sends, after a restore, a long stop or a jump of the clock; and try the "
        "mail server again if it was given up. Make sure that no other copy of this install is running."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by", metavar="EMAIL", required=True, help="the user who says so, for the audit")

    def handle(self, *args: Any, **options: Any) -> None:
        by = User.objects.filter(email__iexact=options["by"]).first()
        if by is None:
            raise CommandError(f"Nobody signs in as {options['by']}.")
        now = clock.now()
        is_resumed = resume_sending(by=by, now=now)
        released = resume_channel(by=by)
        self.stdout.write("Sending goes on." if is_resumed else "Sending had not been stopped.")
        if released:
            self.stdout.write(f"{released} messages that were held for the mail server are tried again.")
