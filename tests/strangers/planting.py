"""Puts words into every text field there is, past the services: as data from before any rule could be."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.apps import apps

from attentions.models import Attention, PlannerCursor, Ritual
from care.lib.csvfile import csv_lines
from members.models import CustomField, ImportantDate, MemberImport, Note
from outbox.models import Attempt, ChannelHealth, Message, OptOut
from tests.accounts.canaries import OURS, text_fields
from tests.doors import World
from tests.importing.files import checked


class Words:
    """Words for one field after another, each with a number at its end by which it is known again."""

    def __init__(self, corpus: tuple[str, ...], start: int) -> None:
        self.corpus, self.start, self.number = corpus, start, 0

    def __call__(self, room: int) -> str:
        """The next words, cut to this many characters."""
        self.number += 1
        words, mark = self.corpus[(self.start + self.number) % len(self.corpus)], f"~{self.number:03x}"
        return words[: room - len(mark)] + mark


FIELD = "shirt"  # the custom field of tests/doors.py

# Fields that hold no words of anybody: what a machine wrote, counts with, or finds a row by.
NO_WORDS = {
    "attentions.Ritual.kind",
    "attentions.Attention.kind",
    "attentions.Attention.cycle",
    "attentions.Attention.asks_again",
    "attentions.Attention.facts_sha256",
    "outbox.Message.origin",
    "outbox.Message.category",
    "outbox.Message.reason",
    "outbox.Message.language",
    "outbox.Message.content_sha256",
    "outbox.Message.message_id",
    "outbox.Message.html",  # made of the others, and no page shows it: the test of the letters looks at it
    "outbox.Attempt.phase",
    "outbox.Attempt.outcome",
    "outbox.OptOut.category",
    "outbox.OptOut.source",
    "outbox.Heartbeat.name",
    "outbox.ChannelHealth.name",
    "members.Community.slug",
    "members.Community.time_zone",
    "members.AuditEntry.verb",
    "members.AuditEntry.object_type",
    "members.AuditEntry.object_id",
    "members.AuditEntry.fields",
    "members.AuditEntry.prev_hash",
    "members.AuditEntry.hash",
    "members.MemberImport.options",
    "members.MemberImport.summary",
    "members.Member.name_key",
    "members.Member.email_key",
    "members.Member.time_zone",
    "members.Tag.key",
    "members.CustomField.key",
    "members.Suppression.hmac",
    "members.Invitation.email_key",
    "members.Invitation.token_sha256",
    "members.User.password",
    "members.User.time_zone",
}


def _filter_of(words: Words) -> Any:
    return {"q": words(60), "company": words(60), "tags": [words(40)]}


# What is no single text.
SHAPES: dict[str, Callable[[Words], Any]] = {
    "members.Audience.filter": _filter_of,
    "members.CustomField.choices": lambda words: [words(60), words(60)],
    "members.Member.custom": lambda words: {FIELD: words(60)},
    "members.MemberImport.errors": lambda words: [{"row": 2, "error": words(200)}],
    "members.ImportPreset.mapping": lambda words: {words(60): "name", words(60): ""},
}


def worded() -> set[str]:
    """Every text field of ours, by its name."""
    ours = (model for model in apps.get_models() if model._meta.app_label in OURS)
    return {name_of(field) for model in ours for field in text_fields(model)}


def name_of(field: Any) -> str:
    return f"{field.model._meta.label}.{field.name}"


def furnish_with_words(world: World) -> None:
    """A row of whatever `tests/doors.py` makes none of, since no address is about it."""
    now = datetime.now(UTC)
    member = world.community.members.get(pk=world.made["team _member"])
    here = {"community": world.community, "member": member}
    for each in world.community.members.all():
        about = {"community": world.community, "member": each}
        ImportantDate.objects.create(**about, label="x", month=1, day=2, known_from=now.date())
        Note.objects.create(**about, text="x", author=world.owner, is_restricted=True, created_at=now)
    CustomField.objects.create(community=world.community, key="size", label="x", sort="choice", choices=["x"])
    attention = Attention.objects.filter(community=world.community).first()
    values = {"due_on": now.date(), "due_at": now, "expires_at": attention.expires_at, "created_at": now}
    for cycle, state in (("a", "proposed"), ("b", "declined"), ("c", "done")):
        Attention.objects.create(
            **here,
            **values,
            kind="by_hand",
            cycle=cycle,
            state=state,
            channel="by_hand",
            proposed_at=now,
            done_at=now if state == "done" else None,
        )
    for message in Message.objects.filter(community=world.community):
        Attempt.objects.create(message=message, number=1, at=now, phase="data", outcome="unknown", detail="x")
    OptOut.objects.create(**here, category="birthday", source="link", created_at=now)
    ritual = Ritual.objects.get(community=world.community, kind="birthday")
    PlannerCursor.objects.create(community=world.community, ritual=ritual, planned_through=now.date(), at=now)
    ChannelHealth.objects.update_or_create(name="smtp", defaults={"failures": 3, "paused_at": now, "error": "x"})


def plant(world: World, words: Words) -> dict[str, set[int]]:
    """New words into every text field of every row, but for the address that somebody's own pages are found by.

    The fields by name, each with the numbers of the words that it got.
    """
    planted: dict[str, set[int]] = {}
    for model in apps.get_models():
        if model._meta.app_label not in OURS:
            continue
        fields = [field for field in text_fields(model) if name_of(field) not in NO_WORDS]
        for row in model._base_manager.order_by("pk") if fields else ():
            changes = {}
            for field in fields:
                if not (row.pk == world.own_member.pk and field.name == "email"):
                    before = words.number
                    changes[field.name] = _value(field, words)
                    planted.setdefault(name_of(field), set()).update(range(before + 1, words.number + 1))
            model._base_manager.filter(pk=row.pk).update(**changes)
    return planted


def _value(field: Any, words: Words) -> Any:
    shape = SHAPES.get(name_of(field))
    return shape(words) if shape else words(field.max_length or 200)


def imports(world: World, words: Words) -> Iterator[MemberImport]:
    """A file that waits, one that was looked at, and one that was taken in, with such words in it."""
    for to in ("uploaded", "checked", "done"):
        rows = [
            ["name", "email", "notes", words(60)],
            ["Maya", "", words(60), words(60)],
            [words(60), words(60), words(60), words(60)],
        ]
        row = checked(world.community, world.owner, "".join(csv_lines(rows)), now=datetime.now(UTC))
        MemberImport.objects.filter(pk=row.pk).update(state=to, filename=words(120))
        yield row
