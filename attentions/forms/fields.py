"""Fields and words that several forms share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from care.lib.addresses import has_controls

LINE_LENGTH = 1_000


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


def one_line(text: str) -> str:
    """One line of plain text."""
    text = " ".join(text.split())
    if has_controls(text):
        raise ValidationError(_("This holds invisible control characters. Please type it anew."))
    return text


def with_help(label: Any, help_text: Any) -> Any:
    return format_html("{}<small>{}</small>", label, help_text)
