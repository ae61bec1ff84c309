"""What is asked before a bulk action."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from members.services.tags import clean_tag


class TagForm(forms.Form):
    """A tag to put on, new or known."""

    tag = forms.CharField(
        label=_("Tag"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off", "list": "known-tags"})
    )

    def clean_tag(self) -> str:
        return clean_tag(self.cleaned_data["tag"])


class UntagForm(forms.Form):
    """A known tag to take off."""

    def __init__(self, *args: Any, names: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tag"] = forms.ChoiceField(label=_("Tag"), choices=[(name, name) for name in names])
