"""Finding members by name, preferred name, company and address while somebody types."""

import unicodedata
from functools import reduce
from operator import and_, or_
from uuid import UUID

from django.db import connection
from django.db.models import F, Q
from django.db.models.expressions import RawSQL

from care.lib.any_of import IsAnyOf
from care.lib.fold import fold
from members.models import Community
from members.querysets import MemberQuerySet

MAX_TEXT = 100
_MAX_WORDS = 8
# A trigram index knows nothing of less than three characters: those are looked for at the beginning of the name.
_TRIGRAM = 3
_LAST_CHARACTER = "\U0010ffff"
# From so many on, to read the list of those found takes longer than to look at members one by one.
_COMMON = 5_000
_FTS5 = """SELECT member_id FROM member_search_row
    WHERE id IN (SELECT rowid FROM member_search WHERE member_search MATCH %s)"""
_OF_ONE = "SELECT 1 FROM members_member WHERE community_id = %s AND id IN"
_FTS5_FIRST = "SELECT 1 FROM member_search WHERE member_search MATCH %s"


def search(members: MemberQuerySet, text: str, *, by_email: bool = True, of: Community | None = None) -> MemberQuerySet:
    """Those of `members` in whom each word of `text` is found; all of them for an empty text.

    Words are folded: "tomas" finds Tomás. A word of three characters or more may stand anywhere in name, preferred
    name, company or, with `by_email`, the address; when all are shorter, the name must begin with one of them. For the
    first of them in order, say whose members they are (`of`): a common word is found faster then.
    """
    return members.filter(condition(text, by_email=by_email, of=of))


def condition(text: str, *, by_email: bool = True, of: Community | None = None) -> Q:
    """The same as a condition on members, of this community where it is known: what is common there is found faster."""
    typed = text[:MAX_TEXT].replace("\0", " ").split()[:_MAX_WORDS]
    words = [(folded, _as_in_address(word)) for word in typed if (folded := fold(word))]
    if not words:
        return Q(pk__in=[]) if text.strip() else Q()
    long = [word for word in words if len(word[0]) >= _TRIGRAM]
    short = [folded for folded, _address in words if len(folded) < _TRIGRAM]
    if long:
        return _containing(long, short, by_email=by_email, of=of)
    begins = reduce(or_, [beginning_with(word) for word in short])
    return begins if len(short) == 1 else reduce(and_, [Q(name_key__contains=word) for word in short], begins)


def beginning_with(folded: str) -> Q:
    """Names that begin so, as a range that a B-tree serves on every database."""
    return Q(name_key__gte=folded, name_key__lt=folded + _LAST_CHARACTER)


def best(text: str) -> Q | None:
    """Whom of those found one expects first: names that begin with what was typed. None when that says nothing."""
    folded = fold(text[:MAX_TEXT])
    return beginning_with(folded) if folded else None


def containing(folded: str, *, of: Community) -> Q:
    """Names or companies of a community that contain a folded text, by index where it is long enough."""
    if len(folded) < _TRIGRAM:
        return Q(name_key__contains=folded)
    return _containing([(folded, "")], [], by_email=False, of=of)


def _containing(words: list[tuple[str, str]], short: list[str], *, by_email: bool, of: Community | None) -> Q:
    """Members in whose keys each word stands, by the index that lies beside their table (`members.search_index`)."""
    if connection.vendor == "sqlite":
        match = _match(words, by_email=by_email)
        if _is_common(_FTS5_FIRST, match):
            return _standing_in(words, short, by_email=by_email)
        found = Q(pk__in=RawSQL(_FTS5, [match]))  # noqa: S611 # nosec B611  what was typed is in the parameters alone
        return reduce(and_, [Q(name_key__contains=word) for word in short], found)
    sql, params = _in_trigrams(words, short, by_email=by_email)
    if of and _is_common(sql, *params) and (_is_alone(of) or _is_common(f"{_OF_ONE} ({sql})", of.pk, *params)):
        return _standing_in(words, short, by_email=by_email)
    return Q(IsAnyOf(F("pk"), RawSQL(f"ARRAY({sql})", params)))  # noqa: S611 # nosec B611  the same


def _standing_in(words: list[tuple[str, str]], short: list[str], *, by_email: bool) -> Q:
    """The same without the index, for words that so many have that a page is full before it would be read."""
    found = reduce(and_, [Q(name_key__contains=word) for word in short], Q())
    for name, address in words:
        found &= Q(name_key__contains=name) | (Q(email_key__contains=address) if by_email and address else Q(pk__in=[]))
    return found


def _is_alone(community: Community) -> bool:
    """Whether what is common is common there."""
    return not Community.objects.exclude(pk=community.pk).exists()


def _is_common(sql: str, *params: str | UUID) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM ({sql} LIMIT {_COMMON}) AS found", params)  # noqa: S608 # nosec B608  ours
        return bool(cursor.fetchone()[0] == _COMMON)


def _in_trigrams(words: list[tuple[str, str]], short: list[str], *, by_email: bool) -> tuple[str, list[str]]:
    conditions, params = [], []
    for name, address in words:
        conditions.append("(name_key LIKE %s OR email_key LIKE %s)" if by_email and address else "name_key LIKE %s")
        params += [_pattern(name), _pattern(address)] if by_email and address else [_pattern(name)]
    conditions += ["name_key LIKE %s"] * len(short)
    params += [_pattern(word) for word in short]
    return f"SELECT member_id FROM member_search WHERE {' AND '.join(conditions)}", params  # noqa: S608 # nosec B608  as above


def _match(words: list[tuple[str, str]], *, by_email: bool) -> str:
    """What FTS5 is asked for: each word in one of the columns."""
    parts = []
    for name, address in words:
        part = f"name_key : {_quoted(name)}"
        if by_email and len(address) >= _TRIGRAM:
            part += f" OR email_key : {_quoted(address)}"
        parts.append(f"({part})")
    return " AND ".join(parts)


def _pattern(word: str) -> str:
    return "%" + connection.ops.prep_for_like_query(word) + "%"


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


def _as_in_address(word: str) -> str:
    """A word as it would stand in `Member.email_key`, which keeps its accents."""
    return unicodedata.normalize("NFKC", word.casefold())
