"""Writes docs/proof.md from the lines under docs/proof/: `./run proof`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from tests.proof import FOLDER, read

PAGE = FOLDER.parent / "proof.md"
PARTS = {
    "R": ("Faults", "./run faults"),
    "S": ("Strangers", "./run strangers"),
    "P": ("A million members", "./run bench"),
}
_HEAD = """# Proof

What Care promises, tried on real parts. This page is made by `./run proof` from the lines that the runs left in
[docs/proof/](proof/); nobody types a figure here. Each row can be run again by its name: `{command} NAME --seed SEED`.
"""
_WHY = "decisions/0014-goals-not-reached.md"


def main() -> None:
    PAGE.write_text(page(row for path in FOLDER.glob("*.jsonl") for row in read(path)))


def page(rows: Iterable[dict[str, Any]]) -> str:
    """The whole page, as Markdown."""
    rows = sorted(rows, key=lambda row: (list(PARTS).index(row["name"][0]), _number(row["name"]), row["title"]))
    parts = [_HEAD.format(command="|".join(command for _title, command in PARTS.values()))]
    for letter, group in groupby(rows, key=lambda row: row["name"][0]):
        title, command = PARTS[letter]
        parts.append(f"\n## {title}\n\n`{command}`\n\n" + "\n".join(_table(group)) + "\n")
    return "".join([*parts, "\n## Where it ran\n\n", *sorted({_where(row) for row in rows})])


def _table(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    yield "| | What | Size | Goal | Found | On | Seed, date, seconds, commit |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for row in rows:
        run = f"{row['seed']}, {row['date']}, {row['seconds']:.0f}, {row['commit']}"
        goal = row["goal"] if row["has_passed"] else f"**missed** ([why]({_WHY})): {row['goal']}"
        cells = [row["title"], _words(row["sizes"]), goal, _words(row["figures"]), row["database"], run]
        yield "| " + " | ".join([f"**{row['name']}**", *(_cell(cell) for cell in cells)]) + " |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _words(values: dict[str, Any]) -> str:
    return " · ".join(f"{name} {_figure(value)}" for name, value in values.items())


def _figure(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.3g}" if isinstance(value, float) else str(value)


def _number(name: str) -> tuple[int, str]:
    digits = "".join(char for char in name if char.isdigit())
    return int(digits or 0), name


def _where(row: dict[str, Any]) -> str:
    size, versions = row["machine"], ", ".join(f"{name} {number}" for name, number in row["versions"].items())
    return f"- {size['cores']} cores, {size['memory_gib']} GiB, {size['system']}; {versions}\n"


if __name__ == "__main__":
    main()
