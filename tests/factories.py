"""Plain factories with honest defaults: a test states only what matters to it."""

from datetime import date
from itertools import count
from typing import Any

from care.lib.addresses import email_key
from members.facts import name_key
from members.models import Community, Member, TeamMember, User

_numbers = count(1)


def a_community(**fields: Any) -> Community:
    number = next(_numbers)
    defaults = {"slug": f"community-{number}", "name": f"Community {number}", "time_zone": "Europe/Paris"}
    return Community.objects.create(**{**defaults, **fields})


def a_user(**fields: Any) -> User:
    number = next(_numbers)
    return User.objects.create_user(**{"email": f"person{number}@example.org", "name": f"Person {number}", **fields})


def a_builder(community: Community, *, role: str = "builder", **fields: Any) -> User:
    user = a_user(**fields)
    TeamMember.objects.create(community=community, user=user, role=role)
    return user


def a_member(community: Community, **fields: Any) -> Member:
    """A member in good standing who has been known for long."""
    number = next(_numbers)
    values = {
        "name": f"Member {number}",
        "email": f"member{number}@example.org",
        "joined_on": date(2020, 5, 4),
        "known_from": date(2020, 5, 4),
        **fields,
    }
    values["email_key"] = email_key(values["email"]) if values["email"] else None
    values["name_key"] = name_key(values["name"], values.get("preferred_name", ""), values.get("company", ""))
    return Member.objects.create(community=community, **values)
