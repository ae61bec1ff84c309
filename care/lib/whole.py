"""Whole numbers as they stand in an address."""


def whole(text: str, *, most: int) -> int:
    """The number written there in the digits 0 to 9, no more than `most`; 0 for all else, and for more than eight."""
    return min(int(text), most) if text.isascii() and text.isdecimal() and len(text) < 9 else 0
