"""The French catalogue: nothing missing, nothing left over, nothing broken; and the compiled file is of today.

What the code says is found here without any gettext tool, so that a string that was added and not translated fails
everywhere. `manage.py makemessages -l fr` brings the catalogue up to date, `manage.py compilemessages` compiles it.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.utils.translation import templatize

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "locale" / "fr" / "LC_MESSAGES"
PACKAGES = ("care", "members", "outbox", "attentions")
CATALOGUE = polib.pofile(str(FOLDER / "django.po"))

# A text as the code says it: context, text, plural. The last is empty where there is none.
Said = tuple[str, str, str]

# Which argument is what, for each function of gettext.
_ARGUMENTS = {
    "gettext": ("text",),
    "_": ("text",),
    "ngettext": ("text", "plural"),
    "pgettext": ("context", "text"),
    "npgettext": ("context", "text", "plural"),
}
_placeholder = re.compile(r"%\(\w+\)[-+ 0-9.]*[a-z]|%[-+ 0-9.]*[sd]|\{[^{}]*\}|</?\w+[^>]*>")
_narrow_space_missing = re.compile(r"(?<![\u202f\d])[;!?»]|(?<=[^\W\d])[ \u00a0]:|«(?!\u202f)|(?<=[^\W\d]):(?=[ \n]|$)")


def said(name: str, texts: list[str]) -> Said:
    found = dict(zip(_ARGUMENTS[name], texts, strict=False))
    return found.get("context", ""), found["text"], found.get("plural", "")


def said_in_python(source: str) -> Iterator[Said]:
    """Calls of what the module imported from Django's translations, where the text stands in the call."""
    tree = ast.parse(source)
    functions = {
        alias.asname or alias.name: re.sub(r"_(lazy|noop)$", "", alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            name = functions.get(node.func.id, "")
            texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            if name in _ARGUMENTS and texts:
                yield said(name, texts)


def said_in_a_template(source: str) -> Iterator[Said]:
    literal = r"u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    for call in re.finditer(rf"\b(n?p?gettext|_)\(({literal}(?:,\s*{literal})*)", templatize(source)):
        yield said(call[1], [ast.literal_eval(text.strip()) for text in re.findall(literal, call[2])])


def everything_said() -> dict[Said, str]:
    """Every text of the code, with a file it stands in."""
    found: dict[Said, str] = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                found |= dict.fromkeys(said_in_python(path.read_text()), str(path.relative_to(ROOT)))
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.suffix in {".html", ".txt"}:
            found |= dict.fromkeys(said_in_a_template(path.read_text()), str(path.relative_to(ROOT)))
    return found


def pairs() -> Iterator[tuple[str, str]]:
    """Every English text with its French one; of the plurals both."""
    for entry in CATALOGUE:
        if entry.msgid_plural:
            yield entry.msgid, entry.msgstr_plural[0]
            yield entry.msgid_plural, entry.msgstr_plural[1]
        else:
            yield entry.msgid, entry.msgstr


def test_the_code_says_nothing_that_is_not_in_the_catalogue():
    known = {(entry.msgctxt or "", entry.msgid, entry.msgid_plural or "") for entry in CATALOGUE}
    # One text may be said alone and in the plural; the catalogue then has one entry for both.
    alone = {(context, text, "") for context, text, _plural in known}
    missing = {text: path for text, path in everything_said().items() if text not in known | alone}
    assert not missing, f"Run `manage.py makemessages -l fr` and translate: {missing}"


def test_the_catalogue_holds_nothing_that_the_code_no_longer_says():
    now = {(context, text) for context, text, _plural in everything_said()}
    gone = [entry.msgid for entry in CATALOGUE if (entry.msgctxt or "", entry.msgid) not in now]
    assert not gone
    assert not CATALOGUE.obsolete_entries()


def test_every_text_is_translated_and_sure():
    assert [entry.msgid for entry in CATALOGUE.untranslated_entries()] == []
    assert [entry.msgid for entry in CATALOGUE.fuzzy_entries()] == []
    assert len(CATALOGUE) > 1000


def test_placeholders_are_the_same_on_both_sides():
    wrong = [
        (english, french)
        for english, french in pairs()
        if sorted(_placeholder.findall(without_examples(english)))
        != sorted(_placeholder.findall(without_examples(french)))
    ]
    assert not wrong


def without_examples(text: str) -> str:
    """A placeholder's fallback is words, and translated."""
    return re.sub(r"\|[^{}]*\}", "}", text)


def test_lines_and_spaces_at_the_ends_are_the_same():
    """Texts that are joined to others keep their spaces, letters their paragraphs."""
    wrong = [
        (english, french)
        for english, french in pairs()
        if (english[:1] == " ", english[-1:] == " ", english.count("\n"))
        != (french[:1] == " ", french[-1:] == " ", french.count("\n"))
    ]
    assert not wrong


def test_french_is_set_as_french():
    """Guillemets, the round apostrophe, a narrow space that does not break before ; : ! ? and inside « »."""
    wrong = [french for _english, french in pairs() if "'" in french or "“" in french or "·e" in french]
    wrong += [french for _english, french in pairs() if _narrow_space_missing.search(without_code(french))]
    assert not wrong


def without_code(text: str) -> str:
    return re.sub(r"<[^>]+>|\{[^{}]*\}|%\(\w+\)\w|https?://\S+|--map \S+", "x", text)


def test_the_compiled_catalogue_is_of_today():
    compiled = polib.mofile(str(FOLDER / "django.mo"))
    assert {told(entry) for entry in compiled} == {told(entry) for entry in CATALOGUE}


def told(entry: polib.MOEntry | polib.POEntry) -> tuple[str, str, str]:
    return entry.msgctxt or "", entry.msgid, repr(sorted(entry.msgstr_plural.items()) or entry.msgstr)


def test_the_finder_finds():
    source = (
        'from django.utils.translation import gettext as _, ngettext_lazy\n_("a" "b"); ngettext_lazy("c", "d", "n")'
    )
    assert set(said_in_python(source)) == {("", "ab", ""), ("", "c", "d")}
    page = '{% load i18n %}{% translate "a" context "b" %}{{ c|default:_("d") }}'
    page += "{% blocktranslate count n=n %}{{ n }} e{% plural %}{{ n }} f{% endblocktranslate %}"
    assert set(said_in_a_template(page)) == {("b", "a", ""), ("", "d", ""), ("", "%(n)s e", "%(n)s f")}
