"""Forms of what one does with an attention, and of the list of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from attentions import phrases
from attentions.forms.fields import LINE_LENGTH, CostField, OwnedChoiceField, one_line, with_help
from attentions.models import Attention
from care.lib.lines import LinesField

SNOOZE = {"0": _("Until later today"), "1": _("Until tomorrow"), "3": _("For three days"), "7": _("For a week")}


class ApproveForm(forms.Form):
    """The personal line that goes with an approval; absent when the page had no field for it."""

    personal_line = LinesField(
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
        return {"reason": one_line(data.get("reason_text") or data.get("reason") or "")}


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
        field.label_from_instance = lambda one: with_help(one.user, one.get_role_display())
        self.has_colleagues = len(field.queryset) > 1 or attention.assigned_to_id is not None
        mine = [one.pk for one in field.queryset if one.user_id == attention.assigned_to_id]
        self.initial.setdefault("to", mine[0] if mine else None)


class DoneForm(forms.Form):
    """What came of a gesture by hand. It begins with what is written down of it already.

    A field that the page had no room for stays as it was.
    """

    note = LinesField(
        label=_("What happened"), required=False, max_length=2_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    cost = CostField()

    def __init__(self, data: Any = None, *, attention: Attention, note: str = "") -> None:
        self.written = {"note": attention.note, "cost": attention.cost_cents}
        cents = attention.cost_cents
        shown = {"note": note or attention.note, "cost": None if cents is None else Decimal(cents).scaleb(-2)}
        super().__init__(data, initial=shown)

    def clean(self) -> dict[str, Any]:
        return self.cleaned_data | {name: kept for name, kept in self.written.items() if name not in self.data}


class ListForm(forms.Form):
    """The filters of the list of attentions."""

    state = forms.ChoiceField(required=False, choices=list(phrases.STATES.items()))
    kind = forms.CharField(required=False, max_length=40)
    q = forms.CharField(required=False, max_length=100)
    member = forms.UUIDField(required=False)
