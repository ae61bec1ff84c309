"""Everything held on one member, in a file for them (GDPR, articles 15 and 20)."""

import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from care.lib.csvfile import MARK, csv_lines
from members import audit
from members.models import Member, User
from members.privacy.contract import Row, fields, packages


def held_on(member: Member) -> dict[str, list[Row]]:
    """What every package holds, each under its label: `outbox.messages`."""
    return {
        f"{label}.{name}": rows
        for label, package in packages()
        for name, rows in package.export(member).items()
        if rows
    }


def export_member(member: Member, *, by: User | None, now: datetime) -> Iterator[bytes]:
    """A zip of one JSON file with everything, and a CSV file for each list; in pieces as it is made, kept nowhere."""
    with transaction.atomic():
        audit.record(member.community, actor=by, verb="member.exported", subject=member)
        held = held_on(member)
    kept = [{"field": name, "why": str(text.why), "until": str(text.until)} for name, text in sorted(fields().items())]
    files = [("everything.json", _json({"made_at": now, "held": held, "why_it_is_kept": kept}))]
    files += [(f"{name}.csv", _csv(rows)) for name, rows in sorted(held.items())]
    files.append(("why_it_is_kept.csv", _csv(kept)))
    return _zip(files, now=now)


def _zip(files: Iterable[tuple[str, str]], *, now: datetime) -> Iterator[bytes]:
    """The bytes of a zip, handed on after each file."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name, now.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
            yield pipe.take()
    yield pipe.take()


class _Pipe(io.RawIOBase):
    """A file one can only write to, and take away what was written."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._waiting += data
        return len(data)

    def take(self) -> bytes:
        taken, self._waiting = bytes(self._waiting), bytearray()
        return taken


def _json(content: Any) -> str:
    return json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)


def _csv(rows: Sequence[Row]) -> str:
    """A table with a header, readable by Excel (a mark says that it is UTF-8) and safe against formulas."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    return MARK + "".join(csv_lines([columns, *([_cell(row.get(column)) for column in columns] for row in rows)]))


def _cell(value: Any) -> str:
    """Text as it is, nothing as nothing, everything else as JSON says it."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False).strip('"')
