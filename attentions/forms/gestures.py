"""Forms of gestures of one's own for a member."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from attentions import letters
from attentions.forms.fields import LINE_LENGTH, CostField, one_line, with_help
from attentions.models import Channel
from care.lib import days
from care.lib.lines import LinesField
from members.models import Member

EARLIEST = 2000


IDEAS: dict[str, Any] = {
    "call": _("A phone call"),
    "card": _("A handwritten card"),
    "coffee": _("A coffee together"),
    "gift": _("A small gift"),
    "introduction": _("An introduction"),
    "thanks": _("A thank-you"),
}


def can_be_mailed(member: Member) -> bool:
    """Whether a letter to them has a chance to arrive and may be sent."""
    return bool(member.email) and member.reachable == Member.Reachable.OK and member.status == Member.Status.ACTIVE


class OwnGestureForm(forms.Form):
    """What all gestures of one's own have: what it is, by a click or in own words, and its day."""

    idea = forms.ChoiceField(label=_("What"), required=False, choices=list(IDEAS.items()), widget=forms.RadioSelect)
    detail = forms.CharField(
        label=_("In your own words"),
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "placeholder": _("or in your own words"),
                "aria-label": _("What, in your own words"),
            }
        ),
    )
    day = forms.ChoiceField(label=_("When"), required=False, widget=forms.RadioSelect)
    on = forms.DateField(
        label=_("On this day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    hide_optional = True
    days: dict[str, Any] = {}
    missing: Any = ""

    def __init__(self, data: Any = None, *, member: Member, now: datetime, **kwargs: Any) -> None:
        self.today = days.local_day(now, member.zone)
        super().__init__(data, initial={"day": "0", "channel": Channel.BY_HAND}, **kwargs)
        fields: Any = self.fields
        fields["day"].choices = [*self.days.items(), ("on", _("Another day"))]

    def clean_detail(self) -> str:
        return one_line(self.cleaned_data["detail"])

    def clean(self) -> None:
        data = self.cleaned_data
        data["detail"] = data.get("detail") or str(IDEAS.get(data.get("idea", ""), ""))
        if not data["detail"] and "detail" not in self.errors:
            self.add_error("detail", self.missing)
        picked = data.get("day") or ("on" if data.get("on") else "0")
        if picked != "on":
            data["on"] = self.today + timedelta(days=int(picked))
        elif not data.get("on") and "on" not in self.errors:
            self.add_error("on", gettext("Choose a day."))

    def on_day(self) -> date:
        day: date = self.cleaned_data["on"]
        return day


class GestureForm(OwnGestureForm):
    """A gesture to come: what, when, how."""

    days = {"0": _("Today"), "1": _("Tomorrow"), "7": _("In a week")}
    missing = _("Say in a few words what you want to do.")

    channel = forms.ChoiceField(label=_("How"), widget=forms.RadioSelect(attrs={"class": "cards across"}))
    personal_line = LinesField(
        label=_("Your letter"),
        required=False,
        max_length=LINE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("The whole text; “What” is its subject. You approve it before it leaves."),
    )

    def __init__(self, data: Any = None, *, member: Member, now: datetime, **kwargs: Any) -> None:
        super().__init__(data, member=member, now=now, **kwargs)
        fields: Any = self.fields
        fields["on"].widget.attrs["min"] = self.today.isoformat()
        by_mail = (Channel.EMAIL, with_help(_("E-mail"), _("In your own words, to their address.")))
        fields["channel"].choices = [
            (Channel.BY_HAND, with_help(_("By hand"), _("A call, a card, a coffee, a gift."))),
            *([by_mail] if can_be_mailed(member) else []),
        ]

    def clean(self) -> None:
        super().clean()
        if self.cleaned_data.get("channel") == Channel.EMAIL and not self.cleaned_data.get("personal_line"):
            self.add_error("personal_line", letters.NO_WORDS)


class RecordForm(OwnGestureForm):
    """A gesture that is done already."""

    days = {"0": _("Today"), "-1": _("Yesterday")}
    missing = _("Say in a few words what you did.")

    note = LinesField(
        label=_("What happened"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Kept on their page. Write it as if they read it: they may ask to."),
    )
    cost = CostField()

    def __init__(self, data: Any = None, *, member: Member, now: datetime, **kwargs: Any) -> None:
        super().__init__(data, member=member, now=now, **kwargs)
        self.fields["on"].widget.attrs["max"] = self.today.isoformat()

    def clean_on(self) -> date | None:
        day: date | None = self.cleaned_data["on"]
        if day and day.year < EARLIEST:
            raise ValidationError(_("Choose a day since the year 2000."))
        return day
