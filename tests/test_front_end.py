"""What holds for every template: it compiles, it stays within the content security policy, its icons exist."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

pytestmark = pytest.mark.once

TEMPLATES = settings.BASE_DIR / "templates"
ALL = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
SPRITE = (settings.BASE_DIR / "static/vendor/lucide/sprite.svg").read_text()
ICONS = re.findall(r'<symbol id="([^"]+)"', SPRITE)

FORBIDDEN = {
    "an inline style": r"""<[^>]*\sstyle\s*=""",
    "an inline script": r"""<script(?![^>]*\b(?:src=|type="application/json"))[^>]*>""",
    "an event attribute": r"""<[^>]*\s(?:on[a-z]+|hx-on[^\s=]*)\s*=""",
    "evaluated values": r"""hx-(?:vals|headers)=["']js:""",
    "another origin": r"""<(?:script|link|img|iframe)[^>]*(?:src|href)=["'](?:https?:)?//""",
}


@pytest.mark.parametrize("name", ALL)
def test_every_template_compiles(name: str) -> None:
    get_template(name)


@pytest.mark.parametrize("name", ALL)
def test_no_template_asks_for_what_the_policy_refuses(name: str) -> None:
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", (TEMPLATES / name).read_text(), flags=re.DOTALL)
    assert [what for what, pattern in FORBIDDEN.items() if re.search(pattern, text)] == []


@pytest.mark.parametrize("name", ALL)
def test_every_icon_of_a_template_is_in_the_sprite(name: str) -> None:
    used = re.findall(r'components/icon\.html" with name="([^"]+)"', (TEMPLATES / name).read_text())
    used += re.findall(r'name=[\w.]+\|default:"([^"]+)"', (TEMPLATES / name).read_text())
    assert set(used) - set(ICONS) == set()


def test_every_icon_named_in_code_is_in_the_sprite() -> None:
    used: set[str] = set()
    for package in ("care", "attentions", "outbox", "members"):
        for path in (settings.BASE_DIR / package).rglob("*.py"):
            used.update(re.findall(r'\bicon(?:: [\w\[\]]+)?\s?=\s?"([a-z0-9-]+)"', path.read_text()))
    assert used - set(ICONS) == set()


def test_the_sprite_names_each_icon_once_in_order() -> None:
    assert sorted(set(ICONS)) == ICONS


@pytest.mark.parametrize("name", ["400.html", "403.html", "403_csrf.html", "404.html", "405.html", "500.html"])
def test_an_error_page_needs_no_request_and_no_database(name: str) -> None:
    page = get_template(name).render({})
    assert "<h1>" in page
    assert 'href="/static/css/care.css"' in page


def test_what_is_vendored_says_its_version_and_its_licence() -> None:
    for folder in (settings.BASE_DIR / "static/vendor").iterdir():
        assert "Version:" in (folder / "README.md").read_text(), folder.name
        assert (folder / "LICENSE").exists(), folder.name


def test_style_sheets_stay_in_their_layers() -> None:
    for sheet in Path(settings.BASE_DIR / "static/css").glob("*.css"):
        text = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)
        outside = re.sub(r"@font-face\s*\{[^}]*\}|@layer [\w, ]+;", "", text)
        depth, top = 0, ""
        for char in outside:
            depth += (char == "{") - (char == "}")
            top += char if depth == 0 else ""
        assert re.sub(r"@layer \w+ ?|[\s}]", "", top) == "", sheet.name
        assert "http" not in text.replace("http://www.w3.org/2000/svg", ""), sheet.name
