"""States and reasons of messages in words: what happened, and what there is to do."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.timeline.contract import Tone
from outbox.models import Message

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Explanation:
    """What happened to a message, and what a person can do about it, which may be nothing."""

    happened: Text
    to_do: Text = ""


_REASONS: dict[tuple[str, str], Explanation] = {
    # waiting
    ("queued", "cap"): Explanation(
        _("The member gets something else on the day it was for, so it goes out on the next free one."),
    ),
    ("queued", "temporary"): Explanation(
        _("The mail server could not take it just then. It is tried again by itself."),
    ),
    ("queued", "configuration"): Explanation(
        _("The mail server did not let us in. It is tried again by itself."),
        _("If this goes on, check the mail settings of this install."),
    ),
    # did not leave
    ("failed", "refused"): Explanation(
        _("The mail server of this address refused it."),
        _("What it said is below. Often the address is wrong, or the letter looked like spam to it."),
    ),
    ("failed", "no_mailbox"): Explanation(
        _("There is no mailbox at this address. No more letters go there."),
        _("Ask the member for a new address and correct it on their page."),
    ),
    ("failed", "temporary"): Explanation(
        _("It was tried five times over most of a day and did not get through."),
        _("Try again, or write to them another way."),
    ),
    ("failed", "content"): Explanation(
        _("Something in it is not ready to be read, such as a placeholder that was left over."),
        _("Correct the wording, then write it again."),
    ),
    ("failed", "empty"): Explanation(
        _("It has no subject or no text."),
        _("Complete the wording, then write it again."),
    ),
    ("failed", "changed"): Explanation(
        _("Its text is not what was approved, so it did not leave."),
        _("Tell whoever looks after this install: somebody changed the database by hand."),
    ),
    # may have left
    ("unknown", "no_answer"): Explanation(
        _("We handed it over and the mail server never answered. It may have arrived, or not."),
        _("If you can find out, say so here. Nothing is sent twice by itself."),
    ),
    ("unknown", "crash"): Explanation(
        _("Care was stopped at the moment of sending. It may have arrived, or not."),
        _("If you can find out, say so here. Nothing is sent twice by itself."),
    ),
    # held back
    ("held", "late"): Explanation(
        _("It should have left more than a day ago."),
        _("Read it again: is it still right today? Then let it go."),
    ),
    ("held", "brake"): Explanation(
        _("More letters than usual wanted to leave by themselves that day, so all of them were held."),
        _("Look at a few of them. If all is well, let them go."),
    ),
    ("held", "poison"): Explanation(
        _("Care stopped three times while preparing this letter."),
        _("Tell whoever looks after this install, then let it go."),
    ),
    ("held", "configuration"): Explanation(
        _("The mail server does not let us in, so letters wait."),
        _("When the mail settings are mended, resume sending."),
    ),
    # taken back
    ("cancelled", "undone"): Explanation(_("Its approval was undone in time.")),
    ("cancelled", "opted_out"): Explanation(_("The member does not want letters of this sort.")),
    ("cancelled", "erased"): Explanation(_("The member was erased.")),
    ("cancelled", "changed"): Explanation(_("What it was made of has changed, so it is prepared anew.")),
    ("cancelled", "withdrawn"): Explanation(_("It is not planned any more.")),
    ("cancelled", "moved"): Explanation(_("Its day has changed, so it is prepared anew.")),
    ("cancelled", "late"): Explanation(_("It was late, so it is prepared anew with words for that.")),
    ("cancelled", "member_invited"): Explanation(_("The member has not joined yet.")),
    ("cancelled", "member_left"): Explanation(_("The member has left.")),
    ("cancelled", "member_banned"): Explanation(_("The member was banned.")),
    ("cancelled", "member_deceased"): Explanation(_("The member has died.")),
    ("cancelled", "member_erased"): Explanation(_("The member was erased.")),
    ("cancelled", "member_bounced"): Explanation(
        _("Mail to this address comes back."), _("Ask the member for a new address and correct it on their page.")
    ),
    ("cancelled", "member_suppressed"): Explanation(_("This person asked never to be written to.")),
}
_STATES: dict[str, Explanation] = {
    "queued": Explanation(_("It waits for its time.")),
    "claimed": Explanation(_("It is being sent.")),
    "sending": Explanation(_("It is being sent.")),
    "sent": Explanation(_("The mail server of this address took it.")),
    "failed": Explanation(_("It did not leave.")),
    "unknown": Explanation(_("It may have arrived, or not.")),
    "held": Explanation(_("It is held back."), _("Read it, then let it go.")),
    "cancelled": Explanation(_("It was taken back before it left.")),
    "expired": Explanation(_("Its time was over before it could leave.")),
}

_PHASES: dict[str, Text] = {
    "claimed": _("while preparing it"),
    "connect": _("on the way to the mail server"),
    "greeting": _("when the mail server should have greeted us"),
    "tls": _("when the connection should have become private"),
    "login": _("when signing in to the mail server"),
    "mail": _("when saying who it is from"),
    "rcpt": _("when saying who it is for"),
    "data": _("while handing over the text"),
    "dot": _("after the whole text was handed over"),
    "done": _("all the way"),
}
_FATES: dict[str, Text] = {
    "sent": _("Taken by the mail server"),
    "later": _("Did not get through"),
    "refused": _("Refused"),
    "unknown": _("No answer"),
    "setup": _("Not let in"),
    "crashed": _("Care was stopped"),
}


def explain(message: Message) -> Explanation:
    """What happened to this message and what to do."""
    return _REASONS.get((message.state, message.reason)) or _STATES[message.state]


def phase(key: str) -> Text:
    """How far a try came."""
    return _PHASES.get(key, key)


def fate(key: str) -> Text:
    """How a try ended."""
    return _FATES.get(key, key)


# How the dot beside a state is coloured, and the icon of a letter in it where it is not the plain one.
TONES: dict[str, Tone] = {
    "sent": "ok",
    "failed": "bad",
    "unknown": "warm",
    "held": "warm",
    "claimed": "accent",
    "sending": "accent",
}
ICONS = {"sent": "mail-check", "failed": "mail-x", "held": "circle-pause", "expired": "hourglass"}
