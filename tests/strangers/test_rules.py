"""S13: what tools and our own rules find in the product, which is nothing."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.strangers.rules import RULES, SECRETS, TRUSTING_TEMPLATE, Rule

pytestmark = pytest.mark.once
ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("care", "members", "outbox", "attentions")
SOURCES = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py") if "migrations" not in path.parts)


def files(rule: Rule) -> list[str]:
    """The files of the product where it stands, `path:line`."""
    named = [(path.relative_to(ROOT).as_posix(), path) for path in SOURCES]
    return [
        f"{name}:{line}" for name, path in named if re.search(rule.where, name) for line in rule.lines(path.read_text())
    ]


@pytest.mark.proves(
    "S13", "Dangerous constructs in the product", goal="bandit 0 of medium or more; ruff 0; own rules 0; secrets 0"
)
def test_nothing_dangerous_is_written(line):
    bandit, ruff = found_by_bandit(), found_by_ruff()
    ours = [place for rule in RULES for place in files(rule) if place.partition(":")[0] not in rule.allowed]
    trusting = [
        path.name for path in (ROOT / "templates").rglob("*.html") if TRUSTING_TEMPLATE.search(path.read_text())
    ]
    secret = found_secrets()
    line.sizes |= {"files of Python": len(SOURCES), "own rules": len(RULES) + 1}
    line.figures |= {
        "bandit, medium or more": len(bandit),
        "ruff's S rules": len(ruff),
        "own rules": len(ours) + len(trusting),
        "secrets": len(secret),
    }
    assert (bandit, ruff, ours, trusting, secret) == ([], [], [], [], [])


def found_by_bandit() -> list[str]:
    command = [sys.executable, "-m", "bandit", "-q", "-r", "-ll", "-f", "json", *PACKAGES]
    said = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout)
    assert said["errors"] == []
    return [f"{row['filename']}:{row['line_number']} {row['test_id']}" for row in said["results"]]


def found_by_ruff() -> list[str]:
    command = [sys.executable, "-m", "ruff", "check", "--select=S", "--output-format=concise", "--no-cache", *PACKAGES]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return [] if done.returncode == 0 else [*done.stdout.splitlines(), done.stderr]


def found_secrets() -> list[str]:
    """Files under version control that hold what looks like a secret."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [ROOT / name for name in listed.split("\0") if name]
    texts = {path: path.read_text(errors="replace") for path in paths if path.is_file()}
    return [
        f"{path.relative_to(ROOT)}: {what}"
        for path, text in texts.items()
        for what, looks in SECRETS.items()
        if looks.search(text)
    ]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_rule_finds_its_samples_and_nothing_harmless(rule):
    assert [sample for sample in rule.samples if not list(rule.lines(sample))] == []
    assert [sample for sample in rule.harmless if list(rule.lines(sample))] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_no_exception_is_kept_that_nobody_needs(rule):
    assert set(rule.allowed) - {place.partition(":")[0] for place in files(rule)} == set()


@pytest.mark.parametrize("text", ["{{ x|safe }}", "{{ x | safe }}", "{{ x|safeseq }}", "{% autoescape off %}"])
def test_a_template_that_trusts_its_text_is_found(text):
    assert TRUSTING_TEMPLATE.search(text)


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("a private key", "-----BEGIN RSA PRIVATE" + " KEY-----"),
        ("a key of a cloud", "AKIA" + "A1B2C3D4E5F6G7H8"),
        ("a token of a service", "ghp_" + "a1" * 18),
        ("a signed token", ".".join(["eyJ" + "a" * 20, "eyJ" + "b" * 20, "c" * 20])),
    ],
)
def test_each_sort_of_secret_is_found(what, text):
    assert SECRETS[what].search(f"key = '{text}'")


def test_every_exemption_from_the_tools_says_why():
    """`noqa` of a security rule and `nosec` name the rule, and say in words why it is right."""
    wrong = []
    for path in SOURCES:
        for number, row in enumerate(path.read_text().splitlines(), start=1):
            marks = re.findall(r"#\s*(?:noqa: S\d+|nosec\b(?: B\d+)?|noqa(?!:))", row)
            if marks and not re.search(r"(?:S|B)\d{3}\s+\S+ .{5,}$", row):
                wrong.append(f"{path.relative_to(ROOT)}:{number}")
    assert not wrong


def test_the_rules_read_all_of_the_product():
    assert len(SOURCES) > 150
    assert all(ast.parse(path.read_text()) for path in SOURCES)
