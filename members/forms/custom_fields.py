"""Forms of a community's own fields."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from care.lib.lines import LinesField
from members.models import CustomField


class CustomFieldForm(forms.Form):
    """A field without code. Its sort is chosen once: the values depend on it."""

    label = forms.CharField(
        label=_("Label"), max_length=60, help_text=_("As it stands beside the value: “Diet”, “T-shirt size”.")
    )
    sort = forms.ChoiceField(
        label=_("Sort"), choices=CustomField.Sort.choices, widget=forms.RadioSelect(attrs={"class": "inline"})
    )
    choices = LinesField(
        label=_("Choices"),
        required=False,
        max_length=5_000,
        help_text=_(
            "One on each line; only for “One of a list”. A choice that you take away stays where it was chosen."
        ),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    is_shown_to_member = forms.BooleanField(
        label=_("Members, who see it on their own page, correct it there too"), required=False, initial=True
    )

    def __init__(self, *args: Any, field: CustomField | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if field is None:
            self.initial["sort"] = CustomField.Sort.TEXT
            return
        self.initial = {
            "label": field.label,
            "choices": "\n".join(field.choices),
            "is_shown_to_member": field.is_shown_to_member,
        }
        del self.fields["sort"]
        if field.sort != CustomField.Sort.CHOICE:
            del self.fields["choices"]

    def values(self) -> dict[str, Any]:
        """What to hand to `add_field` or `change_field`."""
        values = dict(self.cleaned_data)
        return values | {"choices": values.get("choices", "").splitlines()}
