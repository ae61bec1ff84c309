"""Forms of rituals, wordings and attentions."""

from __future__ import annotations

from copy import copy
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils import formats
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from attentions import phrases, wording
from attentions.kinds import Kind
from attentions.models import Attention, Channel, Ritual
from attentions.services.rituals import LANGUAGES
from care.lib import days
from care.lib.addresses import has_controls
from members.models import Member

HOURS = range(6, 22)
SNOOZE = {"0": _("Until later today"), "1": _("Until tomorrow"), "3": _("For three days"), "7": _("For a week")}
LINE_LENGTH = 1_000
EARLIEST = 2000
IDEAS: dict[str, Any] = {
    "call": _("A phone call"),
    "card": _("A handwritten card"),
    "coffee": _("A coffee together"),
    "gift": _("A small gift"),
    "introduction": _("An introduction"),
    "thanks": _("A thank-you"),
}


class OwnedChoiceField(forms.ModelChoiceField):
    """A choice among rows of one community; a row of another does not exist here, as in an address: 404."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except ValidationError:
            raise Http404 from None


class CostField(forms.DecimalField):
    """An amount, with a point or a comma; the value is in cents."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs = {"label": _("Cost"), "required": False, "min_value": 0, "max_digits": 9, "decimal_places": 2, **kwargs}
        super().__init__(**kwargs)
        self.widget = forms.TextInput(attrs={"inputmode": "decimal", "class": "w-short", "autocomplete": "off"})

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.replace(",", ".") if isinstance(value, str) else value)

    def clean(self, value: Any) -> Any:
        amount = super().clean(value)
        return None if amount is None else int(amount * 100)


def _line(text: str) -> str:
    """One line of plain text."""
    text = " ".join(text.split())
    if has_controls(text):
        raise ValidationError(_("This holds invisible control characters. Please type it anew."))
    return text


def _with_help(label: Any, help_text: Any) -> Any:
    return format_html("{}<small>{}</small>", label, help_text)


class RitualForm(forms.Form):
    """How a community practises a ritual."""

    audience = OwnedChoiceField(queryset=None, required=False, label=_("For whom"), empty_label=_("Everybody"))
    hour = forms.TypedChoiceField(
        label=_("At what hour"),
        coerce=int,
        help_text=_("In each member's own time zone; at the community's hour where we do not know it."),
    )
    late_days = forms.IntegerField(
        label=_("Still welcome, days later"),
        min_value=0,
        max_value=60,
        help_text=_(
            "A note that was missed may go out so many days late, with words that say so. Then it is too late."
        ),
    )
    channel = forms.ChoiceField(label=_("How"), widget=forms.RadioSelect(attrs={"class": "cards across"}))
    approval = forms.ChoiceField(label=_("Who says yes"), widget=forms.RadioSelect(attrs={"class": "cards"}))
    veto_hours = forms.IntegerField(label=_("Hours to object"), min_value=1, max_value=336, required=False)
    hide_optional = True

    def __init__(self, data: Any = None, *, ritual: Ritual) -> None:
        self.ritual = ritual
        names = ("audience", "hour", "late_days", "channel", "approval", "veto_hours")
        super().__init__(data, initial={name: getattr(ritual, name) for name in names})
        fields: Any = self.fields
        fields["audience"].queryset = ritual.community.audiences.order_by("name")
        fields["hour"].choices = [(hour, formats.time_format(time(hour), "TIME_FORMAT")) for hour in HOURS]
        fields["channel"].choices = [
            (Channel.EMAIL, _with_help(_("E-mail"), _("By hand for those who have no address."))),
            (Channel.BY_HAND, _with_help(_("By hand"), _("You are reminded to call, write a card, hand over a gift."))),
        ]
        fields["approval"].choices = [
            (
                Ritual.Approval.ASK,
                _with_help(_("Ask me"), _("Nothing leaves until a person has read it and said yes.")),
            ),
            (
                Ritual.Approval.VETO,
                _with_help(
                    _("Send by itself unless I object"),
                    _("It appears on Today first. If nobody holds it back in that time, it leaves at its hour."),
                ),
            ),
            (
                Ritual.Approval.AUTO,
                _with_help(
                    _("Send by itself"),
                    _("Nobody reads it before it leaves. What is over a day late still asks."),
                ),
            ),
        ]

    def clean_veto_hours(self) -> int:
        return self.cleaned_data["veto_hours"] or self.ritual.veto_hours

    def changes(self) -> dict[str, Any]:
        """The settings that differ from those of the ritual."""
        return {name: value for name, value in self.cleaned_data.items() if getattr(self.ritual, name) != value}

    def as_if_saved(self) -> Ritual:
        """A copy of the ritual with these settings, not saved."""
        ritual = copy(self.ritual)
        for name, value in self.cleaned_data.items():
            setattr(ritual, name, value)
        return ritual


class WordingForm(forms.Form):
    """One variant of the words of a ritual; wrong placeholders are told by field, and what was typed stays."""

    subject = forms.CharField(label=_("Subject"), required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    body = forms.CharField(
        label=_("Text"), required=False, strip=False, widget=forms.Textarea(attrs={"rows": 14, "class": "tall"})
    )
    belated = forms.CharField(
        label=_("When it goes out late, begin with"),
        required=False,
        help_text=_("Stands where {belated} is, else after the first paragraph."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    hide_optional = True

    def __init__(self, *args: Any, kind: Kind[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        for name in self.fields:
            self.fields[name].widget.attrs["data-wording"] = name

    def clean(self) -> None:
        errors = wording.check(
            subject=self.cleaned_data.get("subject", ""),
            body=self.cleaned_data.get("body", "").replace("\r\n", "\n"),
            belated=self.cleaned_data.get("belated", ""),
            extra=self.kind.placeholders,
            optional=self.kind.optional,
        )
        for field, error in errors.items():
            self.add_error(field, error)


class PreviewForm(forms.Form):
    """How the preview of a wording is looked at: for the how-manyeth person, with a line of one's own, late."""

    person = forms.IntegerField(required=False, min_value=0, max_value=10_000, widget=forms.HiddenInput)
    with_line = forms.BooleanField(label=_("With a personal line"), required=False)
    is_late = forms.BooleanField(label=_("A day late"), required=False)


class ApproveForm(forms.Form):
    """The personal line that goes with an approval; absent when the page had no field for it."""

    personal_line = forms.CharField(
        label=_("A personal line"),
        required=False,
        max_length=LINE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"max_length": _("A personal line has at most 1,000 characters.")},
    )


class SnoozeForm(forms.Form):
    """When it comes back to Today."""

    days = forms.TypedChoiceField(choices=list(SNOOZE.items()), coerce=int, label=_("Snooze"))


class SkipForm(forms.Form):
    """Why somebody decided against it: a quick answer, or their own words, which count more."""

    reason = forms.CharField(required=False, max_length=200)
    reason_text = forms.CharField(
        label=_("In your own words"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {"reason": _line(data.get("reason_text") or data.get("reason") or "")}


class HandOverForm(forms.Form):
    """A colleague to look after it; nobody in particular gives it back to all."""

    to = OwnedChoiceField(
        queryset=None,
        required=False,
        label=_("Who looks after it"),
        empty_label=_("Nobody in particular"),
        blank=True,
        widget=forms.RadioSelect(attrs={"class": "cards"}),
    )

    hide_optional = True

    def __init__(self, *args: Any, attention: Attention, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        team = attention.community.team.filter(role__in=("owner", "builder")).select_related("user")
        field: Any = self.fields["to"]
        field.queryset = team.order_by("user__name", "user__email")
        field.label_from_instance = lambda one: _with_help(one.user, one.get_role_display())
        self.has_colleagues = len(field.queryset) > 1 or attention.assigned_to_id is not None
        mine = [one.pk for one in field.queryset if one.user_id == attention.assigned_to_id]
        self.initial.setdefault("to", mine[0] if mine else None)


class DoneForm(forms.Form):
    """What came of a gesture by hand."""

    note = forms.CharField(
        label=_("What happened"), required=False, max_length=2_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    cost = CostField()


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
        return _line(self.cleaned_data["detail"])

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
    personal_line = forms.CharField(
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
        by_mail = (Channel.EMAIL, _with_help(_("E-mail"), _("In your own words, to their address.")))
        fields["channel"].choices = [
            (Channel.BY_HAND, _with_help(_("By hand"), _("A call, a card, a coffee, a gift."))),
            *([by_mail] if can_be_mailed(member) else []),
        ]

    def clean(self) -> None:
        super().clean()
        if self.cleaned_data.get("channel") == Channel.EMAIL and not self.cleaned_data.get("personal_line"):
            self.add_error("personal_line", gettext("An e-mail needs a text. Write what you want to say to them."))


class RecordForm(OwnGestureForm):
    """A gesture that is done already."""

    days = {"0": _("Today"), "-1": _("Yesterday")}
    missing = _("Say in a few words what you did.")

    note = forms.CharField(
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


def can_be_mailed(member: Member) -> bool:
    """Whether a letter to them has a chance to arrive and may be sent."""
    return bool(member.email) and member.reachable == Member.Reachable.OK and member.status == Member.Status.ACTIVE


class ListForm(forms.Form):
    """The filters of the list of attentions."""

    state = forms.ChoiceField(required=False, choices=list(phrases.STATES.items()))
    kind = forms.CharField(required=False, max_length=40)
    q = forms.CharField(required=False, max_length=100)
    member = forms.UUIDField(required=False)


def languages() -> list[tuple[str, str]]:
    """The languages a wording can have, by their own names."""
    names = {"en": "English", "fr": "Français"}
    return [(code, names.get(code, code)) for code in LANGUAGES]
