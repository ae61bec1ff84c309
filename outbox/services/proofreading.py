"""The last look at a message before it leaves."""

from outbox.models import Message
from outbox.services.enqueue import digest

# Left over by a placeholder language, ours or another's: `{{name}}`, `{% if %}`, Mailchimp's `*|FNAME|*`.
_LEFTOVERS = ("{{", "}}", "{%", "*|", "[FIRST")


def proofread(message: Message) -> str:
    """Why a message may not leave as it stands (a code of `outbox.words`); empty when it may."""
    if not message.subject.strip() or not message.text.strip():
        return "empty"
    if any(leftover in part for part in (message.subject, message.text) for leftover in _LEFTOVERS):
        return "content"
    return "" if digest(message) == message.content_sha256 else "changed"
