"""What is kept on gestures for a member: the fact that there was one for good, its words for a time."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from attentions.kinds import kind_of
from attentions.models import Attention
from members.models import Member
from members.privacy.contract import Kept, Line, Row, Section

WORDS_FOR = timedelta(days=731)

_FOR_GOOD = _("for good, without a name")
_TWO_YEARS = _("24 months after the day it was for")
_words = Kept(_("to know what was said, and not to say it twice"), _TWO_YEARS)
_counted = Kept(_("so that nobody gets the same twice, and to count"), _FOR_GOOD)

FIELDS = {
    "attentions.Attention.kind": _counted,
    "attentions.Attention.cycle": _counted,
    "attentions.Attention.channel": _counted,
    "attentions.Attention.state": _counted,
    "attentions.Attention.asks_again": Kept(_("to say why it waits for approval again"), _FOR_GOOD),
    "attentions.Attention.detail": _words,
    "attentions.Attention.personal_line": _words,
    "attentions.Attention.note": _words,
    "attentions.Attention.declined_reason": Kept(_("to learn what is not wanted"), _TWO_YEARS),
    "attentions.Attention.facts_sha256": Kept(_("to notice that the facts changed after approval"), _TWO_YEARS),
}

_BLANK = {"detail": "", "personal_line": "", "note": "", "declined_reason": "", "facts_sha256": ""}
_OPEN = (Attention.State.PROPOSED, Attention.State.APPROVED)


def export(member: Member) -> dict[str, list[Row]]:
    """Every gesture planned or made, with what the team wrote down about it."""
    columns = ("kind", "cycle", "channel", "state", "due_on", "detail", "personal_line", "declined_reason")
    rows = Attention.objects.filter(member=member).order_by("due_at")
    return {"attentions": list(rows.values(*columns, "done_at", "note", "cost_cents"))}


def shown(member: Member) -> list[Section]:
    """The gestures that were made."""
    done = Attention.objects.filter(member=member, state=Attention.State.DONE).order_by("-done_at")
    lines = [Line(row.done_at, row.detail or _title(row.kind), row.personal_line) for row in done]
    return [Section(_("Small attentions"), "heart", lines, _("None yet."))]


def erase(member: Member) -> None:
    """Blank the words; take back what was still to come. The messages are the outbox's to erase."""
    rows = Attention.objects.filter(member=member)
    rows.update(**_BLANK)
    rows.filter(state__in=_OPEN).update(state=Attention.State.WITHDRAWN)


def forget(now: datetime) -> dict[str, int]:
    """Blank the words of what is long over."""
    over = Attention.objects.filter(due_at__lt=now - WORDS_FOR).exclude(state__in=_OPEN).exclude(**_BLANK)
    return {"words": over.update(**_BLANK)}


def _title(kind: str) -> str:
    found = kind_of(kind)
    return str(found.title) if found else kind
