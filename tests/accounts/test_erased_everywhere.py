"""Erasing, looked at from outside: in a backup of the database, in files, in the cache, with the broker, in logs."""

import io
import logging
import subprocess
import zipfile
from pathlib import Path

import pytest
import redis
from django.conf import settings as django_settings
from django.db import connection

from care import housekeeping
from care.lib import clock, nudge
from members.models import Member, MemberImport
from members.privacy.erasing import erase_member
from members.privacy.exporting import export_member
from members.services.members import change_member
from members.tokens import address_hmac
from outbox.services import deliver
from tests.accounts.canaries import CANARY, plant
from tests.accounts.signing_in import just_confirmed, own_device
from tests.accounts.test_erasing import ADDRESS, one_of_each
from tests.factories import a_builder, a_community, a_member, a_user

pytestmark = pytest.mark.django_db(transaction=True)
REALLY_SEND = nudge._send
# What an export leaves out: what is derived from fields that it has, and what only the machine reads.
NOT_EXPORTED = {
    "canary-members.member-name_key",
    "canary-outbox.message-html",
    "canary-outbox.message-content_sha256",
    "canary-attentions.attention-facts_sha256",
}


@pytest.fixture
def folder(settings, tmp_path, monkeypatch) -> Path:
    """All that Care keeps outside the database; letters that left lie elsewhere. Cache and broker as in production."""
    settings.VAR = tmp_path / "var"
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
    if connection.vendor != "postgresql":
        return ""
    broker = redis.Redis.from_url(django_settings.CELERY_BROKER_URL)
    held = [(key, broker.dump(key)) for key in broker.scan_iter(count=1_000)]
    assert held, "nothing was sent to the broker"
    return repr(held).lower()


def use(client, builder, maya) -> None:
    """What a team, the member and the machine do with a record."""
    just_confirmed(client, builder)
    here = f"/c/{maya.community.slug}/members/"
    for page in (here, f"{here}?q={CANARY}", f"{here}{maya.pk}/", f"{here}{maya.pk}/edit/"):
        client.get(page)
    client.post(f"{here}{maya.pk}/notes/", {"text": f"{CANARY} in a note"})
    change_member(maya, by=builder, now=clock.now(), name=f"Maya {CANARY}", company=CANARY)
    deliver(clock.now())
    own_device(client, a_user(email=ADDRESS, name=f"{CANARY} account", password=None))
    client.get(f"/me/{maya.pk}/")
    client.post("/accounts/login/", {"login": ADDRESS, "password": f"{CANARY} password"})


@pytest.mark.proves(
    "S15",
    "A member's canaries after erasing, wherever Care keeps something",
    goal="none in a backup, the files, the cache, the broker and the logs; all of them in the export before",
)
def test_nothing_is_left_anywhere(client, line, folder, caplog):
    caplog.set_level(logging.INFO)
    maya = a_member(a_community(name="The Bakers"), name="Maya Okafor", email=ADDRESS)
    builder = a_builder(maya.community, role="owner")
    rows = one_of_each(maya)
    for state in ("done", "failed"):
        MemberImport.objects.create(
            community=maya.community, filename="x.csv", content=CANARY.encode(), state=state, created_at=clock.now()
        )
    use(client, builder, maya)
    planted = set().union(*map(plant, rows))
    Member.objects.filter(pk=maya.pk).update(email=ADDRESS, email_key=ADDRESS)
    maya.refresh_from_db()
    exported = text_of(b"".join(export_member(maya, by=builder, now=clock.now())))
    planted = planted - {"canary-members.member-email"} | {ADDRESS}
    assert {word for word in planted - NOT_EXPORTED if word not in exported} == set()
    held_before = backup(folder).count(CANARY)
    assert held_before > len(planted)
    assert in_the_search_index() == 1
    erase_member(maya, by=builder, now=clock.now())
    left = {
        "in a backup": backup(folder),
        "in files": "".join(path.read_bytes().decode(errors="replace") for path in folder.rglob("*") if path.is_file()),
        "with the broker": with_the_broker(),
        "in logs": caplog.text,
    }
    line.figures["in the search index"] = in_the_search_index()
    assert not line.figures["in the search index"]
    line.figures |= {"canaries": len(planted), "in a backup before": held_before}
    line.figures |= {name: text.lower().count(CANARY) for name, text in left.items()}
    assert not any(line.figures[name] for name in left), line.figures
    assert address_hmac(ADDRESS) in left["in a backup"]
    if connection.vendor == "sqlite":
        housekeeping.empty_the_log()
        line.figures["in the file itself, free pages included"] = in_the_file()
        assert in_the_file() == 0


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


def text_of(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read("everything.json").decode()
