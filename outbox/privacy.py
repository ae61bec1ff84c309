"""What is kept on letters for a member: the fact that there was one for good, its words and addresses for a time."""

from datetime import datetime, timedelta

from django.db.models import Q, Value
from django.db.models.functions import Upper
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.models import Member
from members.privacy.contract import Kept, Line, Row, Section
from outbox.categories import label
from outbox.models import Attempt, Message, OptOut
from outbox.querysets import OPEN, MessageQuerySet
from outbox.services.cancelling import cancel

WORDS_FOR = timedelta(days=731)
ACCOUNT_MAIL_FOR = timedelta(days=90)

_FOR_GOOD = _("for good, without a name")
_TWO_YEARS = _("24 months; of account mail 90 days")
_address = Kept(_("to know where a letter went, when somebody asks"), _TWO_YEARS)
_words = Kept(_("to know what was said, and to send exactly what was approved"), _TWO_YEARS)
_counted = Kept(_("to know what became of each letter, and to count"), _FOR_GOOD)
_CHOSEN = _("until the member chooses otherwise or is erased")
_choice = Kept(_("not to write to a member what they do not want"), _CHOSEN)

FIELDS = {
    "outbox.Message.to_email": _address,
    "outbox.Message.to_name": _address,
    "outbox.Message.subject": _words,
    "outbox.Message.text": _words,
    "outbox.Message.html": _words,
    "outbox.Message.content_sha256": Kept(_("to notice when words are not what was approved"), _TWO_YEARS),
    "outbox.Message.from_name": Kept(_("to know who wrote"), _FOR_GOOD),
    "outbox.Message.reply_to": Kept(_("to know where an answer went"), _FOR_GOOD),
    "outbox.Message.category": _counted,
    "outbox.Message.message_class": _counted,
    "outbox.Message.state": _counted,
    "outbox.Message.reason": _counted,
    "outbox.Message.origin": _counted,
    "outbox.Message.message_id": _counted,
    "outbox.Message.language": _counted,
    "outbox.Message.error": Kept(_("what the mail server said, to mend what went wrong"), _TWO_YEARS),
    "outbox.Attempt.detail": Kept(_("what the mail server said, to mend what went wrong"), _TWO_YEARS),
    "outbox.Attempt.outcome": _counted,
    "outbox.Attempt.phase": _counted,
    "outbox.OptOut.category": _choice,
    "outbox.OptOut.until": _choice,
    "outbox.OptOut.source": Kept(_("to know how we learned of it"), _CHOSEN),
}

_BLANK = {"to_email": "", "to_name": "", "subject": "", "text": "", "html": "", "error": "", "content_sha256": ""}


def export(member: Member) -> dict[str, list[Row]]:
    """Every letter with its words and what became of it, and what the member does not want."""
    columns = (
        "category",
        "state",
        "reason",
        "due_at",
        "sent_at",
        "to_email",
        "to_name",
        "from_name",
        "subject",
        "error",
    )
    return {
        "messages": list(Message.objects.filter(member=member).order_by("due_at").values(*columns, "text")),
        "attempts": list(
            Attempt.objects.filter(message__member=member).order_by("at").values("at", "phase", "outcome", "detail")
        ),
        "opt_outs": list(OptOut.objects.filter(member=member).values("category", "until", "source", "created_at")),
    }


def shown(member: Member) -> list[Section]:
    """The letters that were sent, and what the member does not want."""
    sent = Message.objects.filter(member=member, state="sent").order_by("-sent_at")
    letters = [Line(row.sent_at, row.subject or label(row.category), row.text) for row in sent]
    declined = OptOut.objects.filter(member=member).order_by("created_at")
    refusals = [Line(row.created_at, _refusal(row)) for row in declined]
    return [
        Section(gettext("Letters"), "mail", letters, gettext("None yet.")),
        Section(gettext("What you do not want"), "bell-off", refusals, gettext("Nothing: you get all of it.")),
    ]


def _refusal(row: OptOut) -> str:
    return gettext("No letters at all") if row.category == OptOut.ALL else str(label(row.category))


def erase(member: Member) -> None:
    """Take back what waits, and blank words and addresses; of account mail to the same address too."""
    _take_back(Message.objects.filter(member=member))
    if member.email:
        to_the_same = Message.objects.of_class("account").alias(to=Upper("to_email"))
        _take_back(to_the_same.filter(to=Upper(Value(member.email))))
    OptOut.objects.filter(member=member).delete()


def forget(now: datetime) -> dict[str, int]:
    """Blank what has been kept long enough."""
    over = Q(due_at__lt=now - WORDS_FOR) | Q(message_class="account", due_at__lt=now - ACCOUNT_MAIL_FOR)
    kept = Message.objects.filter(over).exclude(state__in=OPEN).exclude(to_email="", text="")
    return {"letters": _blank(kept)}


def _take_back(messages: MessageQuerySet) -> None:
    cancel(messages, reason="erased")
    _blank(messages)


def _blank(messages: MessageQuerySet) -> int:
    Attempt.objects.filter(message__in=messages).update(detail="")
    return messages.update(**_BLANK)
