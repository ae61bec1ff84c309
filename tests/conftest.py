"""What every test may lean on."""

import os
from pathlib import Path

# Playwright keeps an event loop in the test's thread, where Django would refuse every query.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone, translation
from hypothesis import HealthCheck, settings

# A busy machine is slow, which is no failure; what a property is about is never the time it takes.
settings.register_profile("care", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("care")


@pytest.fixture(autouse=True)
def _quiet_edges(settings, monkeypatch):
    """No broker: nudges are dropped, since nothing may depend on them. The cache is this process's own."""
    settings.TRYING_OUT = False
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    # Slow on purpose against guessing, and so for every test that signs in.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    monkeypatch.setattr("care.lib.nudge._send", lambda task, *where: None)
    cache.clear()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """A run that was cut short leaves its write-ahead log, which SQLite would take for that of the new database."""
    if connection.vendor == "sqlite":
        name = connection.settings_dict["TEST"]["NAME"]
        for rest in ("-wal", "-shm"):
            Path(f"{name}{rest}").unlink(missing_ok=True)


@pytest.fixture(autouse=True)
def _each_test_begins_in_english():
    """A request leaves its language and time zone with the thread, which is the next test's too."""
    translation.activate("en")
    timezone.deactivate()


@pytest.fixture(autouse=True, scope="session")
def _flush_may_empty_the_audit():
    """On SQLite a flush deletes rows, which the audit's trigger refuses; the triggers are made again after it."""
    if connection.vendor != "sqlite":
        yield
        return
    operations = type(connection.ops)
    original = operations.sql_flush

    def sql_flush(self, style, tables, **kwargs):
        drop = ["DROP TRIGGER IF EXISTS audit_no_delete", "DROP TRIGGER IF EXISTS audit_no_update"]
        return drop + original(self, style, tables, **kwargs)

    operations.sql_flush = sql_flush
    yield
    operations.sql_flush = original
