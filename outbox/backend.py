"""Django's mail backend: what the framework and its libraries send goes through the outbox, as account mail."""

from collections.abc import Sequence
from datetime import timedelta
from email.utils import parseaddr
from functools import partial

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils.translation import get_language

from care.lib import clock
from care.lib.nudge import nudge
from outbox.models import Message
from outbox.services import Draft, deliver_one, enqueue_many
from outbox.services.heartbeat import WORKER, is_fresh

# A login code or a confirmation is of no use later.
GOOD_FOR = timedelta(days=1)
_WORKER_IS_THERE = timedelta(minutes=3)


class OutboxBackend(BaseEmailBackend):
    """Queues each message, one for each recipient, in the transaction of whoever sends it."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        drafts = [draft for email in email_messages for draft in _drafts(email)]
        if not drafts:
            return 0
        messages = enqueue_many(drafts, now=clock.now())
        nudge("outbox.drain")
        for message in messages:
            transaction.on_commit(partial(_deliver_if_alone, message), robust=True)
        return len(email_messages)


def _drafts(email: EmailMessage) -> list[Draft]:
    if email.attachments:
        raise NotImplementedError("Account mail has no attachments.")
    now = clock.now()
    return [
        Draft(
            message_class=Message.Class.ACCOUNT,
            to_name=parseaddr(recipient)[0],
            to_email=parseaddr(recipient)[1],
            from_name=parseaddr(email.from_email)[0],
            reply_to=parseaddr(email.reply_to[0])[1] if email.reply_to else "",
            language=get_language() or "en",
            subject=" ".join(str(email.subject).split()),
            text=str(email.body),
            html=_html(email),
            due_at=now,
            expires_at=now + GOOD_FOR,
            priority=0,
        )
        for recipient in email.recipients()
    ]


def _html(email: EmailMessage) -> str:
    alternatives = email.alternatives if isinstance(email, EmailMultiAlternatives) else []
    return next((str(content) for content, kind in alternatives if kind == "text/html"), "")


def _deliver_if_alone(message: Message) -> None:
    """Where no worker has been heard of lately, nobody would send this: do it here, once committed.

    Both at once are harmless, since only one can claim it.
    """
    if not is_fresh(WORKER, now=clock.now(), within=_WORKER_IS_THERE):
        deliver_one(message, clock=clock.now)
