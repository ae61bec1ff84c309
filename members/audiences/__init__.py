"""The language of audiences: one filter over members, written as JSON, as the address of the member list, and in words.

    parse({"tags": ["Speaker"], "joined_after": "2026-03-01"})   a Filter, or FilterError
    describe(filter)                                             "tagged Speaker, joined after 1 March 2026"
    apply(filter, members, community=…, today=…, now=…)          those members

Each word of the language is one entry in `WORDS`: how it is read, what it asks of a member, how it is said. A package
above adds its own with `register` when it starts.
"""

from members.audiences import words as _words  # noqa: F401 - its words join the language
from members.audiences.language import (
    WORDS,
    Filter,
    FilterError,
    Known,
    Moment,
    Word,
    apply,
    condition,
    describe,
    from_query,
    known_of,
    parse,
    phrases,
    register,
)

__all__ = [
    "WORDS",
    "Filter",
    "FilterError",
    "Known",
    "Moment",
    "Word",
    "apply",
    "condition",
    "describe",
    "from_query",
    "known_of",
    "parse",
    "phrases",
    "register",
]
