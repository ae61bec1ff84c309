"""The Celery application. Redis holds no facts: every task is a nudge to look into the database."""

import gc
import os
from typing import Any

from celery import Celery
from celery.signals import worker_process_init, worker_ready
from kombu.transport.redis import Channel, QoS

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "care.settings")

app = Celery("care")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# A worker that loses Redis would give back the nudges it has not finished over the connection it has just lost, and end
# with an "unrecoverable error" instead of connecting again. It lets them go: Beat sends others within a minute.
Channel.do_restore = False


class WhileConnected(QoS):
    """Tells Redis that a nudge is done, unless the connection it came over has ended.

    Work goes on when Redis is lost. What it says afterwards has no way there: that would be an "unrecoverable error"
    too, of a worker that has just connected again.
    """

    def ack(self, delivery_tag: str) -> None:
        if not self.channel.closed:
            super().ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        if not self.channel.closed:
            super().reject(delivery_tag, requeue=requeue)


Channel.QoS = WhileConnected


@worker_process_init.connect
def keep_what_is_loaded(**_: Any) -> None:
    """Modules stay for good: Python need not go through them again whenever it looks for what could be freed."""
    gc.freeze()


@worker_ready.connect
def catch_up(sender: Any, **_: Any) -> None:
    """A worker that starts delivers and plans at once, not only when Beat comes to it: it may have been away."""
    for task in ("outbox.drain", "attentions.plan"):
        sender.app.send_task(task)
