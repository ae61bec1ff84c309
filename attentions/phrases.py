"""How rituals and attentions are said: when, in what state, why not."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from attentions.kinds import kind_of
from attentions.models import Attention, Ritual
from attentions.services.by_hand import KIND as BY_HAND
from care.lib.days import ONE_DAY, local_day
from care.lib.places import place

Text = str | Promise

# The quick answers to "why skip this one?". What somebody typed is kept as it is.
SKIP_REASONS: dict[str, Text] = {
    "not_now": gettext_lazy("Not the right moment"),
    "done_elsewhere": gettext_lazy("I did it another way"),
    "not_wanted": gettext_lazy("They would not want it"),
    "wrong": gettext_lazy("The facts are wrong"),
    "objected": gettext_lazy("Held back"),
}

ASKS_AGAIN: dict[str, Text] = {
    "changed": gettext_lazy("Asks again: something about them changed after it was approved."),
    "moved": gettext_lazy("Asks again: its day, hour or way changed after it was approved."),
    "late": gettext_lazy("Asks again: it could not leave when it was due. After its day it says that it is late."),
    "undone": gettext_lazy("Asks again: its approval was taken back."),
    "withdrawn": gettext_lazy("Asks again: it had been withdrawn in the meantime."),
}

STATES: dict[str, Text] = {
    "waiting": gettext_lazy("Waiting"),
    "upcoming": gettext_lazy("Upcoming"),
    "approved": gettext_lazy("Approved"),
    "done": gettext_lazy("Done"),
    "declined": gettext_lazy("Skipped"),
    "expired": gettext_lazy("Too late"),
    "withdrawn": gettext_lazy("Withdrawn"),
}

STATE_HELP: dict[str, Text] = {
    "waiting": gettext_lazy("These wait for a yes or no from the team."),
    "upcoming": gettext_lazy(
        "Planned for later, or snoozed. They come up on Today when their time is near; you may approve one sooner."
    ),
    "approved": gettext_lazy("These leave, or are to be done by hand, at the time shown."),
    "done": gettext_lazy("These reached their people."),
    "declined": gettext_lazy("Somebody decided against these. A skip can be taken back while there is still time."),
    "expired": gettext_lazy(
        "Nobody approved these while they were still welcome, Care was stopped on that day, or their letter could not "
        "be delivered in time. They are not sent late without a person: write to whoever matters by hand."
    ),
    "withdrawn": gettext_lazy(
        "The plan no longer wants these: the member left, was put on another ritual, or the ritual was switched off. "
        "They come back by themselves if that changes in time."
    ),
}

STATE_TONES = {
    "waiting": "accent",
    "upcoming": "",
    "approved": "accent",
    "done": "ok",
    "declined": "",
    "expired": "warm",
    "withdrawn": "",
}


def state_of(attention: Attention, *, now: datetime, until: datetime) -> str:
    """The state as the team sees it: what is proposed waits, or is upcoming when due from `until` on, or put off."""
    if attention.state != "proposed":
        return attention.state
    hold = attention.member.hold_ends_at if attention.member else None
    is_put_off = any(ends is not None and ends > now for ends in (attention.snoozed_until, hold))
    return "upcoming" if is_put_off or attention.due_at >= until else "waiting"


def kind_title(key: str) -> str:
    """The name of a kind; its key when its file is gone."""
    if key == BY_HAND:
        return _("By hand")
    kind = kind_of(key)
    return str(kind.title) if kind else key.replace("_", " ").capitalize()


def icon_of(attention: Attention) -> str:
    kind = kind_of(attention.kind)
    if kind:
        return kind.icon
    return "mail" if attention.channel == "email" else "hand-heart"


def tone_of(attention: Attention) -> str:
    kind = kind_of(attention.kind)
    return kind.tone if kind else "accent"


def reason(attention: Attention) -> str:
    """Why this gesture, in words that follow the name."""
    kind = kind_of(attention.kind)
    return kind.reason(attention) if kind else f"– {attention.detail}"


def act(attention: Attention) -> str:
    """What to do, as a verb."""
    kind = kind_of(attention.kind)
    return str(kind.act) if kind else attention.detail


def asks_again(attention: Attention) -> str:
    """Why it waits for a yes a second time; empty when it does not."""
    if attention.state != "proposed" or not attention.asks_again:
        return ""
    return str(ASKS_AGAIN.get(attention.asks_again, _("Asks again.")))


def skip_reason(text: str) -> str:
    """A reason for a skip, in the reader's language where it is one of the quick ones."""
    return str(SKIP_REASONS.get(text, text))


def zone_of(attention: Attention) -> str:
    """The member's zone, else the community's."""
    member = attention.member
    return (member.time_zone if member else "") or attention.community.time_zone


def clock_time(instant: datetime, zone: str) -> str:
    return formats.time_format(instant.astimezone(ZoneInfo(zone)).time(), "TIME_FORMAT")


def day_word(day: date, *, today: date) -> str:
    """A day beside today: "today", "tomorrow", "on Thursday 3 December"."""
    near = {today: _("today"), today + ONE_DAY: _("tomorrow"), today - ONE_DAY: _("yesterday")}
    return near.get(day) or _("on %(day)s") % {"day": formats.date_format(day, _("l j F"))}


def moment(instant: datetime, *, now: datetime, zone: str) -> str:
    """An instant in a zone, beside now: "tomorrow at 9 a.m."."""
    day = day_word(local_day(instant, zone), today=local_day(now, zone))
    return _("%(day)s at %(time)s") % {"day": day, "time": clock_time(instant, zone)}


def when(attention: Attention, *, now: datetime) -> str:
    """When it is due where the member lives, and what time it is there when that differs from the reader's own.

    Where we do not know their time zone it says whose hour it is; the preview of a ritual says why.
    """
    zone = zone_of(attention)
    today = local_day(now, zone)
    if attention.channel == "by_hand":
        if attention.due_on < today:
            return _("Was due %(day)s") % {"day": day_word(attention.due_on, today=today)}
        return _capital(day_word(attention.due_on, today=today))
    if attention.due_on < today:
        words = _("Was due %(moment)s") % {"moment": moment(attention.due_at, now=now, zone=zone)}
        welcome = use(attention, now=now)
        return f"{words} · {welcome}" if welcome else words
    words = _capital(moment(attention.due_at, now=now, zone=zone))
    if not (attention.member and attention.member.time_zone):
        return f"{words} " + _("(the community's hour)")
    if is_elsewhere(zone, now=now):
        there = _("in %(place)s, where it is %(time)s now") % {"place": place(zone), "time": clock_time(now, zone)}
        return f"{words} {there}"
    return words


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def is_elsewhere(zone: str, *, now: datetime) -> bool:
    """Whether the clocks there show something else than the reader's own."""
    return now.astimezone(ZoneInfo(zone)).utcoffset() != timezone.localtime(now).utcoffset()


def use(attention: Attention, *, now: datetime) -> str:
    """Until when it is still welcome: the last whole day before it is of no use.

    Empty for what is settled, and for what a person planned, which does not go out of date.
    """
    if attention.ritual_id is None or attention.state not in ("proposed", "approved"):
        return ""
    zone = zone_of(attention)
    today = local_day(now, zone)
    last = max(local_day(attention.expires_at, zone) - ONE_DAY, today)
    if last == today:
        return _("still welcome until tonight")
    if last == today + ONE_DAY:
        return _("still welcome until tomorrow")
    return _("still welcome until %(day)s") % {"day": formats.date_format(last, _("l j F"))}


# --- rituals


def for_whom(ritual: Ritual) -> str:
    return ritual.audience.name if ritual.audience else _("everybody")


def hour(ritual: Ritual) -> str:
    at = formats.time_format(datetime(2000, 1, 1, ritual.hour, tzinfo=timezone.get_current_timezone()), "TIME_FORMAT")
    return _("at %(time)s, their time") % {"time": at}


def approval(ritual: Ritual, *, now: datetime) -> str:
    """What happens before a note leaves, with the trial of a ritual that has just been trusted."""
    if ritual.channel == "by_hand":
        return _("a person does it by hand")
    if ritual.approval == Ritual.Approval.ASK:
        return _("asks you first")
    alone = _("sends by itself")
    if ritual.approval == Ritual.Approval.VETO:
        hours = ngettext("%(n)d hour", "%(n)d hours", ritual.veto_hours) % {"n": ritual.veto_hours}
        alone = _("sends by itself unless you object within %(hours)s") % {"hours": hours}
    if ritual.asks_until and ritual.asks_until > now:
        until = formats.date_format(timezone.localtime(ritual.asks_until), _("l j F, H:i"))
        return _("asks you until %(until)s, then %(alone)s") % {"until": until, "alone": alone}
    return alone
