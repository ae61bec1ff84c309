"""Files as people, programs and those who mean harm would bring them: a sound list, and what was done to it."""

import random
from collections.abc import Callable

ENCODINGS = [
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "cp1252",
    "latin-1",
    "utf-32",
    "shift_jis",
    "utf-7",
]
SEPARATORS = [",", ";", "\t", "|", ":", "  ", ",;", "\x1f"]
QUOTES = ['"', "'", "“", "`", ""]
LINE_ENDS = ["\n", "\r\n", "\r", "\n\n", "\u2028", "\x0b"]
HEADERS = [
    *(3 * [["name", "email", "birthday", "notes", "tags"]]),
    ["Prénom", "E-Mail", "Geburtstag", "", "Name"],
    ["name", "name", "name"],
    ["שם", "الاسم", "名前"],
    ["=1+1", "email\0", "<b>"],
]
CELLS = [
    "Maya Okafor",
    "maya@example.org",
    "1990-05-31",
    "29/02/1900",
    "",
    " ",
    '=HYPERLINK("//e.example";"x")',
    "+1+1|' /C calc'!A0",
    "@SUM(1)",
    "-2+3",
    "\t=1",
    "＝1+1",
    "نورا الفاسي",
    "דנה \u202eלוי",
    "two\nlines",
    'a "quoted" word',
    "a; b, c",
    "x" * 5_000,
    "🙂" * 40,
    "<script>alert(1)</script>",
    "{{ 7*7 }}",
    "null",
    "99999999999999999999",
    "1e400",
    "\ufeff",
    "\x07\x1b[31m",
]


def mutant(chance: random.Random) -> bytes:
    """One file: how it is written varies, and up to three things are done to its bytes."""
    separator, quote, end = (chance.choice(choices) for choices in (SEPARATORS, QUOTES, LINE_ENDS))
    header = chance.choice(HEADERS)
    rows = [
        [chance.choice(CELLS) for _cell in range(_width(chance, len(header)))] for _row in range(chance.randrange(9))
    ]
    text = end.join(separator.join(_quoted(cell, quote, chance) for cell in row) for row in [header, *rows])
    content = text.encode(chance.choice(ENCODINGS), errors="replace")
    for _time in range(chance.randrange(4)):
        content = chance.choice(DONE_TO_IT)(content, chance)
    return content


def _width(chance: random.Random, usual: int) -> int:
    return usual if chance.random() < 0.7 else chance.randrange(2 * usual)


def _quoted(cell: str, quote: str, chance: random.Random) -> str:
    return f"{quote}{cell.replace(quote, quote * 2)}{quote}" if quote and chance.random() < 0.6 else cell


def _place(content: bytes, chance: random.Random) -> int:
    return chance.randrange(len(content) + 1)


def _put(what: bytes) -> Callable[[bytes, random.Random], bytes]:
    def put(content: bytes, chance: random.Random) -> bytes:
        at = _place(content, chance)
        return content[:at] + what + content[at:]

    return put


def _cut(content: bytes, chance: random.Random) -> bytes:
    return content[: _place(content, chance)]


def _behead(content: bytes, chance: random.Random) -> bytes:
    return content[_place(content, chance) :]


def _flip(content: bytes, chance: random.Random) -> bytes:
    flipped = bytearray(content)
    for _bit in range(8 if content else 0):
        flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
    return bytes(flipped)


def _again(content: bytes, chance: random.Random) -> bytes:
    return content + content[_place(content, chance) :] * chance.randrange(40)


DONE_TO_IT: list[Callable[[bytes, random.Random], bytes]] = [
    _cut,
    _behead,
    _flip,
    _again,
    _put(b"\0"),
    _put(b'"'),
    _put(b"\xff\xfe"),
    _put(b"\xef\xbb\xbf"),
    _put(b"\xed\xa0\x80\xf8\x88\x80\x80\x80"),
    _put(b"," * 3_000),
    _put(b"x" * 200_000),
    _put(b"\n" * 3_000),
    _put(b'""' * 3_000),
    lambda content, chance: b"PK\x03\x04" + content,
    lambda content, chance: b"sep=" + chance.choice([b";", b",", b'"', b"\n"]) + b"\r\n" + content,
    lambda content, chance: chance.randbytes(400),
]
