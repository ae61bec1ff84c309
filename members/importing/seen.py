"""Which keys have come up in a file, and in which row first: 25 to 50 bytes a row, whatever the keys."""

from array import array


class Seen:
    """A table of 64-bit hashes for `rows` keys. Two that share a hash are taken for one: among a million keys that
    happens to one file in thirty million."""

    def __init__(self, rows: int) -> None:
        size = 1 << max(4, (2 * rows).bit_length())
        self._mask = size - 1
        self._hashes = array("Q", [0]) * size
        self._rows = array("I", [0]) * size

    def claim(self, key: str, row: int) -> int:
        """The first row with this key; `row` itself if it is that."""
        at, wanted = self._find(key)
        if not self._hashes[at]:
            self._hashes[at], self._rows[at] = wanted, row
        return self._rows[at]

    def __contains__(self, key: str) -> bool:
        return bool(self._hashes[self._find(key)[0]])

    def _find(self, key: str) -> tuple[int, int]:
        wanted = (hash(key) & 0xFFFF_FFFF_FFFF_FFFF) or 1
        at = wanted & self._mask
        while (there := self._hashes[at]) and there != wanted:
            at = (at + 1) & self._mask
        return at, wanted
