"""S8: whatever words a builder saves, every note made of them can be read."""

import random
import re

import pytest

from attentions import wording
from attentions.wording import OPTIONAL, PLACEHOLDERS, SLOTS

pytestmark = pytest.mark.once

KIND = ("age", "years")
ALWAYS = {name: f"the {name.replace('_', ' ')}" for name in (*PLACEHOLDERS, *KIND) if name not in {*OPTIONAL, *KIND}}
PIECES = (
    *("Dear ", "Hi ", ", ", "\n\n", "\n", "\r\n", " ", "all the best", "<3 & more", "été", "مرحبا", "🎂", "None", "%s"),
    *("{{", "}}", "{", "}", "|", "{%", "%}", "*|FNAME|*", "[FIRST]", "<<", "{ }", "{|}", "{x", "\x07", "{first_name"),
    *("{0}", "{first_name.__class__}", "{first_name!r}", "{first_name:>10}", "{nope|x}", "{}"),
)


def some_words(chance: random.Random, slots: bool) -> str:
    """Words with placeholders: mostly right ones, with now and then what no wording may hold."""
    names = [*PLACEHOLDERS, *KIND, *(SLOTS if slots else ())]
    parts = []
    for _part in range(chance.randrange(0, 9)):
        kind = chance.random()
        if kind < 0.45:
            name = chance.choice(names)
            fallback = chance.choice(["", "|friend", "| dear friend ", "||", "|"]) if chance.random() < 0.5 else ""
            if (name in {*OPTIONAL, *KIND} or chance.random() < 0.3) and not fallback:
                fallback = chance.choice(["|dear friend", "|somewhere"])
            parts.append("{" + chance.choice(["", " "]) + name + fallback + "}")
        elif kind < 0.92:
            parts.append(chance.choice(PIECES[:14]))
        else:
            parts.append(chance.choice(PIECES))
    return "".join(parts)


def people(chance: random.Random) -> list[dict[str, str]]:
    """Somebody of whom all is known, and some of whom only that is which is always known."""
    maybe = {name: f"their {name}" for name in (*OPTIONAL, *KIND)}
    some = {name: value if chance.random() < 0.5 else "" for name, value in maybe.items()}
    return [ALWAYS | maybe, ALWAYS | dict.fromkeys(maybe, ""), ALWAYS | some]


@pytest.mark.proves(
    "S8",
    "Generated wordings, saved and filled in",
    goal="once saved, no note raises, no bracket is left, no None that nobody typed, no greeting without a name",
)
def test_what_could_be_saved_can_be_read(line):
    number, saved, refused, notes = line.size("wordings saved", fast=500, long=5_000), 0, 0, 0
    unreadable = []
    while saved < number:
        words = {
            "subject": "Hello " + some_words(line.chance, False),
            "body": "Dear {first_name},\n\n" + some_words(line.chance, True),
            "belated": some_words(line.chance, False),
        }
        if wording.check(**words, extra=KIND, optional=KIND):
            refused += 1
            continue
        saved += 1
        typed_none = any("None" in text for text in words.values())
        for values in people(line.chance):
            for personal_line, is_late in (("", False), ("You {were} missed.", True), ("", True)):
                subject, text = wording.fill(**words, values=values, personal_line=personal_line, is_late=is_late)
                notes += 1
                told = f"{subject}\n{text}".replace(personal_line, "") if personal_line else f"{subject}\n{text}"
                is_filled = not re.search(r"[{}]", told) and (typed_none or "None" not in told)
                is_addressed = text.startswith("Dear the first name,")
                if not (is_filled and is_addressed and subject.strip() and "\n" not in subject):
                    unreadable.append(words)
    line.figures |= {"refused when saved": refused, "notes read": notes, "unreadable": len(unreadable)}
    assert unreadable == []
    assert refused, "words that no wording may hold were tried too"
