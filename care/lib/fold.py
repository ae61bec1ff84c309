"""Text folded for finding: what a person types without accents or capitals still finds the name."""

import unicodedata

# Letters that Unicode does not take apart into a plain one and a mark.
_PLAIN = str.maketrans(
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
        apart = unicodedata.normalize("NFKD", folded.casefold()).translate(_PLAIN)
        kept = "".join(char for char in apart if unicodedata.combining(char) <= _LETTER_PARTS)
        folded = " ".join(unicodedata.normalize("NFKC", kept).split())
        if folded.isascii():  # as most are by now
            return folded.lower()
        if folded == before:
            break
    return folded
