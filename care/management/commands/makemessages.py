"""Django's makemessages with our habits, so that a run without news changes no line of the catalogue."""

from pathlib import Path
from typing import Any

from django.core.management.commands import makemessages

_DATES = ('"POT-Creation-Date:', '"PO-Revision-Date:')


class Command(makemessages.Command):
    """`makemessages -l fr`: no wrapped lines, no line numbers, no dates, nothing of tests and `var`, no guesses."""

    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]

    def handle(self, *args: Any, **options: Any) -> None:
        options["no_wrap"] = options["no_obsolete"] = True
        options["add_location"] = "file"
        options["ignore_patterns"] += [".venv", "var", "tests", "benchmarks"]
        super().handle(*args, **options)

    def write_po_file(self, potfile: str, locale: str) -> None:
        super().write_po_file(potfile, locale)
        for path in (Path(potfile).parent / locale / "LC_MESSAGES").glob(f"{self.domain}.po"):
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            path.write_text("".join(line for line in lines if not line.startswith(_DATES)), encoding="utf-8")
