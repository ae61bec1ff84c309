"""What is asked on the way of a file: the file, the meaning of its columns, and how to take it in."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from members.importing import own
from members.importing.dates import Order
from members.importing.fields import FIELDS, NAMES, OVERWRITABLE
from members.importing.options import Options
from members.importing.presets import presets
from members.models import Community, CustomField
from members.services.custom_fields import clean_label

_LEAVE, _NEW = "leave", "new"


class UploadForm(forms.Form):
    """The file, and where it comes from."""

    hide_optional = True

    file = forms.FileField(
        label=_("Drop a file here, or choose one"),
        help_text=_("A CSV file of at most 5 MB and 20,000 rows, with a first row that names its columns."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xls,text/csv,text/plain"}),
        error_messages={
            "required": _("Choose a file first."),
            "empty": _("This file is empty. Export your list again, or choose another file."),
        },
    )

    def __init__(self, *args: Any, community: Community, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        platforms = [(name, preset.title) for name, preset in presets().items()]
        own = [(name, name) for name in community.import_presets.order_by("name").values_list("name", flat=True)]
        choices: list[Any] = [("", _("A spreadsheet, or anything else")), (_("Platforms"), platforms)]
        if own:
            choices.append((_("Kept from earlier files"), own))
        self.fields["preset"] = forms.ChoiceField(label=_("Where it comes from"), required=False, choices=choices)


class ShownColumn(NamedTuple):
    """A column of the file as the page shows it."""

    name: str
    samples: list[str]
    field: BoundField


class ColumnsForm(forms.Form):
    """What each column means, and how the file is to be taken in.

    `samples` are some cells of each column, `fields` those of the community's own.
    """

    hide_optional = True

    date_order = forms.ChoiceField(
        label=_("In which order does this file write dates?"),
        required=False,
        widget=forms.RadioSelect(attrs={"class": "cards across"}),
        choices=[
            ("dmy", _("Day first: 31/05/1990")),
            ("mdy", _("Month first: 05/31/1990")),
            (_LEAVE, _("I don't know: leave those rows out")),
        ],
    )
    overwrite = forms.MultipleChoiceField(
        label=_("Let the file replace what is on record"),
        help_text=_("Otherwise only what is empty is filled in. An empty cell never takes anything away."),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "inline"}),
    )
    welcome = forms.BooleanField(
        label=_("Welcome all new members"),
        help_text=_("Otherwise a welcome is owed only to those who joined today or later."),
        required=False,
    )
    no_1900 = forms.BooleanField(
        label=_("A year of birth 1900 means that it is unknown"),
        help_text=_("Some programs write it so. 1604 is always understood that way."),
        required=False,
    )
    keep_as = forms.CharField(
        label=_("Keep these columns for the next file"),
        help_text=_("Under a name, such as “Our newsletter”."),
        required=False,
        max_length=60,
    )

    def __init__(
        self,
        *args: Any,
        header: list[str],
        samples: list[list[str]],
        options: Options,
        fields: list[CustomField],
        **kwargs: Any,
    ) -> None:
        self.there = fields
        self.header, self.samples, self.asks_order, self.order = header, samples, False, Order()
        there = own.columns_there(options.mapping, fields)
        meant = {column: _NEW if name.startswith(own.NEW) else name for column, name in there.items()}
        initial = {f"column-{at}": meant.get(column, "") for at, column in enumerate(header)}
        order = _LEAVE if options.leave_ambiguous else options.date_order
        kept = {"date_order": order, "overwrite": sorted(options.overwrite)}
        kwargs["initial"] = {**initial, **kept, "welcome": options.welcome, "no_1900": options.no_1900}
        super().__init__(*args, **kwargs)
        self.options = options
        labels = [(name, field.label) for name, field in own.named(fields).items()]
        standard = [(name, FIELDS[name].label) for name in OVERWRITABLE]
        self.fields["overwrite"].choices = [*standard, *labels]  # type: ignore[attr-defined]
        choices: list[Any] = [("", _("Leave out")), *((name, field.label) for name, field in FIELDS.items())]
        for at, column in enumerate(header):
            new = (_NEW, _("New: “%s”") % column)
            group = (_("Fields of your own"), [*labels, new])
            self.fields[f"column-{at}"] = forms.ChoiceField(label=column, choices=[*choices, group], required=False)

    @property
    def columns(self) -> list[ShownColumn]:
        return [ShownColumn(name, self.samples[at], self[f"column-{at}"]) for at, name in enumerate(self.header)]

    def ask_order(self, order: Order, *, insist: bool) -> None:
        """Show the question about dates; with `insist` it must be answered."""
        self.asks_order, self.order = True, order
        if insist:
            self.add_error("date_order", _("Say how to read these dates first."))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        mapping = self.mapping(cleaned)
        taken: set[str] = set()
        fields = list(self.there)
        for at, column in enumerate(self.header):
            field = mapping.get(column, "")
            if field.startswith(own.NEW):
                try:
                    fields.append(CustomField(label=clean_label(column, fields)))
                except ValidationError as error:
                    self.add_error(f"column-{at}", ValidationError(error.messages))
            if field in taken:
                self.add_error(f"column-{at}", _("Another column is this already. Choose one of the two."))
            taken.add(field)
            taken.discard("")
        if not taken & set(NAMES):
            self.add_error(None, _("No column holds names. Say which one does: a note begins with the name."))
        return cleaned

    def mapping(self, cleaned: Mapping[str, Any]) -> dict[str, str]:
        """The columns that mean something."""
        chosen = {column: cleaned.get(f"column-{at}", "") for at, column in enumerate(self.header)}
        return {column: own.NEW + column if field == _NEW else field for column, field in chosen.items() if field}

    def chosen(self) -> Options:
        """How to take the file in, of a valid form."""
        given = self.cleaned_data
        return Options(
            mapping=self.mapping(given),
            preset=self.options.preset,
            date_order=given["date_order"] if given["date_order"] != _LEAVE else "",
            leave_ambiguous=given["date_order"] == _LEAVE,
            overwrite=frozenset(given["overwrite"]),
            welcome=given["welcome"],
            no_1900=given["no_1900"],
        )

    def all_columns(self) -> dict[str, str]:
        """Every column with what it means, also nothing: what a preset keeps."""
        mapping = self.mapping(self.cleaned_data)
        return own.known({column: mapping.get(column, "") for column in self.header})


class ExportForm(forms.Form):
    """Whom to export, and whether with the notes on them."""

    hide_optional = True

    audience = forms.ChoiceField(label=_("Whom"), required=False)
    notes = forms.BooleanField(
        label=_("With the notes of the team"),
        help_text=_("Also the restricted ones. Whoever opens the file can read them."),
        required=False,
    )

    def __init__(self, *args: Any, choices: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["audience"] = forms.ChoiceField(label=_("Whom"), required=False, choices=choices)
