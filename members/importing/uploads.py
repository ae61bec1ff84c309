"""Files on their way in: uploaded, looked at, confirmed, taken in. The only writer of `MemberImport`.

A confirmed file of more than 500 rows is taken in by a worker, which finds it in the database. It holds the import by
the instant at which it took it (`touched_at`): each batch is written only while that still stands there, so that a
second worker, which may take over when the first has been silent for three minutes, never writes beside it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from care.lib.csvfile import MARK, CsvFile, csv_lines, open_csv, sheet_delimiter
from care.lib.nudge import MEMBERS_CHANGED, nudge
from care.lib.states import move
from members.importing import own
from members.importing.fates import Fate, Verdict
from members.importing.fields import guess
from members.importing.options import Options
from members.importing.run import Run, Tally, Told
from members.models import Community, MemberImport, User

State = MemberImport.State
INLINE_ROWS = 500
KEEP_FILES = timedelta(hours=24)
KEEP_ERRORS = 1000
_LEASE = timedelta(minutes=3)
_TRIES = 3


class TakenOver(Exception):
    """Another worker goes on with this import; what we were about to write is undone."""


class FileGone(Exception):
    """The file is no longer there: files are kept for a day."""


def upload(
    community: Community,
    *,
    by: User,
    filename: str,
    content: bytes,
    now: datetime,
    columns: dict[str, str] | None = None,
    platform: str = "",
) -> MemberImport:
    """Keep an uploaded file, having read all of it once. `columns` are those of known meaning. Raises CsvRefused."""
    file = open_csv(BytesIO(content))
    kept = own.columns(community.custom_fields.all())
    options = Options(mapping=guess(file.header, known=columns, own=kept), preset=platform)
    return MemberImport.objects.create(
        community=community,
        by=by,
        filename=" ".join(filename.split())[-120:],
        content=content,
        options=options.to_json(),
        rows_total=file.count(),
        created_at=now,
    )


def file_of(imported: MemberImport) -> CsvFile:
    """The uploaded file, ready to be read. Raises FileGone."""
    if imported.content is None:
        raise FileGone
    return open_csv(BytesIO(bytes(imported.content)))


def check(imported: MemberImport, options: Options, *, now: datetime) -> bool:
    """Find out what would become of every row, and keep that. Nothing is a member yet. Raises FileGone.

    False when the import has gone further meanwhile.
    """
    run = Run(imported.community, file_of(imported), options, now=now)
    tally, fates = Tally(), []
    rows: list[int] = []
    for verdicts in run.look():
        tally.add(Tally.of(verdicts))
        fates += [verdict.fate for verdict in verdicts]
        rows += [verdict.row for verdict in verdicts]
    updated, more = run.settle()
    tally.add(more)
    fates = [Fate.UPDATED if row in updated else fate for row, fate in zip(rows, fates, strict=True)]
    summary = {**_summary(tally), "fates": "".join(fate.value[0] for fate in fates)}
    return move(
        imported,
        to=State.CHECKED,
        among=(State.UPLOADED, State.CHECKED),
        options=options.to_json(),
        summary=summary,
        errors=tally.errors,
        rows_total=run.total,
        rows_done=0,
    )


def verdicts_at(imported: MemberImport, places: list[int], *, now: datetime) -> list[tuple[Verdict, tuple[str, str]]]:
    """What would become of the rows at these places of a checked file (0 is the first), in detail.

    With each come the name and the address as they stand in the file. Raises FileGone.
    """
    wanted = set(places)
    file = file_of(imported)
    run = Run(imported.community, file, Options.from_json(imported.options), now=now)
    rows = [row for at, row in enumerate(file.rows()) if at in wanted]
    errors = {told["row"]: str(told["error"]) for told in imported.errors}
    warnings: dict[int, list[str]] = {}
    for told in imported.summary.get("warnings", []):
        warnings.setdefault(told["row"], []).append(told["warning"])
    verdicts = run.judge.judge(rows)
    for at, verdict in zip(sorted(wanted), verdicts, strict=True):
        verdict.warnings = warnings.get(verdict.row, [])
        verdict.fate = next(fate for fate in Fate if fate.value[0] == imported.summary["fates"][at])
        verdict.error = errors.get(verdict.row, verdict.error)
    return [(verdict, run.reader.who(row)) for verdict, row in zip(verdicts, rows, strict=True)]


def confirm(imported: MemberImport, *, by: User, now: datetime) -> bool:
    """Somebody has seen what would happen and wants it: take a small file in, let a worker take a large one in.

    False when somebody was first. Raises ValidationError, and changes nothing, when a field that the file brings cannot
    be made any more.
    """
    start = {"summary": {**_summary(Tally()), "began_at": now.isoformat()}, "errors": [], "rows_done": 0}
    with transaction.atomic():
        # First, so that of two at once only one makes the fields.
        if not move(imported, to=State.CONFIRMED, among=(State.CHECKED, State.FAILED), finished_at=None, **start):
            return False
        imported.refresh_from_db(fields=["options"])  # somebody may have looked at it anew, with other columns
        options = own.make_new(imported.community, Options.from_json(imported.options), by=by)
        imported.options = options.to_json()
        imported.save(update_fields=["options"])
    if imported.rows_total <= INLINE_ROWS:
        take_in(imported, now=now)
    else:
        nudge("members.import")
    return True


def discard(imported: MemberImport, *, now: datetime) -> bool:
    """Forget a file that was not confirmed; False when it was."""
    return move(
        imported, to=State.DISCARDED, among=(State.UPLOADED, State.CHECKED), content=None, errors=[], finished_at=now
    )


def waiting(now: datetime) -> QuerySet[MemberImport]:
    """Confirmed files, and those whose worker has gone silent, oldest first."""
    silent = Q(state=State.RUNNING, touched_at__lte=now - _LEASE)
    return MemberImport.objects.filter(Q(state=State.CONFIRMED) | silent).order_by("created_at")


def work(*, now: datetime) -> int:
    """Take in all files that wait; how many were finished."""
    return sum(take_in(imported, now=now) for imported in waiting(now).select_related("community", "by"))


def take_in(imported: MemberImport, *, now: datetime) -> bool:
    """Take the rows in that were not yet; False when another worker is at it, or the file cannot be taken in."""
    if not _claim(imported, now=now):
        return False
    if imported.content is None or imported.summary["tries"] > _TRIES:
        move(imported, to=State.FAILED, among=(State.RUNNING,), finished_at=now)
        return False
    keeper = _Keeper(imported)
    began_at = datetime.fromisoformat(imported.summary["began_at"])
    run = Run(imported.community, file_of(imported), Options.from_json(imported.options), now=now, began_at=began_at)
    # A worker speaks no language of its own; what is wrong with a row is said to whoever brought the file.
    speaks = (imported.by.language if imported.by else "") or imported.community.language
    try:
        with translation.override(speaks):
            for _tally in run.write(by=imported.by, origin=imported, done=imported.rows_done, keep=keeper.keep):
                keeper.kept()
            rest = rejected_rows(file_of(imported), imported.errors)
    except TakenOver:
        return False
    nudge(MEMBERS_CHANGED, str(imported.community_id))
    return _held(imported).update(state=State.DONE, finished_at=now, content=rest) == 1


def rejected_rows(file: CsvFile, errors: list[Told]) -> bytes | None:
    """The rows that were not taken in, as a file to mend and bring again. None when there are none.

    The reason stands first, so that the cells after it are those of the row, however many it has.
    """
    if not errors:
        return None
    reasons = {told["row"]: str(told["error"]) for told in errors}

    def rows() -> Iterator[list[str]]:
        yield ["error", *file.header, *[""] * (file.width - len(file.header))]
        for row in file.rows():
            if row.number in reasons:
                yield [reasons[row.number], *row.cells]

    return "".join([MARK, *csv_lines(rows(), delimiter=sheet_delimiter())]).encode()


def at_command_line(
    community: Community, *, filename: str, options: Options, total: int, now: datetime
) -> MemberImport:
    """The record of an import at the command line, whose file is not kept."""
    return MemberImport.objects.create(
        community=community,
        filename=filename[-120:],
        state=State.RUNNING,
        options=options.to_json(),
        summary={**_summary(Tally()), "began_at": now.isoformat()},
        rows_total=total,
        created_at=now,
        touched_at=now,
    )


def note_progress(imported: MemberImport, tally: Tally, *, now: datetime) -> None:
    """The import at the command line is still at it; within the transaction of a batch."""
    rows = MemberImport.objects.filter(pk=imported.pk)
    rows.update(state=State.RUNNING, rows_done=F("rows_done") + tally.rows, touched_at=now)


def finish(imported: MemberImport, tally: Tally, *, now: datetime) -> None:
    """The import at the command line has come to its end."""
    move(
        imported,
        to=State.DONE,
        among=(State.RUNNING, State.FAILED),
        summary=_summary(tally),
        errors=tally.errors[:KEEP_ERRORS],
        rows_done=tally.rows,
        finished_at=now,
    )


def empty_old_files(*, now: datetime) -> int:
    """Throw files away a day after they came, whatever became of them; how many. Called by housekeeping."""
    old = MemberImport.objects.filter(content__isnull=False, created_at__lt=now - KEEP_FILES)
    emptied = 0
    for imported in old.defer("content"):
        unfinished = {
            State.UPLOADED: State.DISCARDED,
            State.CHECKED: State.DISCARDED,
            State.CONFIRMED: State.FAILED,
            State.RUNNING: State.FAILED,
        }
        state = State(imported.state)
        emptied += move(
            imported,
            to=unfinished.get(state, state),
            among=(state,),
            content=None,
            errors=imported.errors[:KEEP_ERRORS],
            finished_at=imported.finished_at or now,
        )
    return emptied


class _Keeper:
    """Keeps the progress of an import in the transaction of each batch, and what it would be if that fails."""

    def __init__(self, imported: MemberImport) -> None:
        self.imported = imported
        self.next: dict[str, Any] = {}

    def keep(self, tally: Tally) -> None:
        """Raises TakenOver when another worker has the import."""
        summary = self.imported.summary
        added = _summary(tally)
        counted = {name: summary[name] + added[name] for name in (*(fate.value for fate in Fate), "suppressed")}
        self.next = {
            "summary": {**summary, **counted, "warnings": summary["warnings"] + added["warnings"], "tries": 0},
            "errors": self.imported.errors + tally.errors,
            "rows_done": self.imported.rows_done + tally.rows,
        }
        if not _held(self.imported).update(**self.next):
            raise TakenOver

    def kept(self) -> None:
        for name, value in self.next.items():
            setattr(self.imported, name, value)


def _claim(imported: MemberImport, *, now: datetime) -> bool:
    """Take hold of an import, if it still is as we know it."""
    summary = {**imported.summary, "tries": imported.summary.get("tries", 0) + 1}
    as_known = MemberImport.objects.filter(pk=imported.pk, state=imported.state, touched_at=imported.touched_at)
    if not as_known.update(state=State.RUNNING, touched_at=now, summary=summary):
        return False
    imported.state, imported.touched_at, imported.summary = State.RUNNING, now, summary
    return True


def _held(imported: MemberImport) -> QuerySet[MemberImport]:
    return MemberImport.objects.filter(pk=imported.pk, state=State.RUNNING, touched_at=imported.touched_at)


def _summary(tally: Tally) -> dict[str, Any]:
    return {
        **{fate.value: tally.counts[fate] for fate in Fate},
        "suppressed": tally.suppressed,
        "warnings": tally.warnings[:KEEP_ERRORS],
        "tries": 0,
    }


def has_file(imported: MemberImport) -> bool:
    """Whether the file is still there, without reading it."""
    return MemberImport.objects.filter(pk=imported.pk, content__isnull=False).exists()


def reason_for_failure(imported: MemberImport) -> str:
    """What to say of an import that did not come to its end."""
    if not has_file(imported):
        return _("It was interrupted, and the file is no longer here: files are kept for a day. Bring it again.")
    return _("It was interrupted again and again. What came in is safe; try again, or tell whoever runs Care.")
