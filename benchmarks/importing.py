"""P7: taking a file in, beside a bare COPY of the same rows and a save for each."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Iterator

from django.db import connection

from benchmarks.harness import Bench, in_turns, seconds, short
from benchmarks.people import put
from care.lib.csvfile import open_csv
from care.lib.ids import uuid7
from members.facts import name_key
from members.importing import uploads
from members.importing.fields import guess
from members.importing.options import Options
from members.importing.run import Run
from members.models import Community, Member
from tests.proof import Line

FEW, SAVED = 10, 2_000
COLUMNS = ("id", "name", "name_key", "email", "email_key", "time_zone", "language", "birth_month", "birth_day",
           "birth_year", "joined_on", "known_from", "status", "reachable")  # fmt: skip


def run(bench: Bench) -> Iterator[Line]:
    line = bench.line(
        "P7",
        "Importing members from a file",
        "at most 2.5 times bare COPY of the same rows; at least 20 times faster than a save for each; memory flat",
    )
    line.sizes = {"rows": ", ".join(map(short, bench.sizes)), "rows saved one by one": min(SAVED, min(bench.sizes))}
    peaks = {}
    for size in bench.sizes:
        with bench.community(size) as filled:
            rows = list(Member.objects.of(filled).exclude(email="").values(*COLUMNS))
        with bench.community(FEW) as community:
            found, peaks[size] = compare(bench, community, rows)
        line.figures |= {f"{name} at {short(size)}": value for name, value in found.items()}
    line.figures["peak of Python's memory, MB a million rows more"] = (
        (peaks[max(peaks)] - peaks[min(peaks)]) / (max(peaks) - min(peaks) or 1)
    )  # fmt: skip
    line.has_passed = all(
        value <= 2.5 if "COPY" in name else value >= 20 for name, value in line.figures.items() if " at " in name
    )
    yield line


def compare(bench: Bench, community: Community, rows: list[dict[str, object]]) -> tuple[dict[str, float], int]:
    """The ratios, and the most memory that the import took in Python, in bytes."""
    content = as_file(rows)

    def ours() -> float:
        took = seconds(lambda: take_in(community, content, bench))
        empty(community, len(rows))
        return took

    def bare() -> float:
        took = seconds(lambda: put(Member, ({**row, "id": uuid7(), "community_id": community.pk} for row in rows)))
        empty(community, len(rows))
        return took

    imported, copied = in_turns(ours, bare, rounds=bench.rounds)
    few = rows[: min(SAVED, len(rows))]
    saved = seconds(lambda: save_each(community, few)) / len(few)
    empty(community, len(few))
    tracemalloc.start()
    take_in(community, content, bench)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    empty(community, len(rows))
    return {
        "ratio to bare COPY": imported / copied,
        "faster than a save for each": saved / (imported / len(rows)),
    }, peak


def as_file(rows: list[dict[str, object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["Name", "Email", "Birthday", "Joined", "Timezone"])
    for row in rows:
        birthday = f"{row['birth_year']}-{row['birth_month']:02}-{row['birth_day']:02}" if row["birth_year"] else ""
        writer.writerow([row["name"], row["email"], birthday, row["joined_on"], row["time_zone"]])
    return text.getvalue().encode()


def take_in(community: Community, content: bytes, bench: Bench) -> None:
    file = open_csv(io.BytesIO(content))
    options = Options(mapping=guess(file.header))
    going = Run(community, file, options, now=bench.now)
    origin = uploads.by_hand(community, filename="list.csv", options=options, total=going.total, now=bench.now)
    for _tally in going.write(by=None, origin=origin):
        pass


def save_each(community: Community, rows: list[dict[str, object]]) -> None:
    for row in rows:
        facts = {**row, "id": uuid7(), "name_key": name_key(str(row["name"]), "", "")}
        Member(community=community, **facts).save(force_insert=True)


def empty(community: Community, expected: int) -> None:
    """Away with those of the file; raises when they were not all there."""
    there = Member.objects.of(community).filter(dates=None, opt_outs=None, member_tags=None, notes=None)
    there = there.filter(attentions=None, messages=None, email__contains="somebody").order_by()
    there = Member.objects.filter(pk__in=list(there.values_list("pk", flat=True)))
    if there.count() < expected * 0.99:
        raise AssertionError(f"{there.count()} of {expected} rows were taken in.")
    there._raw_delete("default")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
