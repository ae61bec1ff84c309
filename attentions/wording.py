"""The words of a note: text with placeholders such as `{first_name}` or `{age|another year}`.

A language of our own with an allow-list, never Django's engine: what a builder writes can reach the listed words and
nothing else. After the bar stands the fallback, required wherever a member may lack the value, so that no note ever
says "Dear ,". Two placeholders stand alone on a line: `{personal_line}` and `{belated}`; their paragraph disappears
when they are empty. Checked when saved, so that rendering cannot fail.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from care.lib.addresses import has_controls

PLACEHOLDERS: Mapping[str, str | Promise] = {
    "first_name": gettext_lazy("the name they like, else the first word of their name"),
    "name": gettext_lazy("their whole name"),
    "pronouns": gettext_lazy("their pronouns"),
    "company": gettext_lazy("their company"),
    "country": gettext_lazy("their country"),
    "community": gettext_lazy("the name of the community"),
    "sender": gettext_lazy("who signs"),
    "day": gettext_lazy("the day, such as 4 May"),
}
OPTIONAL = frozenset({"pronouns", "company", "country"})
SLOTS: Mapping[str, str | Promise] = {
    "personal_line": gettext_lazy("the line you add for this one person"),
    "belated": gettext_lazy("the sentence for a note that goes out late"),
}
MAX_SUBJECT = 150
MAX_BODY = 5_000

_token = re.compile(r"\{([^{}]*)\}")
_leftover = re.compile(r"\*\||\|\*|\[(?:FIRST|LAST|NAME)\b|<<|>>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Blank:
    """A placeholder and what stands there when its value is empty."""

    name: str
    fallback: str


Compiled = tuple[str | Blank, ...]


def parse(text: str, *, allowed: Iterable[str], optional: Iterable[str] = ()) -> Compiled:
    """Read a text with placeholders; raises ValidationError that names what is wrong and what to do."""
    allowed, optional = set(allowed), set(optional)
    parts: list[str | Blank] = []
    end = 0
    for match in _token.finditer(text):
        parts += [_plain(text[end : match.start()]), _blank(match[1], allowed=allowed, optional=optional)]
        end = match.end()
    return (*parts, _plain(text[end:]))


def _plain(text: str) -> str:
    if "{" in text or "}" in text:
        raise ValidationError(
            _("A curly bracket stands alone. Placeholders look like {example}."), params={}, code="bracket"
        )
    if _leftover.search(text):
        raise ValidationError(
            _("This looks like a placeholder of another program. Here they look like {first_name}."), code="foreign"
        )
    return text


def _blank(inside: str, *, allowed: set[str], optional: set[str]) -> Blank:
    name, bar, fallback = (part.strip() for part in inside.partition("|"))
    if name not in allowed:
        close = get_close_matches(name, sorted(allowed), n=1)
        hint = close[0] if close else "first_name"
        raise ValidationError(
            _("There is no placeholder {%(name)s}. Did you mean {%(hint)s}?") % {"name": name[:40], "hint": hint},
            code="unknown",
        )
    if name in optional and not fallback:
        raise ValidationError(
            _("Not everybody has a value for {%(name)s}: add what to say instead, such as {%(name)s|…}.")
            % {"name": name},
            code="fallback",
        )
    return Blank(name, fallback if bar else "")


def render(parts: Compiled, values: Mapping[str, str]) -> str:
    """Fill in the values; one that is missing or empty gives way to its fallback."""
    return "".join(part if isinstance(part, str) else values.get(part.name, "") or part.fallback for part in parts)


def check(
    *, subject: str, body: str, belated: str, extra: Iterable[str] = (), optional: Iterable[str] = ()
) -> dict[str, str]:
    """The errors of a wording by field, in words; empty when it can be saved.

    `extra` are the placeholders of the kind, `optional` those of them that a member may lack.
    """
    allowed = {*PLACEHOLDERS, *extra}
    maybe = {*OPTIONAL, *optional}
    fields = {
        "subject": (subject, allowed, MAX_SUBJECT),
        "body": (body, allowed | set(SLOTS), MAX_BODY),
        "belated": (belated, allowed, 300),
    }
    errors = {}
    for field, (text, names, longest) in fields.items():
        try:
            if len(text) > longest:
                raise ValidationError(_("At most %(max)d characters.") % {"max": longest})
            if has_controls(text, allow="\n\r\t" if field == "body" else ""):
                raise ValidationError(_("There is an invisible control character in this text."))
            parse(text, allowed=names, optional=maybe)
            if field != "belated" and not text.strip():
                raise ValidationError(_("Please write something here."))
        except ValidationError as error:
            errors[field] = " ".join(error.messages)
    return errors


def fill(
    *, subject: str, body: str, belated: str, values: Mapping[str, str], personal_line: str = "", is_late: bool = False
) -> tuple[str, str]:
    """The subject and the text of one note, from a wording that `check` has accepted.

    The personal line and, when late, the belated sentence stand at their slots, else after the first paragraph.
    """
    everything = {*PLACEHOLDERS, *SLOTS, *values}
    slots = {
        "belated": render(parse(belated, allowed=everything), values).strip() if is_late else "",
        "personal_line": personal_line.strip(),
    }
    body = _with_slots(body.replace("\r\n", "\n"), [name for name, text in slots.items() if text])
    text = render(parse(body, allowed=everything), {**values, **slots})
    paragraphs = [paragraph.strip() for paragraph in re.split(r"\n\s*\n", text)]
    title = render(parse(subject, allowed=everything), values)
    return " ".join(title.split()), "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _with_slots(body: str, needed: list[str]) -> str:
    """Give a body without a slot that is needed one after its first paragraph."""
    for slot in reversed(needed):
        if not any(match[1].partition("|")[0].strip() == slot for match in _token.finditer(body)):
            first, gap, rest = body.partition("\n\n")
            body = f"{first}\n\n{{{slot}}}{gap}{rest}"
    return body
