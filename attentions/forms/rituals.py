"""Forms of rituals and of their words."""

from __future__ import annotations

from copy import copy
from datetime import time
from typing import Any

from django import forms
from django.utils import formats
from django.utils.translation import gettext_lazy as _

from attentions import wording
from attentions.forms.fields import OwnedChoiceField, with_help
from attentions.kinds import Kind
from attentions.models import Channel, Ritual

HOURS = range(6, 22)


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
            (Channel.EMAIL, with_help(_("E-mail"), _("By hand for those who have no address."))),
            (Channel.BY_HAND, with_help(_("By hand"), _("You are reminded to call, write a card, hand over a gift."))),
        ]
        fields["approval"].choices = [
            (
                Ritual.Approval.ASK,
                with_help(_("Ask me"), _("Nothing leaves until a person has read it and said yes.")),
            ),
            (
                Ritual.Approval.VETO,
                with_help(
                    _("Send by itself unless I object"),
                    _("It appears on Today first. If nobody holds it back in that time, it leaves at its hour."),
                ),
            ),
            (
                Ritual.Approval.AUTO,
                with_help(
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
