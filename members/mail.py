"""Account mail of this package: one plain letter to one person, through Django's mail and so through the outbox."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation


def send_account_mail(
    template: str, *, to: str, language: str, context: dict[str, Any], reply_to: str | None = None
) -> None:
    """Write `members/mail/<template>_subject.txt` and `_message.txt` to one address, in the reader's language."""
    given = {"current_site": {"domain": urlsplit(settings.BASE_URL).netloc}, **context}
    with translation.override(language or settings.LANGUAGE_CODE):
        subject = " ".join(render_to_string(f"members/mail/{template}_subject.txt", given).split())
        text = render_to_string(f"members/mail/{template}_message.txt", given).strip() + "\n"
        EmailMessage(subject, text, to=[to], reply_to=[reply_to] if reply_to else None).send()


def absolute(name: str, *args: Any) -> str:
    """The whole address of a page, for a link in a mail."""
    return f"{settings.BASE_URL}{reverse(name, args=args)}"
