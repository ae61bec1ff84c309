"""The form of a saved audience."""

from django import forms
from django.utils.translation import gettext_lazy as _


class AudienceForm(forms.Form):
    """The name of an audience; what it means is the filter of the address."""

    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("As you would say it: “Our speakers in Paris”."))
