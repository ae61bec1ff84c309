"""The kinds of attention: one file each, found by themselves.

A new kind is a module in a `kinds/` package that registers a subclass of `Kind`; no other file changes
(docs/adding-an-attention.md).
"""

from attentions.kinds.base import (
    Candidate,
    Kind,
    Nature,
    Occurrence,
    Words,
    discover,
    kind_of,
    kinds,
    register,
    unregister,
)

__all__ = [
    "Candidate",
    "Kind",
    "Nature",
    "Occurrence",
    "Words",
    "discover",
    "kind_of",
    "kinds",
    "register",
    "unregister",
]
