"""Reads bytes of any kind as a list of members, for a time: `python -m tests.importing.fuzz SECONDS SEED`.

What is tried is everything between a file and its preview that needs no database: opening it, guessing what its columns
mean, reading every row, weighing it as a newcomer, and giving the rejected rows back. Prints one line of JSON; an error
that is none of the documented ones ends it, with the shortest bytes that bring it about.
"""

import json
import os
import random
import sys
import time
from collections import Counter
from datetime import date
from io import BytesIO
from zlib import crc32

import hypothesis
from hypothesis import Phase
from hypothesis import strategies as st

from tests.importing.mutants import CELLS, mutant

_ROUND = 1_000
_TODAY = date(2027, 3, 10)
_DATES = st.text("0123456789-/. \u0661", max_size=12)
_WORDS = st.one_of(st.sampled_from(CELLS), st.text(max_size=20), _DATES, st.text("yesnoacivdu@.,;'=+-", max_size=12))


def _file(rows: list[list[str]], separator: str, encoding: str) -> bytes:
    return "\r\n".join(separator.join(row) for row in rows).encode(encoding, errors="replace")


CONTENTS = st.one_of(
    st.binary(max_size=2_000),
    st.text(max_size=500).map(lambda text: text.encode(errors="replace")),
    st.integers(0, 2**64).map(lambda seed: mutant(random.Random(seed))),
    st.builds(
        _file,
        st.lists(st.lists(_WORDS, max_size=12), max_size=8),
        st.sampled_from([",", ";", "\t", "|"]),
        st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"]),
    ),
)


def outcome(content: bytes) -> str:
    """What comes of bytes: the name of the refusal, or that they were read. Raises what only an error of ours can."""
    from care.lib.csvfile import CsvRefused, open_csv
    from members.importing import fates, own, rows, uploads
    from members.importing.fields import FIELDS, guess
    from members.importing.options import Options
    from members.importing.presets import presets
    from members.models import CustomField

    kept = own.named(CustomField(key=sort, label=sort, sort=sort, choices=["S", "M"]) for sort in CustomField.Sort)
    turn = crc32(content)  # so that other bytes say other things of the columns
    try:
        file = open_csv(BytesIO(content))
        mapping, free = guess(file.header, own=own.columns(kept.values())), [*FIELDS, *kept]
        free = free[turn % len(free) :] + free[: turn % len(free)]
        others = (column for column in file.header if column not in mapping or turn % 2)
        mapping |= dict(zip(others, (name for name in free if turn % 2 or name not in mapping.values()), strict=False))
        options = Options(
            mapping=mapping,
            preset=["", *presets()][turn % (1 + len(presets()))],
            date_order=("", "dmy", "mdy")[turn % 3],
            welcome=bool(turn % 2),
            no_1900=bool(turn % 5),
        )
        order, _total = rows.learn_order(file, options, kept)
        reader, errors = rows.Reader(file, options, order, kept, today=_TODAY), []
        for row in file.rows():
            reader.who(row)
            try:
                fates.newcomer(reader.read(row), options, today=_TODAY)
            except rows.RowRejected as rejected:
                errors.append({"row": row.number, "error": str(rejected)})
        uploads.rejected_rows(file, errors)
    except CsvRefused as refused:
        if not str(refused):
            raise AssertionError("A refusal without a sentence.") from refused
        return type(refused).__name__
    return "read, with rejected rows" if errors else "read"


def main(seconds: float, seed: int) -> None:
    told: Counter[str] = Counter()
    began, slowest = time.monotonic(), 0.0

    def try_out(content: bytes) -> None:
        nonlocal slowest
        at = time.monotonic()
        told[outcome(content)] += 1
        slowest = max(slowest, time.monotonic() - at)

    phases = (Phase.generate, Phase.shrink)
    while time.monotonic() - began < seconds:
        again = hypothesis.given(CONTENTS)(try_out)
        again = hypothesis.settings(max_examples=_ROUND, database=None, deadline=None, phases=phases)(again)
        hypothesis.seed(seed)(again)()
        seed += 1
    print(json.dumps({"tried": told.total(), "slowest": round(slowest, 2), "told": told}))  # noqa: T201


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "care.settings")
    django.setup()
    main(float(sys.argv[1]), int(sys.argv[2]))
