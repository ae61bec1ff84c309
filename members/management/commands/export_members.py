"""`manage.py export_members SLUG > file.csv`: members as CSV, in the columns that import_members understands."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from care.lib import clock
from members import audiences, exporting
from members.audiences import Filter, FilterError
from members.models import Community


class Command(BaseCommand):
    """Exit code 1 for an unknown community or audience."""

    help = "Write the members of a community as CSV to the standard output."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", metavar="SLUG", help="the community")
        parser.add_argument("--audience", metavar="NAME", help="only the members of this audience")
        parser.add_argument("--notes", action="store_true", help="with the notes of the team, also restricted ones")

    def handle(self, *args: Any, **options: Any) -> None:
        community = Community.objects.filter(slug=options["slug"]).first()
        if community is None:
            raise CommandError(f"There is no community {options['slug']!r}.")
        told = Filter() if options["audience"] is None else _filter_of(community, options["audience"])
        members = exporting.chosen(community, told, now=clock.now())
        exporting.record_export(community, by=None, count=members.count(), with_notes=options["notes"])
        for lines in exporting.export_lines(community, members, with_notes=options["notes"]):
            self.stdout.write(lines, ending="")


def _filter_of(community: Community, name: str) -> Filter:
    audience = community.audiences.filter(name=name).first()
    if audience is None:
        known = ", ".join(community.audiences.values_list("name", flat=True)) or "none"
        raise CommandError(f"There is no audience {name!r}. Known: {known}.")
    try:
        return audiences.parse(audience.filter)
    except FilterError as error:
        raise CommandError(f"The audience {name!r} can no longer be read: {error}") from None
