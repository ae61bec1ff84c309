"""Files and shortcuts for the tests of the import."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from care.lib.csvfile import CsvFile, Limits, open_csv
from members.importing import own, uploads
from members.importing.fates import Fate
from members.importing.fields import guess
from members.importing.options import Options
from members.importing.run import Run, Tally
from members.models import Community, Member, MemberImport, User

NOW = datetime(2027, 3, 10, 9, 0, tzinfo=UTC)


def a_file(text: str | bytes, *, encoding: str = "utf-8", limits: Limits | None = None) -> CsvFile:
    content = text if isinstance(text, bytes) else text.encode(encoding)
    return open_csv(BytesIO(content), limits)


def options_for(file: CsvFile, community: Community | None = None, **how: Any) -> Options:
    kept = own.columns(community.custom_fields.all()) if community else {}
    if "overwrite" in how:
        how["overwrite"] = frozenset(how["overwrite"])
    return Options(mapping=how.pop("mapping", None) or guess(file.header, own=kept), **how)


def look(community: Community, text: str, *, now: datetime = NOW, **how: Any) -> Tally:
    """What a dry run says."""
    file = a_file(text)
    run, tally = Run(community, file, options_for(file, community, **how), now=now), Tally()
    for verdicts in run.look():
        tally.add(Tally.of(verdicts))
    tally.add(run.settle()[1])
    return tally


def take_in(
    community: Community,
    text: str | bytes,
    *,
    now: datetime = NOW,
    by: User | None = None,
    limits: Limits | None = None,
    **how: Any,
) -> Tally:
    """Take a file in as the command line does."""
    file = a_file(text, limits=limits)
    options = options_for(file, community, **how)
    run, tally = Run(community, file, options, now=now), Tally()
    origin = uploads.at_command_line(community, filename="list.csv", options=options, total=run.total, now=now)
    for part in run.write(by=by, origin=origin):
        tally.add(part)
    return tally


def counts(tally: Tally) -> dict[str, int]:
    """Only what is not zero: {"new": 2}."""
    return {fate.value: tally.counts[fate] for fate in Fate if tally.counts[fate]}


def errors(tally: Tally) -> dict[int, str]:
    return {int(told["row"]): str(told["error"]) for told in tally.errors}


def many_rows(number: int, *, start: int = 0) -> str:
    lines = (
        f"Person {at},person{at}@example.org,{at % 12 + 1:02d}-{at % 28 + 1:02d}" for at in range(start, start + number)
    )
    return "name,email,birthday\n" + "\n".join(lines) + "\n"


def the(community: Community, **lookup: Any) -> Member:
    return Member.objects.get(community=community, **lookup)


def uploaded(community: Community, by: User, text: str | bytes, *, now: datetime = NOW) -> MemberImport:
    content = text if isinstance(text, bytes) else text.encode()
    return uploads.upload(community, by=by, filename="list.csv", content=content, now=now)


def checked(community: Community, by: User, text: str | bytes, *, now: datetime = NOW, **how: Any) -> MemberImport:
    """A file whose fates somebody has looked at."""
    imported = uploaded(community, by, text, now=now)
    file = uploads.file_of(imported)
    assert uploads.check(imported, options_for(file, community, **how), now=now)
    return imported
