"""The filter of the member list as fields: drawn from a filter, sent as an address, read by `members.audiences`."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from members.audiences import Filter
from members.facts import tag_key
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
_TAG_FIELDS = {
    "tags": _("Has all of these tags"),
    "any_tags": _("Has any of these tags"),
    "no_tags": _("Has none of these tags"),
}
_WRITTEN = {True: "yes", False: "no"}


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
    joined_after = _day(_("Joined after"))
    joined_before = _day(_("Joined before"))
    birthday_month = forms.MultipleChoiceField(
        label=_("Birthday in"),
        required=False,
        choices=[(str(number), name) for number, name in MONTHS.items()],
        widget=_Chips,
    )
    language = forms.MultipleChoiceField(label=_("Language"), required=False, choices=settings.LANGUAGES, widget=_Chips)
    company = forms.CharField(label=_("Company"), required=False, max_length=120)
    has_email = _yes_no(_("E-mail"), _("With an address"), _("Without an address"))
    on_hold = _yes_no(_("Hold"), _("On hold"), _("Not on hold"))

    def __init__(self, told: Filter, *, community: Community) -> None:
        values = told.to_json()
        asked = [pair.split("=", 1) for pair in values.pop("field", [])]
        zones = values.pop("zone", [])
        first = {name: _WRITTEN[value] if isinstance(value, bool) else value for name, value in values.items()}
        super().__init__(initial={**first, "zone": zones[0] if zones else ""})
        names = list(community.tags.order_by("key").values_list("name", flat=True)[:_MOST_TAGS])
        for field, label in _TAG_FIELDS.items():
            self.fields[field] = self._tag_field(field, label, names)
        self.fields["joined_within"] = _within(str(first.get("joined_within", "")))
        self.fields["zone"] = ZoneField(required=False, empty=_("Anywhere"), keep=zones[0] if zones else "")
        known = {f"field.{field.key}": field for field in community.custom_fields.all()}
        # What the fields cannot show must not get lost when the form is sent.
        self.kept = [("zone", zone) for zone in zones[1:]]
        for key, value in asked:
            if f"field.{key}" in known and f"field.{key}" not in self.initial:
                self.initial[f"field.{key}"] = value
            else:
                self.kept.append(("field", f"{key}={value}"))
        for name, custom in known.items():
            self.fields[name] = _custom_field(custom, self.initial.get(name, ""))
        self._customs = list(known)
        self.has_tags = bool(names)

    def _tag_field(self, field: str, label: Any, names: list[str]) -> forms.Field:
        """The community's tags as chips, and those of the filter that it does not have."""
        folded = {tag_key(name): name for name in names}
        chosen = [folded.get(tag_key(name), name) for name in self.initial.get(field, [])]
        self.initial[field] = chosen
        offered = dict.fromkeys([*names, *chosen])
        return forms.MultipleChoiceField(
            label=label, required=False, choices=[(name, name) for name in offered], widget=_Chips
        )

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


def _within(chosen: str) -> forms.ChoiceField:
    other = [(chosen, _("In the last %s days") % chosen)] if chosen and chosen not in dict(_LAST) else []
    return forms.ChoiceField(label=_("Joined"), required=False, choices=[*_LAST, *other])


def _custom_field(field: CustomField, chosen: str) -> forms.Field:
    if field.sort == CustomField.Sort.YES_NO:
        return _yes_no(field.label, _("Yes"), _("No"))
    if field.sort == CustomField.Sort.CHOICE:
        offered = dict.fromkeys([*field.choices, *([chosen] if chosen else [])])
        choices = [("", _("Any")), *((choice, choice) for choice in offered)]
        return forms.ChoiceField(label=field.label, required=False, choices=choices)
    widget = forms.DateInput(attrs={"type": "date"}) if field.sort == CustomField.Sort.DATE else forms.TextInput()
    return forms.CharField(label=field.label, required=False, max_length=200, widget=widget)
