"""Text folded for finding: what a person types without accents or capitals still finds the name."""

import sys
import unicodedata
from functools import cache

# Letters that Unicode does not take apart into a plain one and a mark.
_PLAIN: dict[int, str | None] = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "’": "'"}
    | dict.fromkeys("\u200c\u200d\u00ad")
)
# Combining classes up to 9 are parts of letters (nukta, virama, the voicing of kana); marks above them are accents.
_LETTER_PARTS = 9


def fold(text: str) -> str:
    """The text without capitals, accents and doubled spaces: "  Tomás  ŁUKASZ" becomes "tomas lukasz".

    Folding a folded text changes nothing.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    folded = text
    for _again in range(3):  # taking a mark away may free a letter that folds once more
        before = folded
        plain = unicodedata.normalize("NFKD", folded.casefold()).translate(_without_accents())
        folded = " ".join(unicodedata.normalize("NFKC", plain).split())
        if folded.isascii():  # as most are by now
            return folded.lower()
        if folded == before:
            break
    return folded


@cache
def _without_accents() -> dict[int, str | None]:
    """For `str.translate`: plain letters, and nothing for an accent. Each character is looked at once."""
    accents = (code for code in range(sys.maxunicode + 1) if unicodedata.combining(chr(code)) > _LETTER_PARTS)
    return {**_PLAIN, **dict.fromkeys(accents)}
