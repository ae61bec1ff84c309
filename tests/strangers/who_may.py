"""The table of the doors (who_may.txt), read: whom each route is for, and what everybody gets from it."""

from dataclasses import dataclass
from pathlib import Path

from members.access import Policy
from tests.doors import EVERYBODY

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_OTHER = ("PUT", "PATCH", "DELETE", "OPTIONS")
_FILE = Path(__file__).with_name("who_may.txt")


@dataclass(frozen=True)
class Row:
    """A route: what it declares, and by method and who asks the codes that it may answer, or `login`."""

    declared: str
    codes: dict[tuple[str, str], frozenset[str]]


def table() -> dict[str, Row]:
    """Every row, by the name of its route. Raises AssertionError where one is no full row."""
    found: dict[str, Row] = {}
    for line in _FILE.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith(" "):
            name, _, declared = line.partition("  ")
            assert name not in found, f"{name} has two rows in {_FILE.name}"
            row = found[name] = Row(declared.strip(), {})
            continue
        words = line.split()
        methods, codes = words[: -len(EVERYBODY)], words[-len(EVERYBODY) :]
        for method in methods:
            for each in _OTHER if method == "OTHER" else (method,):
                assert each in METHODS, f"{name}: {each} is no method"
                for who, code in zip(EVERYBODY, codes, strict=True):
                    assert (each, who) not in row.codes, f"{name}: {each} stands there twice"
                    row.codes[each, who] = frozenset(code.split("|"))
    for name, row in found.items():
        assert len(row.codes) == len(METHODS) * len(EVERYBODY), f"{name}: a method is missing"
    return found


def declared(policy: Policy) -> str:
    """A policy as the table writes it: "team builder", "own", "signed_in", "public"."""
    return f"{policy.who} {policy.role}".strip()


def verdict_of(code: str) -> str:
    """What a code of the table means, in the words of `house.verdict`."""
    return code if code in {"login", "403", "404", "405"} else "in"
