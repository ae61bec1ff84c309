"""The arrows of docs/architecture.md: which package may import which."""

import ast
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
APPS = (
    "care",
    "insights",
    "charter",
    "onboarding",
    "conversations",
    "celebrations",
    "mutual_aid",
    "attentions",
    "outbox",
    "members",
)
FEATURES_BELOW = {"attentions", "outbox", "members", "care.lib"}
MAY_IMPORT = {
    "care": set(APPS) | {"care.lib"},
    "insights": set(APPS) - {"care", "insights"} | {"care.lib"},
    "charter": FEATURES_BELOW,
    "onboarding": FEATURES_BELOW | {"charter"},
    "conversations": FEATURES_BELOW,
    "celebrations": FEATURES_BELOW | {"conversations", "mutual_aid"},
    "mutual_aid": FEATURES_BELOW,
    "attentions": {"outbox", "members", "care.lib"},
    "outbox": {"members", "care.lib"},
    "members": {"care.lib"},
    "care.lib": set(),
}


def package_of(module: str) -> str | None:
    if module == "care.lib" or module.startswith("care.lib."):
        return "care.lib"
    top = module.split(".")[0]
    return top if top in APPS else None


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def sources() -> list[Path]:
    return [path for app in APPS for path in (ROOT / app).rglob("*.py")]


def test_arrows_point_down():
    wrong = []
    for path in sources():
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        here = package_of(module)
        for name in imports_of(path):
            there = package_of(name)
            if there is None or there == here or (there == "care" and name == "care"):
                continue
            if there not in MAY_IMPORT[here]:
                wrong.append(f"{module} imports {name}")
    assert not wrong


def test_our_apps_send_each_other_no_signals():
    allowed = {"members/apps.py"}
    wrong = [
        str(path.relative_to(ROOT))
        for path in sources()
        if str(path.relative_to(ROOT)) not in allowed
        and any(name.startswith("django.db.models.signals") for name in imports_of(path))
    ]
    assert not wrong
