"""`manage.py privacy_fields`: what is kept on a member, why and how long, as docs/privacy.md says it."""

from typing import Any

from django.core.management.base import BaseCommand

from members.privacy.contract import fields

_HEAD = """\
# What Care keeps on a member

Made by `./run privacy_fields > docs/privacy.md` from what each package declares in its `privacy` module; a test compares
the two. A member reads the same list on their own page, takes along from there what is held, and can be erased there.
Restricted notes, as all are that came in with an import, they do not take along: the team gives these out after reading them
with care for others.

| Field | Why it is kept | Until |
| --- | --- | --- |
"""  # noqa: E501
_FOOT = """
**Leaving** stops everything and keeps the record for 24 months, should the person come back; then it erases itself.
One that was changed in the last 30 days waits. Who was banned, has died or was only invited is erased by hand, by a superuser
in the admin.

**Erasing** blanks every field above that is not kept for good, in one transaction. What stays: the id of the row, the days of
joining and leaving, which gestures and messages there were and when (without their words), lines of the audit (ids and names
of fields, never values), and a keyed hash of the address, so that an import does not bring the person back by mistake. A backup
made before still holds them until it rolls off: after restoring one, erase again whoever was erased since.
"""  # noqa: E501


class Command(BaseCommand):
    help = "Print every personal field, why it is kept and until when."

    def handle(self, *args: Any, **options: Any) -> None:
        rows = [f"| `{name}` | {kept.why} | {kept.until} |" for name, kept in sorted(fields().items())]
        self.stdout.write(_HEAD + "\n".join(rows) + "\n" + _FOOT, ending="")
