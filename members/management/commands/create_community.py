"""`manage.py create_community`: a community and its owner."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from care.lib.languages import LANGUAGES
from members.mail import absolute, send_account_mail
from members.services.accounts import password_link
from members.services.communities import Created, create_community

# What a person typed each of these as, for the message about it.
_OPTIONS = {"slug": "SLUG", "name": "--name", "time_zone": "--timezone", "builder": "--builder"}


class Command(BaseCommand):
    """Exit code 0 when the community is there, 1 when something cannot be; then nothing was made."""

    help = "Make a community and its owner, and say how to sign in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", metavar="SLUG", help="its part of the address: small letters, digits, hyphens")
        parser.add_argument("--name", required=True, metavar="NAME")
        parser.add_argument("--timezone", required=True, metavar="ZONE", help="such as Europe/Paris")
        parser.add_argument("--language", default="en", choices=LANGUAGES)
        parser.add_argument("--builder", required=True, metavar="EMAIL", help="who owns it; an account is used again")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            created = create_community(
                options["slug"],
                name=options["name"],
                time_zone=options["timezone"],
                language=options["language"],
                builder_email=options["builder"],
            )
        except ValidationError as error:
            raise CommandError(_in_words(error)) from None
        self.stdout.write(f"Created “{created.community.name}”: {absolute('members:home')}c/{created.community.slug}/")
        self._say_how_to_sign_in(created)

    def _say_how_to_sign_in(self, created: Created) -> None:
        email = created.owner.email
        if not created.is_new_account and created.owner.has_usable_password():
            self.stdout.write(f"Its owner is {email}, who signs in as before: {absolute('account_login')}")
            return
        link = password_link(created.owner)
        send_account_mail(
            "community_ready",
            to=email,
            language=created.community.language,
            context={"community": created.community, "link": link, "login": absolute("account_login")},
        )
        self.stdout.write(f"Its owner is {email}. To sign in for the first time, choose a password here,")
        self.stdout.write(f"within three days: {link}")
        self.stdout.write("The same link is on its way by mail.")


def _in_words(error: ValidationError) -> str:
    """The reasons, one a line, each with the option it is about."""
    if not hasattr(error, "error_dict"):
        return "\n".join(error.messages)
    by_field = error.message_dict.items()
    return "\n".join(f"{_OPTIONS.get(field, field)}: {reason}" for field, reasons in by_field for reason in reasons)
