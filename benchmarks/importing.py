"""P7: taking a file in, beside a bare COPY of the same rows, ready as bytes, and a look and a save for each."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Iterable, Iterator

from django.db import connection

from benchmarks.harness import Bench, growth, in_turns, seconds, short
from care.celery import keep_what_is_loaded
from care.lib.csvfile import Limits
from members.models import Community, Member
from tests.importing import files
from tests.proof import Line

FEW, SAVED = 10, 2_000
FLAT = 30  # MB from the smallest file to the largest
COLUMNS = ("id", "name", "name_key", "email", "email_key", "time_zone", "language", "birth_month", "birth_day",
           "birth_year", "joined_on", "known_from", "status", "reachable")  # fmt: skip


def run(bench: Bench) -> Iterator[Line]:
    line = bench.line(
        "P7",
        "Importing members from a file",
        "at most 2.5 times bare COPY of the same rows; at least 20 times faster than a save for each; the most memory "
        f"Python holds grows by at most {FLAT} MB",
    )
    line.sizes = {"rows": ", ".join(map(short, bench.sizes)), "rows saved one by one": min(SAVED, min(bench.sizes))}
    peaks = {}
    for size in bench.sizes:
        community = Community(slug="weavers", name="The Weavers", time_zone="Europe/Paris")
        with bench.community(size) as filled:
            rows = Member.objects.of(filled).exclude(email="").values(*COLUMNS)
            count, few = rows.count(), list(rows[:SAVED])
            content, ready = as_file(rows.iterator()), as_copy(filled, community)
        with bench.community(FEW):
            community.save(force_insert=True)
            found, peaks[size] = compare(bench, community, content, ready, count, few)
        line.figures |= {f"{name} at {short(size)}": value for name, value in found.items()}
        line.figures[f"peak of Python's memory at {short(size)}, MB"] = peaks[size]
    grown = peaks[max(peaks)] - peaks[min(peaks)]
    line.figures["growth of that peak, MB"] = grown
    line.figures["exponent of growth"] = growth({size: line.figures[f"seconds at {short(size)}"] for size in peaks})
    line.has_passed = (
        len(peaks) > 1
        and grown <= FLAT
        and all(value <= 2.5 for name, value in line.figures.items() if name.startswith("ratio"))
        and all(value >= 20 for name, value in line.figures.items() if name.startswith("faster"))
    )
    yield line


def compare(
    bench: Bench, community: Community, content: bytes, ready: bytes, count: int, few: list[dict[str, object]]
) -> tuple[dict[str, float], float]:
    """The ratios and the time, and the most memory that the import took in Python beside the file, in MB.

    `content` and `ready` are `count` rows, `few` the first of them. No more is held as objects while the import is
    timed: Python would look through all of them for what is to be freed, again and again.
    """

    def ours() -> float:
        took = seconds(lambda: take_in(community, content, bench))
        empty(community, count)
        return took

    def bare() -> float:
        took = seconds(lambda: copy_in(ready))
        empty(community, count)
        return took

    keep_what_is_loaded()  # files are taken in by a worker
    imported, copied = in_turns(ours, bare, rounds=bench.rounds)
    saved = seconds(lambda: save_each(community, few)) / len(few)
    empty(community, len(few))
    tracemalloc.start()
    take_in(community, content, bench)
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    empty(community, count)
    return {
        "ratio to bare COPY": imported / copied,
        "faster than a look and a save for each": saved / (imported / count),
        "seconds": imported,
    }, peak


def as_file(rows: Iterable[dict[str, object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["Name", "Email", "Birthday", "Joined", "Timezone"])
    for row in rows:
        birthday = f"{row['birth_year']}-{row['birth_month']:02}-{row['birth_day']:02}" if row["birth_year"] else ""
        writer.writerow([row["name"], row["email"], birthday, row["joined_on"], row["time_zone"]])
    return text.getvalue().encode()


def take_in(community: Community, content: bytes, bench: Bench) -> None:
    files.take_in(community, content, now=bench.now, limits=Limits(size=None, rows=None))


def save_each(community: Community, rows: list[dict[str, object]]) -> None:
    """What is usually written: look for the member, and save."""
    for row in rows:
        facts = {name: value for name, value in row.items() if name not in ("id", "email_key")}
        Member.objects.update_or_create(community=community, email_key=row["email_key"], defaults=facts)


def as_copy(filled: Community, community: Community) -> bytes:
    """Those of `filled` as COPY reads them, as rows of `community`."""
    columns = [f"'{community.pk}'" if name == "community_id" else f'"{name}"' for name in _columns()]
    statement = f"SELECT {', '.join(columns)} FROM members_member WHERE community_id = '{filled.pk}' AND email <> ''"
    with connection.cursor() as cursor, cursor.copy(f"COPY ({statement}) TO STDOUT") as copy:
        return b"".join(copy)


def copy_in(ready: bytes) -> None:
    names = ", ".join(f'"{name}"' for name in _columns())
    with connection.cursor() as cursor, cursor.copy(f"COPY members_member ({names}) FROM STDIN") as copy:
        copy.write(ready)


def _columns() -> list[str]:
    return [str(field.column) for field in Member._meta.concrete_fields]


def empty(community: Community, expected: int) -> None:
    """Away with everybody; raises when they were not all there."""
    there = Member.objects.of(community)
    if (found := there.count()) != expected:
        raise AssertionError(f"{found} of {expected} rows were taken in.")
    there._raw_delete("default")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE members_member")
