"""What the manuals name exists."""

import re

import pytest

from care.invariants import INVARIANTS
from tests.setup.shell import ROOT, manage

pytestmark = pytest.mark.once
MANUALS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]


def test_every_command_exists():
    named = {name for path in MANUALS for name in re.findall(r"(?:\./run|manage\.py) ([a-z_]+)", path.read_text())}
    cases = re.findall(r"^([\w |]+)\)$", (ROOT / "run").read_text(), re.MULTILINE)
    of_the_script = {name.strip() for case in cases for name in case.split("|")}
    assert named - of_the_script <= set(manage("help", "--commands").stdout.split())


def test_every_invariant_is_explained():
    manual = (ROOT / "docs/operations.md").read_text()
    assert [one.name for one in INVARIANTS if f"| {one.name} |" not in manual] == []


def test_every_link_leads_somewhere():
    links = re.compile(r"\]\((?!https?:|#|mailto:)([^)#]+)")
    dead = [
        f"{path.name}: {target}"
        for path in MANUALS
        for target in links.findall(path.read_text())
        if not (path.parent / target).exists()
    ]
    assert dead == []
