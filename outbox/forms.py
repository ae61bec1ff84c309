"""What a member chooses about what they get."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from outbox.categories import categories


class WantedForm(forms.Form):
    """Which categories a member wants."""

    wanted = forms.MultipleChoiceField(
        label=_("Write to me about"), required=False, widget=forms.CheckboxSelectMultiple
    )
    hide_optional = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["wanted"].choices = [(row.key, row.label) for row in categories()]  # type: ignore[attr-defined]


class PauseForm(forms.Form):
    """Until when a member wants nothing. `today` is their own."""

    LONGEST = timedelta(days=366)

    until = forms.DateField(label=_("Last day of the pause"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._first, self._last = today, today + self.LONGEST
        self.fields["until"].widget.attrs.update(min=self._first.isoformat(), max=self._last.isoformat())

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        if not self._first <= until <= self._last:
            raise ValidationError(_("Choose a day between today and a year from now."))
        return until
