"""Finding the members that the people of a file are.

An address makes a person: the same key (`care.lib.addresses.email_key`) is the same member. Somebody without an address
is the member of the same name, capitals and accents aside, by these rules in turn:

1. without an address and with the same day of joining, or as unknown a one;
2. here before this import, and with the same day of joining;
3. here before this import, where the file or the record does not know the day of joining;
4. else they are new.

Where a rule finds several, it is one of whom the row says nothing new; else the row is rejected and asks for more. So a
file taken in twice makes nobody twice, and two people of one name stay two if anything tells them apart.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import reduce
from operator import or_
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

from care.lib.batches import batches
from care.lib.fold import fold
from members.importing.rows import Introducer, Person
from members.models import Community, Member
from members.querysets import MemberQuerySet

# SQLite refuses a condition with a thousand alternatives.
_NAMES_A_QUERY = 200
_MEMBERS_A_QUERY = 1000


def by_address(members: MemberQuerySet, keys: Iterable[str]) -> dict[str, Member]:
    """Those members by their key, in one query."""
    wanted = sorted(keys)
    if not wanted:
        return {}
    if connection.vendor == "postgresql":
        # Of a plain list it may believe, on a table that has just filled, that the trigram index of the search is the
        # way to look a thousand addresses up; of a table of them it never does.
        found = members.filter(email_key__in=RawSQL("SELECT unnest(%s::text[])", [wanted]))
    else:
        found = members.filter(email_key__in=wanted)
    return {str(member.email_key): member for member in found}


def by_name(members: MemberQuerySet, names: Iterable[str], *, lock: bool = False) -> dict[str, list[Member]]:
    """The members of each folded name, by the index on `name_key`, which begins with it.

    Names are read first and alone: "Ana" must not load, nor lock, everybody whose name begins so.
    """
    called: list[UUID] = []
    asked = {fold(name) for name in names} - {""}
    for some in batches(asked, _NAMES_A_QUERY):
        conditions = (Q(name_key__gte=name, name_key__lt=f"{name}!") for name in some)  # it, or it and a space
        rows = members.filter(reduce(or_, conditions)).values_list("pk", "name")
        called += [pk for pk, name in rows if fold(name) in asked]
    found: dict[str, list[Member]] = {}
    held = members.select_for_update() if lock else members
    for pks in batches(called, _MEMBERS_A_QUERY):
        for member in held.filter(pk__in=pks):
            if (name := fold(member.name)) in asked:
                found.setdefault(name, []).append(member)
    return found


def candidates(person: Person, namesakes: list[Member], *, began_at: datetime) -> list[Member]:
    """Whom a person without an address may be: the members that the first rule which finds any finds."""
    same_day = [member for member in namesakes if member.joined_on == person.joined_on]
    if without := [member for member in same_day if not member.email_key]:
        return without
    earlier = [member for member in namesakes if member.created_at < began_at]
    if person.joined_on and (known := [member for member in earlier if member.joined_on == person.joined_on]):
        return known
    return [member for member in earlier if not (person.joined_on and member.joined_on)]


def identity(person: Person) -> str:
    """What may come up once in a file."""
    return person.email_key or _nameless(person.name, str(person.joined_on or ""))


def identity_of(member: Member) -> str:
    """The same of a member on record."""
    return member.email_key or _nameless(member.name, str(member.joined_on or ""))


def _nameless(name: str, joined: str) -> str:
    return f"{fold(name)}\n{joined}"


def introducers(members: MemberQuerySet, wanted: Iterable[Introducer]) -> Callable[[Introducer], Member | None]:
    """Who is meant by each: the member of that address, or the only one of that name."""
    asked = set(wanted)
    addresses = by_address(members, {one.email_key for one in asked if one.email_key})
    names = by_name(members, {one.name for one in asked if one.name})

    def find(one: Introducer) -> Member | None:
        if one.email_key:
            return addresses.get(one.email_key)
        namesakes = names.get(fold(one.name), [])
        return namesakes[0] if len(namesakes) == 1 else None

    return find


def members_of(community: Community) -> MemberQuerySet:
    """Everybody a file may mean: the erased are nobody any more."""
    return Member.objects.of(community).kept()
