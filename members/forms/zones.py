"""Choosing a time zone from a list that works without a script."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from care.lib.zones import zone_choices


class ZoneField(forms.ChoiceField):
    """The zones by part of the world. `keep` is one chosen before, `empty` what choosing none means.

    With `guess` and nothing chosen yet, care.js chooses the browser's own.
    """

    default_error_messages = {"invalid_choice": _("Choose a time zone from the list.")}

    def __init__(self, *, keep: str = "", empty: Any = "", guess: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Time zone"))
        super().__init__(**kwargs)
        first = [("", empty)] if empty else []
        self.choices = [*first, *zone_choices(keep=keep)]
        if guess:
            self.widget.attrs["data-browser-zone"] = ""
