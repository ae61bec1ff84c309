"""Choosing a time zone from a list that works without a script."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from care.lib.zones import Choice, zone_choices


class _Select(forms.Select):
    """Writes its options itself: to fill in a template for each of several hundred takes longer than the whole page."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> Any:
        (chosen,) = self.format_value(value)
        attributes = flatatt(self.build_attrs(self.attrs, {"name": name, **(attrs or {})}))
        return format_html("<select{}>{}</select>", attributes, _options(self.choices, chosen))


def _options(choices: Iterable[tuple[str, Any]], chosen: str) -> str:
    return format_html_join("", "{}", ((_option(*choice, chosen=chosen),) for choice in choices))


def _option(key: str, inside: str | list[Choice], *, chosen: str) -> str:
    if isinstance(inside, list):
        return format_html('<optgroup label="{}">{}</optgroup>', key, _options(inside, chosen))
    return format_html('<option value="{}"{}>{}</option>', key, " selected" if key == chosen else "", inside)


class ZoneField(forms.ChoiceField):
    """The zones by part of the world. `keep` is one chosen before, `empty` what choosing none means.

    With `guess` and nothing chosen yet, care.js chooses the browser's own.
    """

    widget = _Select
    default_error_messages = {"invalid_choice": _("Choose a time zone from the list.")}

    def __init__(self, *, keep: str = "", empty: Any = "", guess: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Time zone"))
        first = [("", empty)] if empty else []
        # A function: a field of a class is made before anybody's language is known.
        super().__init__(choices=partial(_choices, first, keep), **kwargs)
        if guess:
            self.widget.attrs["data-browser-zone"] = ""


def _choices(first: list[Choice], keep: str) -> list[Any]:
    return [*first, *zone_choices(keep=keep)]
