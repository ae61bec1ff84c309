"""Erasing, looked at from outside: in a backup of the database, in files, in the cache, with the broker, in logs."""

import io
import subprocess
import zipfile
from pathlib import Path

import pytest
import redis
from allauth.usersessions.models import UserSession
from django.conf import settings as django_settings
from django.db import connection, models

from attentions.models import Attention
from care import housekeeping
from care.lib import clock, nudge
from members.models import ImportantDate, Member, MemberImport, MemberTag, Note, Tag
from members.privacy.erasing import erase_member
from members.privacy.exporting import export_member
from members.services.members import change_member
from members.tokens import address_hmac
from outbox.models import Attempt, Message, OptOut
from outbox.services import deliver
from tests.accounts.canaries import CANARY, canary, plant
from tests.accounts.signing_in import just_confirmed, own_device
from tests.accounts.test_erasing import ADDRESS, a_message, one_of_each
from tests.factories import a_builder, a_community, a_member, a_user
from tests.importing.test_pages import bring
from tests.logs import written_log

pytestmark = pytest.mark.django_db(transaction=True)
REALLY_SEND = nudge._send
# What an export of a member leaves out: what is derived from fields that it has, what only the machine reads,
# restricted notes, account mail (its words hold codes that open something), and files, which are about others too.
NOT_EXPORTED = {
    "members.Member.name_key",
    "outbox.Message.html",
    "outbox.Message.content_sha256",
    "attentions.Attention.facts_sha256",
}
SIGN_IN_CODES, FILES, RESTRICTED = "a sign-in code", "a file", "a restricted note"


@pytest.fixture
def folder(settings, tmp_path, monkeypatch) -> Path:
    """All that Care keeps outside the database; letters that left lie elsewhere. Cache and broker as in production."""
    settings.VAR = settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "var"
    settings.VAR.mkdir()
    settings.EMAIL_URL = f"maildir://{tmp_path / 'people'}"
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}
    settings.REQUIRE_TWO_FACTOR = False
    if connection.vendor == "postgresql":
        monkeypatch.setattr(nudge, "_send", REALLY_SEND)
    return settings.VAR


def backup(folder: Path) -> str:
    """The database as an operator backs it up: by pg_dump, or by VACUUM INTO."""
    if connection.vendor == "postgresql":
        programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        at = connection.settings_dict
        command = [programs / "pg_dump", "-h", at["HOST"], "-U", at["USER"], at["NAME"]]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.lower()
    copy = folder.parent / f"backup-{clock.now().timestamp()}"
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(copy)])
    return copy.read_bytes().decode(errors="replace").lower()


def with_the_broker() -> str:
    """Every key of Redis with all that it holds."""
    broker = redis.Redis.from_url(django_settings.CELERY_BROKER_URL)
    held = [(key, broker.dump(key)) for key in broker.scan_iter(count=1_000)]
    assert held, "nothing was sent to the broker"
    return repr(held).lower()


def use(client, builder, maya) -> None:
    """What a team, the member and the machine do with a record."""
    just_confirmed(client, builder)
    here = f"/c/{maya.community.slug}/members/"
    for page in (here, f"{here}?q={CANARY}", f"{here}{maya.pk}/", f"{here}{maya.pk}/edit/", f"{here}not/?q={CANARY}"):
        client.get(page)
    client.post(f"{here}{maya.pk}/notes/", {"text": f"{CANARY} in a note"})
    assert bring(client, maya.community, f"name,email\nMaya {CANARY},{ADDRESS}\n").status_code == 303
    assert MemberImport.objects.update(state="discarded") == 1
    change_member(maya, by=builder, now=clock.now(), name=f"Maya {CANARY}", company=CANARY)
    deliver(clock.now())
    own_device(client, a_user(email=ADDRESS, name=f"{CANARY} account", password=None))
    client.get(f"/me/{maya.pk}/")
    client.post("/accounts/login/", {"login": ADDRESS, "password": f"{CANARY} password"})


def several_of_each(maya) -> list[models.Model]:
    """Rows about a member: one in every table that can hold one, and more where there can be more."""
    here, now = {"community": maya.community, "member": maya}, clock.now()
    tags = [Tag.objects.create(community=maya.community, name=name, key=name) for name in ("Oven", "Rye")]
    letters = [a_message(maya, state=state) for state in ("failed", "unknown", "held", "cancelled", "expired")]
    instants = {"done": {"done_at": now}, "approved": {"approved_at": now}}
    days = {"due_on": now.date(), "due_at": now, "expires_at": now, "created_at": now, "proposed_at": now}
    return [
        *one_of_each(maya),
        *(MemberTag.objects.create(**here, tag=tag) for tag in tags),
        *(ImportantDate.objects.create(**here, label="x", month=3, day=4, known_from=now.date()) for _ in range(3)),
        *(Note.objects.create(**here, text="x", created_at=now) for _ in range(3)),
        *(Note.objects.create(**here, text="x", is_restricted=True, created_at=now) for _ in range(2)),
        *letters,
        *(Attempt.objects.create(message=each, number=1, at=now, phase="data", outcome="x") for each in letters),
        *(OptOut.objects.create(**here, category=each, source="link", created_at=now) for each in ("*", "anniversary")),
        *(
            Attention.objects.create(
                **here, **days, kind="by_hand", cycle=state, state=state, **instants.get(state, {})
            )
            for state in ("proposed", "approved", "done", "declined", "withdrawn", "expired")
        ),
    ]


def plant_all(maya) -> dict[str, str]:
    """A canary into every text field of every row; the words, each with what it is in."""
    planted: dict[str, str] = {}
    for row in several_of_each(maya):
        new = plant(row)
        planted |= {word: RESTRICTED if getattr(row, "is_restricted", False) else field for word, field in new.items()}
    for state in ("sent", "queued"):
        code = a_message(None, state=state, sent_at=clock.now() if state == "sent" else None)
        planted |= dict.fromkeys(plant(code), SIGN_IN_CODES)
        Message.objects.filter(pk=code.pk).update(to_email=ADDRESS)
    for state in ("done", "failed", "discarded"):
        file = MemberImport.objects.create(
            community=maya.community, filename="x.csv", state=state, created_at=clock.now()
        )
        words = [canary(file, name) for name in ("content", "errors", "options")]
        errors, options = [{"row": 2, "error": words[1]}], {"mapping": {words[2]: "name"}}
        MemberImport.objects.filter(pk=file.pk).update(content=words[0].encode(), errors=errors, options=options)
        planted |= dict.fromkeys(words, FILES)
    for session in UserSession.objects.filter(user__email=ADDRESS):
        planted |= plant(session)
    Member.objects.filter(pk=maya.pk).update(email=ADDRESS, email_key=ADDRESS)
    maya.refresh_from_db()
    # Where an address has to be one, it is the canary: that of the record, and that of account mail.
    addresses = {canary(maya, "email")} | {word for word in left_out(planted) if word.endswith("-to_email")}
    return {word: field for word, field in planted.items() if word not in addresses} | {ADDRESS: "members.Member.email"}


def left_out(planted: dict[str, str]) -> set[str]:
    """Those of the canaries that do not belong into an export."""
    return {word for word, field in planted.items() if field in {*NOT_EXPORTED, SIGN_IN_CODES, FILES, RESTRICTED}}


@pytest.mark.proves(
    "S15",
    "A member's canaries after erasing, wherever Care keeps something",
    goal="each row has its own; all that belong into an export are in the one before, in both its forms, and no other; "
    "afterwards none in a backup, the files, the cache, the search, the broker and the logs",
)
def test_nothing_is_left_anywhere(client, line, folder):
    maya = a_member(a_community(name="The Bakers"), name="Maya Okafor", email=ADDRESS)
    builder = a_builder(maya.community, role="owner")
    with written_log() as log:
        use(client, builder, maya)
        planted = plant_all(maya)
        exported = files_of(b"".join(export_member(maya, by=builder, now=clock.now())))
        before, searched = backup(folder), in_the_search_index()
        erase_member(maya, by=builder, now=clock.now())
    wanted = set(planted) - left_out(planted)
    as_json, as_tables = exported.pop("everything.json"), "".join(exported.values())
    line.figures |= {
        "canaries": len(planted),
        "of them in a backup before": len([word for word in planted if count(word, before)]),
        "belong into an export": len(wanted),
        "found in its JSON": len([word for word in wanted if word in as_json]),
        "found in its tables": len([word for word in wanted if word in as_tables]),
        "do not": len(left_out(planted)),
        "found all the same": len([word for word in left_out(planted) if word in as_json + as_tables]),
    }
    held = {
        "in a backup": backup(folder),
        "in files": "".join(path.read_bytes().decode(errors="replace") for path in folder.rglob("*") if path.is_file()),
        "in logs": log.getvalue(),
    }
    if connection.vendor == "postgresql":
        held["with the broker"] = with_the_broker()
    after = {name: count(CANARY, text.lower()) for name, text in held.items()}
    after["in the search index"] = in_the_search_index()
    line.figures["lines of the log"] = log.getvalue().count("\n")
    line.figures |= {f"left {name}": number for name, number in after.items()}
    assert len(wanted) >= 60
    assert searched == 1
    assert {word for word in planted if not count(word, before)} == set()
    assert {word for word in wanted if word not in as_json or word not in as_tables} == set()
    assert {word for word in left_out(planted) if word in as_json + as_tables} == set()
    assert line.figures["lines of the log"]
    assert not any(after.values()), after
    assert address_hmac(ADDRESS) in held["in a backup"]
    if connection.vendor == "sqlite":
        housekeeping.empty_the_log()
        line.figures["left in the file itself, free pages included"] = in_the_file()
        assert in_the_file() == 0


def count(word: str, text: str) -> int:
    """How often a word is in a text, both in small letters: as it is or, as pg_dump writes files, in hexadecimal."""
    return text.count(word) + text.count(word.encode().hex())


def in_the_search_index() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM member_search WHERE name_key LIKE %s OR email_key LIKE %s", 2 * ["%canary%"]
        )
        return int(cursor.fetchone()[0])


def in_the_file() -> int:
    """How many canaries the bytes of the SQLite database hold, its log included."""
    name = str(connection.settings_dict["NAME"])
    files = [path for path in (Path(name), Path(f"{name}-wal")) if path.exists()]
    return sum(path.read_bytes().lower().count(CANARY.encode()) for path in files)


def files_of(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}
