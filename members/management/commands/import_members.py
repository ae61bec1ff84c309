"""`manage.py import_members`: members from a CSV file, also from one of a million rows."""

import json
import sys
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import reset_queries
from django.utils.translation import gettext as _

from care.lib import clock
from care.lib.csvfile import CsvFile, CsvRefused, Limits, open_csv
from members.importing import kept, own, uploads
from members.importing.fates import Fate
from members.importing.fields import FIELDS, NAMES, OVERWRITABLE, fold_column, guess
from members.importing.options import Options
from members.importing.run import Run, Tally
from members.models import Community

_LIMITS = Limits(size=None, rows=1_000_000)
_SHOWN = 20
_USAGE = 2


class Command(BaseCommand):
    """Exit code 0 when done, also with rejected rows; 1 when the file or the community is refused; 2 for the usage."""

    help = "Take members in from a CSV file. Without --yes it asks first; without a terminal it needs --yes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", metavar="SLUG", help="the community")
        parser.add_argument("file", metavar="FILE", help="a CSV file, of any encoding and separator")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="COLUMN=FIELD",
            help=f"what a column means, nothing for no field; fields: {', '.join(FIELDS)}",
        )
        parser.add_argument("--preset", default="", metavar="NAME", help="a platform, or a preset of the community")
        parser.add_argument("--date-order", default="", choices=["dmy", "mdy"], help="how the file writes 04/05/1990")
        parser.add_argument(
            "--overwrite",
            action="append",
            default=[],
            metavar="FIELD",
            help="let the file replace what is on record; otherwise only what is empty is filled",
        )
        parser.add_argument("--welcome", action="store_true", help="owe all new members a welcome")
        parser.add_argument("--no-1900", action="store_true", help="a year of birth 1900 means that nobody knows it")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, write nothing")
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--json", action="store_true", help="the outcome as one JSON object on the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        community = Community.objects.filter(slug=options["slug"]).first()
        if community is None:
            raise CommandError(f"There is no community {options['slug']!r}.")
        if not (options["yes"] or options["dry_run"] or sys.stdin.isatty()):
            raise CommandError("Nobody is here to ask: add --yes, or look first with --dry-run.", returncode=_USAGE)
        try:
            with open(options["file"], "rb") as source:
                self.import_from(source, community, options)
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}.") from None
        except CsvRefused as error:
            raise CommandError(f"{options['file']}: {error}") from None

    def import_from(self, source: BinaryIO, community: Community, options: dict[str, Any]) -> None:
        file = open_csv(source, _LIMITS)
        how = _options(file, community, options)
        most = None if options["json"] else uploads.KEEP_ERRORS
        if options["dry_run"] or not options["yes"]:
            tally = self.look(community, file, how, most=most)
            if options["dry_run"]:
                self.tell(tally, as_json=options["json"], is_dry=True)
                return
            self.tell(tally, as_json=False, is_dry=True)
            if input("Take them in? [y/N] ").strip().lower() not in {"y", "yes"}:
                raise CommandError("Nothing was written.")
        tally = self.write(community, file, how, filename=Path(options["file"]).name, most=most)
        self.tell(tally, as_json=options["json"], is_dry=False)

    def look(self, community: Community, file: CsvFile, how: Options, *, most: int | None) -> Tally:
        run = _run(community, file, how)
        tally = Tally(most=most)
        for verdicts in run.look():
            tally.add(Tally.of(verdicts))
            reset_queries()  # with DEBUG, Django would keep them all
        tally.add(run.settle()[1])
        return tally

    def write(self, community: Community, file: CsvFile, how: Options, *, filename: str, most: int | None) -> Tally:
        run = _run(community, file, how)
        origin = uploads.at_command_line(community, filename=filename, options=how, total=run.total, now=run.now)
        tally = Tally(most=most)
        shows_progress = self.stderr.isatty()
        steps = run.write(
            by=None, origin=origin, keep=lambda part: uploads.note_progress(origin, part, now=clock.now())
        )
        for part in steps:
            tally.add(part)
            reset_queries()
            if shows_progress:
                self.stderr.write(f"\r{tally.rows} / {run.total}", ending="")
        if shows_progress:
            self.stderr.write("")
        uploads.finish(origin, tally, now=clock.now())
        return tally

    def tell(self, tally: Tally, *, as_json: bool, is_dry: bool) -> None:
        """What became of the rows: for people, and for programs as one object on the last line."""
        counts = tally.counts
        told = "would be " if is_dry else ""
        self.stdout.write(
            f"{told}new: {counts[Fate.NEW]}, updated: {counts[Fate.UPDATED]}, "
            f"unchanged: {counts[Fate.SAME]}, rejected: {counts[Fate.REJECTED]}"
        )
        for error in tally.errors[:_SHOWN]:
            self.stdout.write(f"  row {error['row']} rejected: {error['error']}")
        for warning in tally.warnings[:_SHOWN]:
            self.stdout.write(f"  row {warning['row']}: {warning['warning']}")
        more = max(0, counts[Fate.REJECTED] - _SHOWN) + max(0, tally.warned - _SHOWN)
        if more:
            self.stdout.write(f"  … and {more} more")
        if is_dry:
            self.stdout.write("Nothing was written.")
        if as_json:
            outcome = {
                "created": counts[Fate.NEW],
                "updated": counts[Fate.UPDATED],
                "unchanged": counts[Fate.SAME],
                "rejected": tally.errors,
            }
            self.stdout.write(json.dumps(outcome, ensure_ascii=False))


def _run(community: Community, file: CsvFile, how: Options) -> Run:
    run = Run(community, file, how, now=clock.now())
    if not run.total:
        file.count()  # says that there is nothing in it
    return run


def _options(file: CsvFile, community: Community, given: dict[str, Any]) -> Options:
    """What the command line says of the file. Raises CommandError."""
    columns: dict[str, str] = {}
    platform = ""
    if given["preset"]:
        try:
            columns, platform = kept.columns_of(community, given["preset"])
        except KeyError:
            known = ", ".join(kept.names(community))
            raise CommandError(f"There is no preset {given['preset']!r}. Known: {known}.", returncode=_USAGE) from None
    kept_here = own.columns(community.custom_fields.all())
    fields = [*FIELDS, *kept_here]
    told = {**columns, **_mapped(file, given["map"], fields)}
    if strange := set(given["overwrite"]) - {*OVERWRITABLE, *kept_here}:
        can = ", ".join([*OVERWRITABLE, *kept_here])
        raise CommandError(f"--overwrite {min(strange)!r}: choose from {can}.", returncode=_USAGE)
    mapping = guess(file.header, known=told, own=kept_here)
    if not set(mapping.values()) & set(NAMES):
        raise CommandError(_('No column holds names. Say which one does: --map "column=name".'))
    return Options(
        mapping=mapping,
        preset=platform,
        date_order=given["date_order"],
        overwrite=frozenset(given["overwrite"]),
        welcome=given["welcome"],
        no_1900=given["no_1900"],
    )


def _mapped(file: CsvFile, pairs: list[str], fields: list[str]) -> dict[str, str]:
    """The pairs of --map. Raises CommandError for a column or a field that is not there, or comes twice."""
    header = {fold_column(column): column for column in file.header}
    columns: dict[str, str] = {}
    for pair in pairs:
        column, equals, field = (part.strip() for part in pair.rpartition("="))
        if not equals or (field and field not in fields):
            raise CommandError(
                f"--map {pair!r}: write COLUMN=FIELD, with one of {', '.join(fields)}.", returncode=_USAGE
            )
        if fold_column(column) not in header:
            raise CommandError(
                f"--map {pair!r}: the file has no such column. It has: {', '.join(file.header)}.", returncode=_USAGE
            )
        if field and field in columns.values():
            raise CommandError(f"--map {pair!r}: another column is {field} already.", returncode=_USAGE)
        columns[header[fold_column(column)]] = field
    return columns
