"""What is kept of letters to a member: that there was one for good, its words for a time."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import Member
from members.privacy.contract import Kept, Line, Row, Section
from outbox.categories import label
from outbox.models import Attempt, Message, OptOut
from outbox.querysets import MessageQuerySet
from outbox.services.cancelling import cancel

WORDS_FOR = timedelta(days=731)
ACCOUNT_MAIL_FOR = timedelta(days=30)

_FOR_GOOD = _("for good, without a name")
_TWO_YEARS = _("24 months; sign-in codes and other account mail 30 days")
_words = Kept(_("to know what was said, and to answer when somebody asks"), _TWO_YEARS)
_counted = Kept(_("so that nothing is sent twice, and to count"), _FOR_GOOD)

FIELDS = {
    "outbox.Message.to_email": Kept(_("to send it there, and nowhere else"), _TWO_YEARS),
    "outbox.Message.to_name": Kept(_("to send it to a person"), _TWO_YEARS),
    "outbox.Message.subject": _words,
    "outbox.Message.text": _words,
    "outbox.Message.html": _words,
    "outbox.Message.error": Kept(_("what the mail server answered, to mend it"), _TWO_YEARS),
    "outbox.Message.from_name": _words,
    "outbox.Message.reply_to": _words,
    "outbox.Message.language": _counted,
    "outbox.Message.content_sha256": Kept(_("proof that what was approved is what was sent"), _TWO_YEARS),
    "outbox.Message.origin": _counted,
    "outbox.Message.message_class": _counted,
    "outbox.Message.category": _counted,
    "outbox.Message.state": _counted,
    "outbox.Message.reason": _counted,
    "outbox.Message.message_id": _counted,
    "outbox.Attempt.phase": _counted,
    "outbox.Attempt.outcome": _counted,
    "outbox.Attempt.detail": Kept(_("what the mail server answered, to mend it"), _TWO_YEARS),
    "outbox.OptOut.category": Kept(_("to send nothing that is not wanted"), _("until it is taken back, or erased")),
    "outbox.OptOut.source": Kept(_("to know how we were told"), _("until it is taken back, or erased")),
}

_BLANK = {
    "to_email": "",
    "to_name": "",
    "from_name": "",
    "reply_to": "",
    "subject": "",
    "text": "",
    "html": "",
    "error": "",
    "content_sha256": "",
}
_OVER = ("sent", "failed", "unknown", "cancelled", "expired")


def export(member: Member) -> dict[str, list[Row]]:
    """Every letter with its words and what became of it, and what the member does not want."""
    columns = ("message_class", "category", "state", "due_at", "sent_at", "to_email", "from_name", "subject", "text")
    return {
        "messages": list(_letters(member).order_by("due_at").values(*columns)),
        "opt_outs": list(OptOut.objects.filter(member=member).values("category", "until", "source", "created_at")),
    }


def shown(member: Member) -> list[Section]:
    """The letters that left, and what is not wanted."""
    sent = _letters(member).filter(sent_at__isnull=False).order_by("-sent_at")
    letters = [Line(row.sent_at, row.subject, row.text) for row in sent]
    refused = [Line(row.created_at, label(row.category)) for row in OptOut.objects.filter(member=member)]
    return [
        Section(_("Letters you were sent"), "mail", letters, _("None yet.")),
        Section(_("What you do not want"), "bell-off", refused, _("You have not said no to anything.")),
    ]


def erase(member: Member) -> None:
    """Take back what has not left, and blank the words and addresses of everything else."""
    letters = _letters(member)
    cancel(letters, reason="erased")
    Attempt.objects.filter(message__in=letters.values("pk")).update(detail="")
    letters.update(**_BLANK)
    OptOut.objects.filter(member=member).delete()


def forget(now: datetime) -> dict[str, int]:
    """Blank the words of letters that are long over."""
    old = Q(due_at__lt=now - WORDS_FOR) | Q(message_class="account", due_at__lt=now - ACCOUNT_MAIL_FOR)
    over = Message.objects.filter(old, state__in=_OVER).exclude(content_sha256="")
    Attempt.objects.filter(message__in=over.values("pk")).update(detail="")
    return {"letters": over.update(**_BLANK)}


def _letters(member: Member) -> MessageQuerySet:
    """All to the member, and the account mail to their address, which names no member."""
    theirs = Q(member=member)
    if member.email_key:
        to_them = Q(to_email__iexact=member.email) | Q(to_email__iexact=member.email_key)
        theirs |= Q(to_them, message_class="account", member__isnull=True)
    return Message.objects.filter(theirs)
