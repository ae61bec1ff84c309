"""Who tries the doors, and what stands behind them: one registry of the objects that routes are about.

A new route joins `tests/strangers/test_access.py` by itself. When its path has a keyword nobody knows yet, add how to
make such an object to `OBJECTS`; when it needs more than an empty form to say yes, add what is posted to `POSTED`.
Whom it is for is written into `tests/strangers/who_may.txt`.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern

from attentions.models import Attention
from attentions.services.rituals import ritual_for, save_wording
from care.checks import is_library, policy_of, routes
from members import tokens
from members.access import Policy
from members.models import (
    Audience,
    Community,
    CustomField,
    ImportPreset,
    Invitation,
    Member,
    MemberImport,
    MemberTag,
    Note,
    Tag,
    User,
)
from members.services.team import GOOD_FOR
from members.tokens import new_token
from outbox import links
from outbox.models import Message
from tests.accounts.signing_in import just_confirmed, own_device
from tests.factories import a_builder, a_community, a_member, a_user
from tests.importing.files import checked

TEAM = ("greeter", "builder", "owner")
STRANGERS = ("outsider", "member", "former builder", "owner elsewhere", "staff")
EVERYBODY = ("anonymous", *STRANGERS, *TEAM)


@dataclass
class World:
    """One community with its people, and whatever object a route asks for."""

    community: Community = field(default_factory=a_community)
    made: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def owner(self) -> User:
        return a_builder(self.community, role="owner")

    @cached_property
    def own_member(self) -> Member:
        """The member who is signed in as `member`."""
        return a_member(self.community)

    def value(self, route: "Route", keyword: str) -> Any:
        """What to put for a keyword of a route; always the same object in one world."""
        make = ROUTE_OBJECTS.get(f"{route.name} {keyword}") or OBJECTS.get(keyword)
        if make is None:
            raise AssertionError(f"/{route.path}: nobody can make a “{keyword}”. Add it to OBJECTS in tests/doors.py.")
        if (key := f"{route.policy.who} {make.__name__}") not in self.made:
            self.made[key] = self.own_member if (route.policy.who, keyword) == ("own", "member") else make(self)
        return self.made[key]

    def furnish(self, routes: Iterable["Route"]) -> None:
        """Make whatever these routes are about."""
        for route in routes:
            route.url(self)


@dataclass(frozen=True)
class Route:
    """A route of ours: its name, its path as declared, and whom it is for."""

    name: str
    path: str
    pattern: URLPattern
    policy: Policy

    @property
    def keywords(self) -> list[str]:
        return list(self.pattern.pattern.converters)

    @property
    def objects(self) -> list[str]:
        """The keywords that name a row of one community."""
        return [keyword for keyword in self.keywords if keyword != "community" and keyword not in NO_ROWS]

    def url(self, world: World, **other: Any) -> str:
        """Its address in a world; `other` puts something else for a keyword."""
        url = f"/{self.path}"
        for keyword in self.keywords:
            value = other[keyword] if keyword in other else world.value(self, keyword)
            converter = self.pattern.pattern.converters[keyword]
            start = url.index("<")
            url = url[:start] + str(converter.to_url(value)) + url[url.index(">") + 1 :]
        return url + (QUERY[self.name](world) if self.name in QUERY else "")


def our_routes() -> Iterator[Route]:
    """Every route of ours that says whom it is for."""
    for path, pattern in routes():
        policy = policy_of(pattern)
        if policy is not None and not is_library(pattern):
            yield Route(f"{pattern.callback.__module__}.{pattern.name}", path, pattern, policy)


def people(world: World, elsewhere: World) -> dict[str, Client]:
    """Somebody of each sort, signed in, with their password given again a moment ago."""
    former = a_builder(world.community)
    world.community.team.get(user=former).delete()
    users = {
        "outsider": a_user(),
        "former builder": former,
        "owner elsewhere": elsewhere.owner,
        "staff": a_user(is_staff=True, is_superuser=True),
        "greeter": a_builder(world.community, role="greeter"),
        "builder": a_builder(world.community),
        "owner": world.owner,
    }
    clients = {name: Client() for name in EVERYBODY}
    for name, user in users.items():
        just_confirmed(clients[name], user)
    own_device(clients["member"], a_user(email=world.own_member.email, password=None))
    return clients


@contextmanager
def undone(client: Client) -> Iterator[None]:
    """Whatever happens inside has not happened after it: neither in the database nor in the cookies."""
    cookies = dict(client.cookies)
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    client.cookies.clear()
    client.cookies.update(cookies)


# --- what stands behind the doors


def _community(world: World) -> str:
    return world.community.slug


def _member(world: World) -> Any:
    return a_member(world.community).pk


def _the_member(world: World) -> Any:
    """The member whom the team's pages are about."""
    if "team _member" not in world.made:
        world.made["team _member"] = _member(world)
    return world.made["team _member"]


def _note(world: World) -> Any:
    member = Member.objects.get(pk=_the_member(world))
    author = world.owner
    return Note.objects.create(
        community=world.community, member=member, author=author, text="Likes rye", created_at=datetime.now(UTC)
    ).pk


def _tag(world: World) -> Any:
    tag, _made = Tag.objects.get_or_create(community=world.community, key="baker", defaults={"name": "Baker"})
    MemberTag.objects.get_or_create(community=world.community, member_id=_the_member(world), tag=tag)
    return tag.pk


def _custom_field(world: World) -> Any:
    return CustomField.objects.create(community=world.community, key="shirt", label="T-shirt size").pk


def _audience(world: World) -> Any:
    return Audience.objects.create(community=world.community, name="Everybody").pk


def _team_member(world: World) -> Any:
    return world.community.team.get(user=a_builder(world.community)).pk


def _invitation(world: World) -> Any:
    return _open_invitation(world)[0].pk


def _invitation_token(world: World) -> str:
    return _open_invitation(world)[1]


def _open_invitation(world: World) -> tuple[Invitation, str]:
    token, token_sha256 = new_token()
    email = f"{uuid4().hex}@example.org"
    values = {"email": email, "email_key": email, "role": "builder", "token_sha256": token_sha256}
    expires_at = datetime.now(UTC) + GOOD_FOR
    return Invitation.objects.create(community=world.community, expires_at=expires_at, **values), token


def _message(world: World, **fields: Any) -> Any:
    now = datetime.now(UTC)
    values = {
        "message_class": "greeting",
        "state": "unknown",
        "due_at": now,
        "ready_at": now,
        "expires_at": now + timedelta(days=3),
        "created_at": now,
        "message_id": f"<{uuid4()}@test>",
        "subject": "Happy birthday",
        "text": "Have a good one",
    }
    member = a_member(world.community)
    return Message.objects.create(community=world.community, member=member, **{**values, **fields}).pk


def _attention(world: World) -> Any:
    now = datetime.now(UTC)
    return Attention.objects.create(
        community=world.community,
        member=a_member(world.community),
        ritual=ritual_for(world.community, "birthday"),
        kind="birthday",
        cycle=f"birthday:{date.today().year}",  # noqa: DTZ011
        due_on=now.date(),
        due_at=now,
        expires_at=now + timedelta(days=3),
        created_at=now,
        proposed_at=now,
    ).pk


def _import(world: World) -> Any:
    return MemberImport.objects.create(
        community=world.community,
        filename="members.csv",
        content=b"name,email\nMaya,maya@example.org\n",
        created_at=datetime.now(UTC),
    ).pk


def _checked_import(world: World) -> Any:
    """A file whose rows were looked at; one of them has no name, and cannot be taken in."""
    text = "name,email\nMaya,maya@example.org\n,ben@example.org\n"
    return checked(world.community, world.owner, text, now=datetime.now(UTC)).pk


def _done_import(world: World) -> Any:
    imported = _checked_import(world)
    MemberImport.objects.filter(pk=imported).update(state="done")
    return imported


def _preset(world: World) -> Any:
    return ImportPreset.objects.create(community=world.community, name="Our list", mapping={}).pk


def _kind(world: World) -> str:
    return ritual_for(world.community, "birthday").kind


def _language(world: World) -> str:
    return "en"


def _variant(world: World) -> int:
    return 1


def _second_variant(world: World) -> int:
    """The last wording of a language stays; of two, one may go."""
    ritual, words = ritual_for(world.community, "birthday"), POSTED["attentions.views.wordings.wording"]
    return save_wording(ritual, by=None, language=_language(world), variant=2, **words).variant


def _batch(world: World) -> Any:
    return uuid4()


def _letter_in_the_mailbox(world: World) -> str:
    return "1"


def _preferences_token(world: World) -> str:
    return tokens.sign("preferences", world.own_member.pk)


def _unsubscribe_token(world: World) -> str:
    return links.unsubscribe_url(world.own_member.pk, "birthday").rstrip("/").rpartition("/")[2]


# Keywords that name no row: a word, a number, or an identifier made up by the request before.
NO_ROWS = {"kind", "language", "variant", "batch", "token", "key"}
OBJECTS: dict[str, Callable[[World], Any]] = {
    "community": _community,
    "member": _member,
    "note": _note,
    "tag": _tag,
    "field": _custom_field,
    "audience": _audience,
    "team_member": _team_member,
    "invitation": _invitation,
    "message": _message,
    "attention": _attention,
    "imported": _import,
    "preset": _preset,
    "kind": _kind,
    "language": _language,
    "variant": _variant,
    "batch": _batch,
    "key": _letter_in_the_mailbox,
}
# Keywords that mean something else on one route: "<module of the view>.<name of the route> <keyword>".
ROUTE_OBJECTS: dict[str, Callable[[World], Any]] = {
    "attentions.views.wordings.wording_delete variant": _second_variant,
    "members.views.imports.import_check imported": _checked_import,
    "members.views.imports.import_confirm imported": _checked_import,
    "members.views.imports.import_show imported": _done_import,
    "members.views.imports.import_rejected imported": _checked_import,
    "members.views.invitation.invitation token": _invitation_token,
    "outbox.views.preferences.preferences_link token": _preferences_token,
    "outbox.views.unsubscribe.unsubscribe token": _unsubscribe_token,
}
_IN_A_MONTH = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
_WORDS = {"subject": "Happy birthday", "body": "Dear {first_name}, have a good one.", "belated": "A little late:"}
# What the rightful person posts where an empty form is refused.
POSTED: dict[str, dict[str, Any]] = {
    "attentions.views.acts.snooze": {"days": "1"},
    "attentions.views.by_hand.plan_by_hand": {"detail": "A call", "channel": "by_hand"},
    "attentions.views.by_hand.record_done": {"detail": "A call"},
    "attentions.views.wordings.wording": _WORDS,
    "attentions.views.wordings.wording_test": _WORDS,
    "members.views.audiences.audience_new": {"name": "Our speakers"},
    "members.views.bulk.bulk": {"count": "1"},
    "members.views.custom_fields.field_new": {"label": "Diet", "sort": "text"},
    "members.views.imports.import_columns": {"column-0": "name", "column-1": "email"},
    "members.views.invitation.invitation": {"name": "Ben", "password": "a sentence that I like"},
    "members.views.members.add": {"name": "Ana Lopes"},
    "members.views.standing.hold": {"until": _IN_A_MONTH, "reason": "In mourning"},
    "members.views.team.team_invite": {"email": "ben@example.org", "role": "builder"},
    "members.views.team.team_role": {"role": "greeter"},
    "members.views.notes.note_add": {"text": "Likes rye"},
    "members.views.notes.tag_add": {"tag": "Baker"},
    "outbox.views.preferences.preferences_pause": {"until": _IN_A_MONTH},
}
# Files that go with it: the name of the field, of the file, and what is in it.
FILES: dict[str, tuple[str, str, bytes]] = {
    "members.views.imports.imports": ("file", "members.csv", b"name,email\nMaya,maya@example.org\n"),
}


def posted(name: str) -> dict[str, Any]:
    """What the rightful person posts to a route, with a file that nobody has read yet."""
    values = dict(POSTED.get(name, {}))
    if name in FILES:
        field, filename, content = FILES[name]
        values[field] = SimpleUploadedFile(filename, content)
    return values


# What an address needs besides its path.
QUERY: dict[str, Callable[[World], str]] = {
    "members.views.bulk.bulk": lambda world: f"?do=tag&tag=Speaker&member={_the_member(world)}"
}
# Pages that are reached through another one, which leaves a mark in the browser.
THROUGH: dict[str, Callable[[World], str]] = {
    "outbox.views.preferences.": lambda world: f"/p/{_preferences_token(world)}/",
}
# Where a role gets less than the route says, because of whose the object is; and who then tries it.
NARROWER = {"members.views.notes.note_delete": {"greeter": "403", "builder": "403"}}
