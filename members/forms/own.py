"""What a member corrects on their own page."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from care.lib.languages import LANGUAGE_CHOICES
from members.forms.shown import ShownForm
from members.forms.zones import ZoneField
from members.models import Community, CustomField, Member
from members.services import custom_fields
from members.services.members import ChangedMeanwhile

_DAYS = [("", "–"), *((str(day), str(day)) for day in range(1, 32))]
_MONTHS = [("", "–"), *((str(number), name) for number, name in MONTHS.items())]
_LANGUAGES = [("", _("As the community")), *LANGUAGE_CHOICES]
_YEAR = {"inputmode": "numeric", "class": "w-short"}

PLAIN = ("name", "preferred_name", "pronouns", "language", "time_zone", "country", "company")
BIRTHDAY = ("birth_day", "birth_month", "birth_year")


def _number(value: str) -> int | None:
    return int(value) if value else None


def _choice(label: Any, choices: list[tuple[str, Any]]) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label=label, choices=choices, coerce=_number, empty_value=None, required=False)


class OwnRecordForm(ShownForm):
    """A member's own facts. `custom` are the fields of the community that members correct themselves.

    What is accepted is said by `members.facts`, whose refusals come back through `refuse`.
    """

    hide_optional = True  # nearly all of them are: the page says it once

    name = forms.CharField(label=_("Name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    preferred_name = forms.CharField(
        label=_("How you like to be called"),
        max_length=80,
        required=False,
        help_text=_("A note begins with it. Empty: your first name."),
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    pronouns = forms.CharField(label=_("Pronouns"), max_length=40, required=False)
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=_LANGUAGES,
    )
    time_zone = ZoneField(
        required=False,
        empty=_("As the community"),
        guess=True,
        help_text=_("So that nothing reaches you at night. We take the one of your browser if you never chose."),
    )
    country = forms.CharField(
        label=_("Country"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "country-name"}),
    )
    company = forms.CharField(
        label=_("Company"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    birth_day = _choice(_("Day"), _DAYS)
    birth_month = _choice(_("Month"), _MONTHS)
    birth_year = forms.IntegerField(
        label=_("Year"), required=False, min_value=1900, max_value=2200, widget=forms.TextInput(attrs=_YEAR)
    )
    feb29 = forms.ChoiceField(
        label=_("In common years, celebrate on"),
        required=False,
        choices=[("", _("As the community")), *Community.Feb29.choices],
    )

    def __init__(self, *args: Any, member: Member, custom: Iterable[CustomField], **kwargs: Any) -> None:
        first = {field: getattr(member, field) for field in (*PLAIN, *BIRTHDAY, "feb29")}
        self._custom = {f"custom_{field.key}": field for field in custom}
        first |= {name: member.custom.get(field.key) for name, field in self._custom.items()}
        super().__init__(*args, **{**kwargs, "initial": first})
        self.fields["time_zone"] = _zone_field(self.fields["time_zone"], keep=member.time_zone)
        if (member.birth_month, member.birth_day) != (2, 29):
            del self.fields["feb29"]
        for name, field in self._custom.items():
            self.fields[name] = custom_form_field(field, keep=member.custom.get(field.key))
        if not member._state.adding:
            self.send_along()

    @property
    def custom_bound(self) -> list[forms.BoundField]:
        """The community's own fields, for the template."""
        return [self[name] for name in self._custom]

    def touched(self) -> set[str]:
        """The fields that the person changed; a birthday counts as one."""
        names = set(self.changed_data)
        return names | set(BIRTHDAY) if names & set(BIRTHDAY) else names

    def clean(self) -> dict[str, Any]:
        for name in self.overtaken(self.touched()):
            self.add_error(name, ChangedMeanwhile())
        return self.cleaned_data

    def changes(self) -> dict[str, Any]:
        """What to hand to `change_member`: what the person changed, whatever became of the rest meanwhile."""
        values = {name: value for name, value in self.cleaned_data.items() if name in self.touched()}
        custom = {field.key: values.pop(name) for name, field in self._custom.items() if name in values}
        return values | ({"custom": custom} if custom else {})

    def refuse(self, error: ValidationError) -> None:
        """Show what the service refused, beside the field it is about."""
        by_field = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        for field, reasons in by_field.items():
            for reason in reasons:
                self.add_error(field if field in self.fields else None, reason)


class OwnDateForm(ShownForm):
    """One day that matters to them. A row without a label is none; clearing the label takes the day away."""

    hide_optional = True

    label = forms.CharField(label=_("What it is"), max_length=80, required=False)
    day = _choice(_("Day"), _DAYS)
    month = _choice(_("Month"), _MONTHS)
    year = forms.IntegerField(
        label=_("Year"), required=False, min_value=1900, max_value=2200, widget=forms.TextInput(attrs=_YEAR)
    )
    is_yearly = forms.BooleanField(label=_("Every year"), required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.send_along()

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if cleaned.get("label") and not (cleaned.get("day") and cleaned.get("month")):
            self.add_error("day", _("Give the day and the month."))
        return cleaned


class _OwnDates(forms.BaseFormSet):
    def clean(self) -> None:
        """Days that somebody else changed meanwhile are no longer the rows that the page showed."""
        if self.has_changed() and [name for form in self.forms for name in form.overtaken(form.fields)]:
            raise ChangedMeanwhile


OwnDatesForm = forms.formset_factory(OwnDateForm, formset=_OwnDates, extra=2, max_num=30)


def dates_in(formset: Any) -> list[dict[str, Any]] | None:
    """The days given, for `correct`; None when they were left as the page showed them."""
    if not formset.has_changed():
        return None
    fields = ("label", "day", "month", "year", "is_yearly")
    rows = (form.cleaned_data for form in formset.forms)
    return [{field: row[field] for field in fields} for row in rows if row.get("label")]


def custom_form_field(field: CustomField, *, keep: Any = None) -> forms.Field:
    """The form field for one of the community's own fields; what is accepted is said by its service.

    `keep` is the value on record: a choice that was taken off the list since stays choosable where it was chosen.
    """
    return _OwnField(field, keep)


class _OwnField(forms.Field):
    def __init__(self, field: CustomField, keep: Any) -> None:
        super().__init__(label=field.label, required=False, widget=_widget(field, keep))
        self._field, self._keep = field, keep

    def clean(self, value: Any) -> Any:
        return value if value and value == self._keep else custom_fields.clean_value(self._field, value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        shown = "" if initial is None else str(self.prepare_value(initial))
        return super().has_changed(shown, data)

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


def _widget(field: CustomField, keep: Any) -> forms.Widget:
    sort = CustomField.Sort(field.sort)
    if sort is CustomField.Sort.CHOICE:
        choices = dict.fromkeys([*field.choices, *([keep] if keep else [])])
        return forms.Select(choices=[("", "–"), *((choice, choice) for choice in choices)])
    if sort is CustomField.Sort.YES_NO:
        return forms.Select(choices=[("", "–"), ("yes", _("Yes")), ("no", _("No"))])
    if sort is CustomField.Sort.DATE:
        return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.TextInput(attrs={"inputmode": "decimal"} if sort is CustomField.Sort.NUMBER else {})


def _zone_field(declared: forms.Field, *, keep: str) -> ZoneField:
    return ZoneField(
        required=False, empty=_("As the community"), guess=not keep, keep=keep, help_text=declared.help_text
    )


class EraseForm(forms.Form):
    """The name of the community, typed, and the code that came by mail."""

    typed = forms.CharField(max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    code = forms.CharField(
        label=_("The code from your mailbox"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "class": "code"}),
    )

    def __init__(self, *args: Any, community: Community, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._name = community.name
        self.fields["typed"].label = _("To be sure, type the name of the community: %s") % community.name

    def clean_typed(self) -> str:
        typed = " ".join(self.cleaned_data["typed"].split())
        if typed.casefold() != " ".join(self._name.split()).casefold():
            raise ValidationError(_("Type it as it stands above."))
        return typed
