"""Brings one heavy file in a process of its own: `python -m tests.importing.heavy FILE`. Prints one line of JSON.

First as a form over HTTP, then as `import_members` reads it, then by a whole dry run of that command. The body of the
request is read from a file, as a web server hands it over, so that what is measured is the product's memory and not
that of a test client.
"""

import json
import os
import sys
import time
from io import StringIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from uuid import uuid4

from tests.memory import peak_kib

_FRAME = 'Content-Disposition: form-data; name="file"; filename="list.csv"\r\nContent-Type: text/csv\r\n\r\n'


def main(path: Path) -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    # What a program of this size takes before it has seen any file is its own affair, and counted all the same.
    outcome = {"web": _timed(_by_form, path), "read": _timed(_read, path), "command": _timed(_by_command, path)}
    print(json.dumps({**outcome, "mb": round(peak_kib() / 1024)}))  # noqa: T201


def _timed(bring: Any, path: Path) -> dict[str, Any]:
    began = time.monotonic()
    return {**bring(path), "seconds": round(time.monotonic() - began, 1)}


def _by_form(path: Path) -> dict[str, Any]:
    from django.test import Client
    from django.test.client import ClientHandler

    from members.models import Member, MemberImport
    from tests.factories import a_builder, a_community

    community, client = a_community(slug=uuid4().hex), Client(SERVER_NAME="localhost")
    client.force_login(
        a_builder(community, email=f"{community.slug}@example.org"), backend="django.contrib.auth.backends.ModelBackend"
    )
    with TemporaryFile() as body:
        body.write(f"--x\r\n{_FRAME}".encode())
        with open(path, "rb") as file:
            while chunk := file.read(1 << 20):
                body.write(chunk)
        body.write(b"\r\n--x--\r\n")
        length = body.tell()
        body.seek(0)
        post = {"REQUEST_METHOD": "POST", "CONTENT_TYPE": "multipart/form-data; boundary=x"}
        post |= {"CONTENT_LENGTH": str(length), "wsgi.input": body, "PATH_INFO": f"/c/{community.slug}/import/"}
        answer = ClientHandler(enforce_csrf_checks=False)(client._base_environ(**post))
    code = answer.status_code
    if code == 303:
        code = client.get(answer.headers["Location"]).status_code
    kept = MemberImport.objects.filter(community=community).exists()
    looked_at = client.post(answer.headers["Location"], {"column-0": "name"}).status_code if kept else None
    return {"code": code, "looked at": looked_at, "written": Member.objects.count()}


def _read(path: Path) -> dict[str, Any]:
    from care.lib.csvfile import CsvRefused, open_csv
    from members.management.commands.import_members import _LIMITS

    with open(path, "rb") as file:
        try:
            return {"rows": open_csv(file, _LIMITS).count()}
        except CsvRefused as refused:
            return {"refused": str(refused)}


def _by_command(path: Path) -> dict[str, Any]:
    from django.core.management import CommandError, call_command

    from tests.factories import a_community

    community, told = a_community(slug=uuid4().hex), StringIO()
    before = _held()
    try:
        call_command("import_members", community.slug, str(path), "--dry-run", stdout=told)
    except CommandError as refused:
        told.write(str(refused))
    return {"told": told.getvalue().splitlines()[0], "written": _held() != before}


def _held() -> dict[str, int]:
    from django.apps import apps

    return {model._meta.label: model._base_manager.count() for model in apps.get_models()}


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "care.settings")
    django.setup()
    main(Path(sys.argv[1]))
