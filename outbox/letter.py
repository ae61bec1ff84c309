"""The frame around the words of a letter: signature, why you got this, and the ways out."""

import re
from dataclasses import dataclass
from functools import lru_cache

import css_inline
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from members.models import Community, Member
from outbox import links
from outbox.categories import label

_PREHEADER = 100  # about as many characters as mail programs show beside the subject
_END = "-- "  # the line that mail programs know as the end of what a person wrote
_blank_line = re.compile(r"\n\s*\n")


def frame(
    *, text: str, member: Member, community: Community, why: str, category: str, language: str
) -> tuple[str, str]:
    """The text part and the HTML part of a letter whose words are `text` (plain, paragraphs parted by blank lines).

    `why` is a whole sentence in `language` that says why this person got it. Both parts say the same.
    """
    text = text.replace("\r\n", "\n").strip()
    with override(language):
        ways_out = {
            "preferences_url": links.preferences_url(member.pk),
            "unsubscribe_url": links.unsubscribe_url(member.pk, category),
            "stop": _("No more of these: %(category)s") % {"category": label(category)},
        }
        parts = [text, signature(community), _foot(why, ways_out)]
        paragraphs = [paragraph.split("\n") for paragraph in _blank_line.split(text)]
        html = render_to_string(
            "outbox/letter.html",
            {
                "language": language,
                "community": community,
                "paragraphs": paragraphs,
                "preheader": preheader(text),
                "why": why,
                **ways_out,
            },
        )
    return "\n\n".join(parts) + "\n", _inliner().inline(html)


def sender(person: str, *, community: Community | None, language: str) -> str:
    """The name a letter comes from: the person, beside the community whose mail it is."""
    if community is None:
        return person
    if not person or person == community.name:
        return community.name
    with override(language):
        return _("%(person)s (via %(community)s)") % {"person": person, "community": community.name}


def preheader(text: str) -> str:
    """What mail programs show beside the subject: the first words after the salutation, whole ones."""
    paragraphs = [" ".join(paragraph.split()) for paragraph in _blank_line.split(text.strip())]
    words = next((paragraph for paragraph in paragraphs[1:] if len(paragraph) > 20), " ".join(paragraphs))
    return words if len(words) <= _PREHEADER else words[:_PREHEADER].rsplit(" ", 1)[0] + "…"


@dataclass(frozen=True, slots=True)
class Parts:
    """A letter without its links: what was written, and why it was sent."""

    text: str
    foot: str


def parts_of(text: str) -> Parts:
    """The parts of the text of a framed letter as the team may read it: the links are for the member alone."""
    written, _line, foot = text.partition(f"\n{_END}\n")
    return Parts(written.rstrip(), foot.split("\n", 1)[0])


def signature(community: Community) -> str:
    """What stands under the words of every letter."""
    return "\n".join(line for line in (community.sender_name, community.name) if line)


def _foot(why: str, ways_out: dict[str, str]) -> str:
    lines = [
        _END,
        why,
        _("Choose what you get: %(url)s") % {"url": ways_out["preferences_url"]},
        _("%(name)s: %(words)s") % {"name": ways_out["stop"], "words": ways_out["unsubscribe_url"]},
    ]
    return "\n".join(lines)


@lru_cache(maxsize=1)
def _inliner() -> css_inline.CSSInliner:
    """Mail programs drop style sheets, so styles go into the elements; what depends on the screen must stay."""
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False, minify_css=True)
