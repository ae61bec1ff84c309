"""Going through a file: looking at what would become of its rows, or writing it down, a thousand rows at a time.

Each batch is one transaction, with its line in the audit and whatever the caller keeps of the progress: a crash loses
at most the batch it was in. Going through a file once more is harmless, since members are found by who they are (see
`matching`). The number of queries depends on the number of batches, never on what is in them.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction

from care.lib import days
from care.lib.batches import batches
from care.lib.csvfile import CsvFile, Row
from care.lib.fold import fold
from care.lib.sizes import learn_size_of
from members import audit
from members.importing import matching, own, writing
from members.importing.fates import Fate, Verdict
from members.importing.judging import Judge
from members.importing.options import Options
from members.importing.rows import Introducer, Reader, RowRejected, learn_order, unknown_introducer
from members.importing.seen import Seen
from members.models import Community, Member, MemberImport, User
from members.services.locking import take_turns

BATCH = 1000
_MANY = 4_000  # rows; fewer are found as fast by reading all of them
_TRIES = 3  # of a batch into which somebody else put one of its people at the same moment
Told = dict[str, int | str]


@dataclass(slots=True)
class Tally:
    """What became of some rows. Rows are numbers in the spreadsheet.

    `most` errors and as many warnings are kept, all when it is None; `warned` and the counts are of all of them.
    """

    rows: int = 0
    counts: Counter[Fate] = field(default_factory=Counter)
    suppressed: int = 0
    warned: int = 0
    errors: list[Told] = field(default_factory=list)
    warnings: list[Told] = field(default_factory=list)
    most: int | None = None

    @classmethod
    def of(cls, verdicts: Iterable[Verdict]) -> "Tally":
        tally = cls()
        for verdict in verdicts:
            tally.rows += 1
            tally.counts[verdict.fate] += 1
            tally.suppressed += verdict.values.get("reachable") == Member.Reachable.SUPPRESSED
            if verdict.fate is Fate.REJECTED:
                tally.errors.append({"row": verdict.row, "error": verdict.error})
            for warning in verdict.warnings:
                tally.warn(verdict.row, warning)
        return tally

    def warn(self, row: int, warning: str) -> None:
        self.warned += 1
        self.warnings.append({"row": row, "warning": warning})

    def add(self, other: "Tally") -> None:
        self.rows += other.rows
        self.counts.update(other.counts)
        self.suppressed += other.suppressed
        self.warned += other.warned
        for ours, theirs in ((self.errors, other.errors), (self.warnings, other.warnings)):
            ours += theirs if self.most is None else theirs[: self.most - len(ours)]


class _Link(NamedTuple):
    """Somebody whose introducer is not on record yet: later in the file, if anywhere."""

    row: int
    member_id: UUID | None
    wants: Introducer
    was: Fate


class Run:
    """One go through one file. `began_at` is when the import began, also if an earlier go was cut short."""

    def __init__(
        self, community: Community, file: CsvFile, options: Options, *, now: datetime, began_at: datetime | None = None
    ) -> None:
        self.community, self.file, self.options, self.now = community, file, options, now
        fields = own.fields_for(community, options)
        self.order, self.total = learn_order(file, options, fields)
        self.reader = Reader(file, options, self.order, fields, today=days.local_day(now, community.time_zone))
        self.seen = Seen(self.total)
        self.judge = Judge(community, self.reader, self.seen, began_at=began_at or now)
        self._links: list[_Link] = []

    def look(self) -> Iterator[list[Verdict]]:
        """What would become of the rows, in their order; nothing is written. After it, ask `settle`."""
        for rows in batches(self.file.rows(), BATCH):
            verdicts = self.judge.judge(rows)
            self._remember(verdicts)
            yield verdicts

    def settle(self) -> tuple[set[int], Tally]:
        """The rows that would be updated after all, since their introducer comes later in the file; what that adds."""
        names = {fold(link.wants.name) for link in self._links if link.wants.name}
        names = self._names_in_file(names) if names else names
        updated, tally = set(), Tally()
        for link in self._links:
            if not (link.wants.email_key in self.seen if link.wants.email_key else fold(link.wants.name) in names):
                tally.warn(link.row, unknown_introducer())
            elif link.was is Fate.SAME:
                updated.add(link.row)
        tally.counts.update({Fate.SAME: -len(updated), Fate.UPDATED: len(updated)})
        return updated, tally

    def write(
        self, *, by: User | None, origin: MemberImport, done: int = 0, keep: Callable[[Tally], None] | None = None
    ) -> Iterator[Tally]:
        """Take the rows in; yields what became of each batch once it is safe.

        The first `done` rows were taken in an earlier go. `keep` is told of each batch inside its transaction, and
        may raise to undo it.
        """
        rows_done, many = 0, _MANY
        for rows in batches(self.file.rows(), BATCH):
            rows_done += len(rows)
            if rows_done <= done:
                self._revisit(rows)
                continue
            yield self._write_batch(rows, by=by, origin=origin, keep=keep)
            if rows_done >= many:
                learn_size_of(Member)
                many = 2 * rows_done
        while self._links:
            links, self._links = self._links[:BATCH], self._links[BATCH:]
            yield self._write_links(links, by=by, origin=origin, keep=keep)

    def _write_batch(
        self, rows: list[Row], *, by: User | None, origin: MemberImport, keep: Callable[[Tally], None] | None
    ) -> Tally:
        for attempt in range(1, _TRIES + 1):
            try:
                with transaction.atomic():
                    take_turns(self.community)
                    self.reader.use(own.fields_for(self.community, self.options))  # one may have been deleted
                    verdicts = self.judge.judge(rows, lock=True)
                    writing.write(self.community, verdicts, by=by, now=self.now)
                    tally = Tally.of(verdicts)
                    self._record(tally.counts[Fate.NEW] + tally.counts[Fate.UPDATED], by=by, origin=origin)
                    if keep:
                        keep(tally)
                break
            except IntegrityError:
                if attempt == _TRIES:
                    raise
        self._remember(verdicts)
        return tally

    def _write_links(
        self, links: list[_Link], *, by: User | None, origin: MemberImport, keep: Callable[[Tally], None] | None
    ) -> Tally:
        """Say who introduced those whose introducer has come in after them."""
        with transaction.atomic():
            take_turns(self.community)
            find = matching.introducers(matching.members_of(self.community), (link.wants for link in links))
            members = Member.objects.of(self.community).select_for_update().in_bulk([link.member_id for link in links])
            tally, pairs = Tally(), []
            for link in links:
                member, introducer = members.get(link.member_id), find(link.wants)
                if introducer is None or introducer == member:
                    tally.warn(link.row, unknown_introducer())
                elif member and introducer.pk != member.introduced_by_id:
                    pairs.append((member, introducer.pk))
                    if link.was is Fate.SAME:
                        tally.counts.update({Fate.SAME: -1, Fate.UPDATED: 1})
            writing.link(pairs, now=self.now)
            self._record(len(pairs), by=by, origin=origin)
            if keep:
                keep(tally)
        return tally

    def _remember(self, verdicts: Iterable[Verdict]) -> None:
        self._links += [
            _Link(verdict.row, verdict.member_id, verdict.wants, verdict.fate) for verdict in verdicts if verdict.wants
        ]

    def _revisit(self, rows: list[Row]) -> None:
        """Rows of an earlier go: who they are counts, and an introducer who has come in since."""
        self._links += [
            _Link(verdict.row, verdict.member_id, verdict.person.introducer, Fate.UPDATED)
            for verdict in self.judge.judge(rows)
            if verdict.member_id and verdict.person and verdict.person.introducer
            if verdict.wants or "introduced_by_id" in verdict.values
        ]

    def _names_in_file(self, wanted: set[str]) -> set[str]:
        """Those folded names that one person of the file has."""
        found: Counter[str] = Counter()
        for row in self.file.rows():
            try:
                name = fold(self.reader.read(row).name)
            except RowRejected:
                continue
            if name in wanted:
                found[name] += 1
        return {name for name, times in found.items() if times == 1}

    def _record(self, count: int, *, by: User | None, origin: MemberImport) -> None:
        if count:
            audit.record(
                self.community,
                actor=by,
                verb="members.imported",
                subject=origin,
                fields=set(self.options.mapping.values()),
                count=count,
            )
