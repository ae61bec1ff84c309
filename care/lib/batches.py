"""Items in pieces."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """The items in lists of `size`, the last of which may be shorter; none is empty."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
