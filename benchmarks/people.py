"""A community of any size out of a seed: names of many scripts, zones by population, days that are hard to get right.

`fill` writes it as an import would leave it. About 3 % have a birthday on an edge (29 February, the days around it, the
turn of the year), 10 % none; they joined over ten years; some left, opted out, hold, bounce or have no address.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, models, transaction

from attentions.models import Attention, Ritual
from attentions.services.rituals import ritual_for, switch_on
from care.lib.ids import uuid7
from members.facts import name_key, tag_key
from members.models import Community, ImportantDate, Member, MemberTag, Note, Tag
from outbox.models import Message, OptOut

KINDS = ("birthday", "anniversary", "own_date", "welcome")
# Roughly how many people of a hundred live by each clock.
ZONES = {
    "Asia/Kolkata": 18, "Asia/Shanghai": 17, "": 12, "Europe/Paris": 7, "Africa/Lagos": 7, "America/New_York": 6,
    "Asia/Jakarta": 5, "America/Sao_Paulo": 5, "Europe/London": 4, "Asia/Tokyo": 4, "America/Mexico_City": 3,
    "Africa/Cairo": 3, "America/Los_Angeles": 3, "Asia/Kathmandu": 2, "Europe/Istanbul": 2, "Pacific/Auckland": 1,
    "Pacific/Kiritimati": 1,
}  # fmt: skip
FIRST = (
    "Maya Jonas Aroha Léa Tomás Łucja Zoë Ngozi Søren Björk 太郎 花子 秀英 伟 민준 서연 Дмитрий Ольга Νίκος Ελένη محمد فاطمة "
    "נועה אברהם प्रिया अर्जुन தமிழ் สมชาย Nguyễn Ayşe İbrahim Chloé François Ana Ben Ida Kofi Amina Wei Hiro"
).split()
LAST = (
    "Okafor Lindqvist Ngata Moreau Núñez Kowalski Müller Adeyemi Jensen Guðmundsdóttir 田中 佐藤 王 李 김 이 Иванов Смирнова "
    "Παπαδόπουλος حسن الفاسي כהן לוי शर्मा पटेल குமார் ใจดี Trần Yılmaz Öztürk Dubois Silva Smith Tanaka Mensah Diallo"
).split()
EDGES = ((2, 29), (2, 29), (2, 28), (3, 1), (12, 31), (1, 1))
TAGS = ("Ambassador", "Baker", "Newcomer", "Speaker", "Wood firing", "Volunteer")
_A_BATCH = 20_000


class Made(NamedTuple):
    """One member with what belongs to them, as columns of their tables."""

    member: dict[str, Any]
    dates: list[dict[str, Any]]
    opt_outs: list[dict[str, Any]]
    tags: list[dict[str, Any]]
    notes: list[dict[str, Any]]
    attentions: list[dict[str, Any]]
    messages: list[dict[str, Any]]


def fill(size: int, *, seed: int, now: datetime) -> Community:
    """A community of `size` members who have been cared for until yesterday, with all rituals on."""
    community = Community.objects.create(slug="potters", name="The Potters", time_zone="Europe/Paris")
    tags = Tag.objects.bulk_create(Tag(community=community, name=name, key=tag_key(name)) for name in TAGS)
    long_ago = now - timedelta(days=400)
    rituals = [ritual_for(community, key) for key in KINDS]
    for ritual in rituals:
        switch_on(ritual, by=None, now=long_ago, effective_from=long_ago.date())
    people = members(size, seed=seed, now=now, community=community, tags=tags, birthday=rituals[0])
    while batch := list(islice(people, _A_BATCH)):
        with transaction.atomic():
            put(Member, (made.member for made in batch))
            for model, name in (
                (ImportantDate, "dates"), (OptOut, "opt_outs"), (MemberTag, "tags"), (Note, "notes"),
                (Attention, "attentions"), (Message, "messages"),
            ):  # fmt: skip
                put(model, (row for made in batch for row in getattr(made, name)))
    return community


def members(
    size: int, *, seed: int, now: datetime, community: Community, tags: list[Tag], birthday: Ritual
) -> Iterator[Made]:
    """The same people for the same seed, identifiers aside."""
    chance = random.Random(seed)
    zones = chance.choices(list(ZONES), weights=list(ZONES.values()), k=size)
    for number, zone in enumerate(zones):
        row = _member(number, zone, chance, now=now)
        of = {"community_id": community.pk, "member_id": row["id"]}
        yield Made(
            row | {"community_id": community.pk},
            [_own_date(chance) | of for _ in range(chance.random() < 0.1)],
            [
                {"category": chance.choice(["*", *KINDS]), "source": "benchmark", "created_at": now} | of
                for _ in range(chance.random() < 0.02)
            ],
            [{"tag_id": chance.choice(tags).pk} | of for _ in range(chance.random() < 0.3)],
            [
                {"text": "Loves ash glazes.", "created_at": now - timedelta(days=chance.randrange(900))} | of
                for _ in range(chance.random() < 0.1)
            ],
            *_last_birthday(row, of, chance, now=now, ritual=birthday),
        )


def _member(number: int, zone: str, chance: random.Random, *, now: datetime) -> dict[str, Any]:
    name = f"{chance.choice(FIRST)} {chance.choice(LAST)}{'' if number % 3 else f' {number:x}'}"
    joined = now.date() - timedelta(days=chance.randrange(3_650))
    email = f"somebody{number}@example.org" if chance.random() < 0.97 else ""
    status = chance.choices(["active", "left", "invited", "banned"], weights=[95, 3, 1, 1])[0]
    month, day, year = _birthday(chance)
    is_held = chance.random() < 0.005
    return {
        "id": uuid7(),
        "name": name,
        "name_key": name_key(name, "", ""),
        "email": email,
        "email_key": email or None,
        "time_zone": zone,
        "language": chance.choice(["", "", "en", "fr"]),
        "birth_month": month,
        "birth_day": day,
        "birth_year": year,
        "joined_on": joined,
        "known_from": joined,
        "left_on": now.date() if status == "left" else None,
        "status": status,
        "reachable": chance.choices(["ok", "bounced", "suppressed"], weights=[97, 2, 1])[0],
        "hold_until": now.date() + timedelta(days=30) if is_held else None,
        "hold_ends_at": now + timedelta(days=31) if is_held else None,
        "welcome_on": joined,
        "reached_at": now - timedelta(days=chance.randrange(1, 900)) if chance.random() < 0.8 else None,
    }


def _birthday(chance: random.Random) -> tuple[int | None, int | None, int | None]:
    fate = chance.random()
    if fate < 0.10:
        return None, None, None
    if fate < 0.13:
        return *chance.choice(EDGES), None
    day = date(2001, 1, 1) + timedelta(days=chance.randrange(365))
    return day.month, day.day, chance.choice([None, chance.randrange(1940, 2006)])


def _own_date(chance: random.Random) -> dict[str, Any]:
    day = date(2001, 1, 1) + timedelta(days=chance.randrange(365))
    year = chance.choice([None, chance.randrange(1990, 2030)])
    is_yearly = year is None or chance.random() < 0.9
    texts = {"label": "the first kiln", "month": day.month, "day": day.day, "year": year}
    return texts | {"is_yearly": is_yearly, "known_from": date(2020, 1, 1)}


def _last_birthday(
    row: dict[str, Any], of: dict[str, Any], chance: random.Random, *, now: datetime, ritual: Ritual
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The note of an earlier year with the letter that left, for a tenth of the members."""
    if chance.random() > 0.1 or not row["email"]:
        return [], []
    at = now - timedelta(days=chance.randrange(60, 700))
    instants = {"due_at": at, "expires_at": at + timedelta(days=3), "created_at": at}
    attention = {
        "id": uuid7(), "ritual_id": ritual.pk, "kind": "birthday", "cycle": f"birthday:{at.year - 1}", "state": "done",
        "due_on": at.date(), "proposed_at": at, "approved_at": at, "done_at": at, **instants, **of,
    }  # fmt: skip
    message = {
        "id": uuid7(), "origin": f"attention:{attention['id']}", "message_class": "greeting", "category": "birthday",
        "state": "sent", "ready_at": at, "sent_at": at, "to_email": row["email"], "to_name": row["name"],
        "subject": "Happy birthday", "text": "A happy birthday from all of us.", "message_id": f"<{uuid7()}@bench>",
        **instants, **of,
    }  # fmt: skip
    return [attention], [message]


def put(model: type[models.Model], rows: Iterator[dict[str, Any]]) -> None:
    """Write rows by the fastest way a database has; columns that a row leaves out have their default."""
    now = datetime.now(UTC)
    fields = model._meta.concrete_fields
    usual: dict[str, Any] = {str(field.column): field.get_default() for field in fields}
    usual |= {str(field.column): now for field in fields if getattr(field, "auto_now_add", False)}
    key = str(model._meta.pk.column)
    is_postgresql = connection.vendor == "postgresql"
    adapt = _for_copy if is_postgresql else _for_sqlite
    values = ([adapt(value) for value in ({**usual, key: uuid7()} | row).values()] for row in rows)
    columns = ", ".join(f'"{column}"' for column in usual)
    with connection.cursor() as cursor:
        if is_postgresql:
            with cursor.copy(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN') as copy:
                for row in values:
                    copy.write_row(row)
        else:
            marks = ", ".join("?" * len(usual))
            statement = f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({marks})'
            cursor.cursor.connection.executemany(statement, values)


def _for_copy(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, (dict, list)) else value


def _for_sqlite(value: Any) -> Any:
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    return value.isoformat() if isinstance(value, date) else _for_copy(value)
