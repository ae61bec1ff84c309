"""Forms of a community's settings, and of one's own."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from care.lib.addresses import clean_email, clean_name
from care.lib.languages import LANGUAGE_CHOICES
from members.forms.zones import ZoneField
from members.models import Community


class CommunityForm(forms.ModelForm):
    """What an owner or builder may set. The time zone is the owner's: it moves everybody's mornings."""

    class Meta:
        model = Community
        fields = (
            "name",
            "language",
            "time_zone",
            "feb29",
            "sender_name",
            "reply_to",
            "weekly_cap",
            "minutes_per_day",
        )
        widgets = {"feb29": forms.RadioSelect(attrs={"class": "inline"})}
        help_texts = {
            "name": _("Members read it in every note."),
            "language": _("For members whose own language we do not know."),
            "sender_name": _("The person whose name members see as sender, such as “Ana Duarte”."),
            "reply_to": _("A real mailbox that a person reads: answers to a note go there. Never a no-reply address."),
            "weekly_cap": _("One a day is the rule already. More move to a later day, birthdays first; none is lost."),
            "minutes_per_day": _("Today shows as much as fits into them. The rest follows as you go."),
        }

    def __init__(self, *args: Any, may_set_zone: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"] = ZoneField(
            keep=self.instance.time_zone,
            disabled=not may_set_zone,
            help_text=_("Hours and days of members whose own time zone we do not know.")
            if may_set_zone
            else _("Hours and days of members whose own time zone we do not know. An owner can change it."),
        )
        self.fields["feb29"].label = _("A birthday on 29 February is celebrated, in common years, on")
        for name, highest in (("weekly_cap", 21), ("minutes_per_day", 600)):
            self.fields[name].widget.attrs |= {"min": 1, "max": highest}

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])

    def clean_sender_name(self) -> str:
        return clean_name(self.cleaned_data["sender_name"])

    def clean_reply_to(self) -> str:
        address = self.cleaned_data["reply_to"]
        if not address:
            return ""
        local = address.partition("@")[0].lower().replace("-", "").replace("_", "").replace(".", "")
        if local in {"noreply", "donotreply", "nepasrepondre"}:
            raise ValidationError(_("Nobody reads this mailbox. Give one where an answer reaches a person."))
        return clean_email(address)

    def clean_weekly_cap(self) -> int:
        return _between(self.cleaned_data["weekly_cap"], 1, 21)

    def clean_minutes_per_day(self) -> int:
        return _between(self.cleaned_data["minutes_per_day"], 1, 600)


class AccountForm(forms.Form):
    """One's own name, language and time zone."""

    hide_optional = True

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        required=False,
        help_text=_("As the team sees you."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("As my browser says")), *LANGUAGE_CHOICES],
    )
    time_zone = ZoneField(required=False, empty=_("As the community"))

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])


class LanguageForm(forms.Form):
    """A language to read in."""

    language = forms.ChoiceField(choices=settings.LANGUAGES)


def _between(number: int, lowest: int, highest: int) -> int:
    if not lowest <= number <= highest:
        raise ValidationError(
            _("Give a number between %(lowest)d and %(highest)d."), params={"lowest": lowest, "highest": highest}
        )
    return number
