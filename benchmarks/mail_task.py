"""The baseline of P3: one Celery task for each letter, which loads it, sends it with Django's backend and saves it."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "care.settings")

from celery import Celery
from django.conf import settings

app = Celery("benchmark", broker=settings.REDIS_URL)
app.conf.task_ignore_result = True
app.conf.worker_hijack_root_logger = False

if name := os.environ.get("BENCHMARK_DATABASE"):
    settings.DATABASES["default"]["NAME"] = name


@app.task(name="benchmarks.send_one")
def send_one(pk: str) -> None:
    from django.core.mail import EmailMessage, get_connection
    from django.utils import timezone

    from outbox.models import Message

    message = Message.objects.select_related("member", "community").get(pk=pk, state="queued")
    backend = get_connection(
        "django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=int(os.environ["BENCHMARK_PORT"])
    )
    EmailMessage(message.subject, message.text, "care@localhost", [message.to_email], connection=backend).send()
    message.state, message.sent_at = "sent", timezone.now()
    message.save(update_fields=["state", "sent_at"])
