"""The filter of the member list as fields: drawn from a filter, sent as an address, read by `members.audiences`."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from members.audiences import Filter
from members.forms.zones import ZoneField
from members.listing import DEFAULT_ORDER, ORDERS
from members.models import Community, CustomField, Member

_STATUSES = [choice for choice in Member.Status.choices if choice[0] != Member.Status.ERASED]
_LAST = [
    ("", _("At any time")),
    ("7", _("In the last 7 days")),
    ("30", _("In the last 30 days")),
    ("90", _("In the last 90 days")),
    ("365", _("In the last year")),
]
# So many tags are shown as buttons; a community with more finds the others through a search box of its own, one day.
_MOST_TAGS = 80


def _yes_no(label: Any, yes: Any, no: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", _("Either")), ("yes", yes), ("no", no)])


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class _Chips(forms.CheckboxSelectMultiple):
    template_name = "members/widgets/chips.html"


class FilterForm(forms.Form):
    """Never validated: what comes back is read by `audiences.from_query`, which also reads what has no field here."""

    hide_optional = True

    status = forms.MultipleChoiceField(label=_("Status"), required=False, choices=_STATUSES, widget=_Chips)
    tags = forms.MultipleChoiceField(label=_("Has all of these tags"), required=False, widget=_Chips)
    any_tags = forms.MultipleChoiceField(label=_("Has any of these tags"), required=False, widget=_Chips)
    no_tags = forms.MultipleChoiceField(label=_("Has none of these tags"), required=False, widget=_Chips)
    joined_within = forms.ChoiceField(label=_("Joined"), required=False, choices=_LAST)
    joined_after = _day(_("Joined after"))
    joined_before = _day(_("Joined before"))
    birthday_month = forms.MultipleChoiceField(
        label=_("Birthday in"),
        required=False,
        choices=[(str(number), name) for number, name in MONTHS.items()],
        widget=_Chips,
    )
    zone = ZoneField(required=False)
    language = forms.MultipleChoiceField(label=_("Language"), required=False, choices=settings.LANGUAGES, widget=_Chips)
    company = forms.CharField(label=_("Company"), required=False, max_length=120)
    has_email = _yes_no(_("E-mail"), _("With an address"), _("Without an address"))
    on_hold = _yes_no(_("Hold"), _("On hold"), _("Not on hold"))

    def __init__(self, told: Filter, *, community: Community) -> None:
        values = told.to_json()
        asked = dict(pair.split("=", 1) for pair in values.pop("field", []))
        first: dict[str, Any] = {
            name: {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
            for name, value in values.items()
        }
        zones = first.pop("zone", [])
        super().__init__(initial={**first, "zone": zones[0] if zones else ""}, prefix=None)
        self.fields["zone"] = ZoneField(required=False, empty=_("Anywhere"), keep=zones[0] if zones else "")
        names = list(community.tags.order_by("key").values_list("name", flat=True)[:_MOST_TAGS])
        for field in ("tags", "any_tags", "no_tags"):
            self._offer_tags(field, names, first.get(field, []))
        self._customs = self._add_customs(community.custom_fields.all(), asked)
        # What the fields cannot show must not get lost when the form is sent.
        self.kept = [("zone", zone) for zone in zones[1:]]
        self.kept += [("field", f"{key}={value}") for key, value in asked.items() if f"field.{key}" not in self.fields]
        within = str(first.get("joined_within", ""))
        if within and within not in dict(_LAST):
            self.fields["joined_within"].choices = [*_LAST, (within, _("In the last %s days") % within)]

    def _offer_tags(self, field: str, names: list[str], chosen: list[str]) -> None:
        folded = {name.casefold(): name for name in names}
        self.initial[field] = [folded.get(name.casefold(), name) for name in chosen]
        offered = [*names, *(name for name in self.initial[field] if name not in names)]
        self.fields[field].choices = [(name, name) for name in offered]

    def _add_customs(self, fields: Iterable[CustomField], asked: dict[str, str]) -> list[str]:
        names = []
        for field in fields:
            name = f"field.{field.key}"
            self.fields[name] = (
                forms.ChoiceField(label=field.label, required=False, choices=_choices(field))
                if field.sort in {"choice", "yes_no"}
                else forms.CharField(label=field.label, required=False, max_length=200)
            )
            if field.sort == CustomField.Sort.DATE:
                self.fields[name].widget = forms.DateInput(attrs={"type": "date"})
            self.initial[name] = asked.get(field.key, "")
            names.append(name)
        return names

    @property
    def has_tags(self) -> bool:
        return bool(self.fields["tags"].choices)

    @property
    def customs(self) -> list[forms.BoundField]:
        """The fields of the community's own, for the template."""
        return [self[name] for name in self._customs]


class SortForm(forms.Form):
    """The order of the list."""

    sort = forms.ChoiceField(
        label=_("Sort by"),
        required=False,
        choices=[(name, label) for name, (label, _columns) in ORDERS.items()],
        initial=DEFAULT_ORDER,
    )


def _choices(field: CustomField) -> list[tuple[str, Any]]:
    if field.sort == CustomField.Sort.YES_NO:
        return [("", _("Either")), ("yes", _("Yes")), ("no", _("No"))]
    return [("", _("Any")), *((choice, choice) for choice in field.choices)]
