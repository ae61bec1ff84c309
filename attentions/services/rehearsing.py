"""Sending a note to oneself before anybody else gets it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from attentions.kinds import Kind
from attentions.letters import MAX_SUBJECT
from attentions.models import Ritual
from attentions.rehearsal import Rehearsal
from care.lib.nudge import nudge
from members import audit
from members.models import User
from outbox import services as outbox

# A test is of no use tomorrow.
TEST_IS_OF_USE = timedelta(hours=12)


@transaction.atomic
def send_test(rehearsed: Rehearsal, *, ritual: Ritual, kind: Kind[Any], language: str, to: User, now: datetime) -> None:
    """Mail a rehearsed note to the person who asked for it; it says that it is a test."""
    for_whom = rehearsed.member.called if rehearsed.member else "Maya Okafor"
    with override(language):
        head = _("This is a test of “%(ritual)s”, as %(name)s would get it. Nobody but you has got it.") % {
            "ritual": kind.title,
            "name": for_whom,
        }
        subject = _("Test: %(subject)s") % {"subject": rehearsed.subject}
    outbox.enqueue(
        outbox.Draft(
            message_class="account",
            community=ritual.community,
            to_email=to.email,
            to_name=to.name,
            subject=subject[:MAX_SUBJECT],
            text=f"{head}\n\n– – –\n\n{rehearsed.text}\n",
            due_at=now,
            expires_at=now + TEST_IS_OF_USE,
            from_name=ritual.community.sender_name,
            language=language,
        ),
        now=now,
    )
    audit.record(ritual.community, actor=to, verb="wording.tested", subject=ritual)
    nudge("outbox.drain")
