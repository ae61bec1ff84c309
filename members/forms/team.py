"""Forms of the team: inviting, a role, and accepting an invitation."""

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from care.lib.addresses import clean_email, clean_name
from members.models import Role, User

MAY = {
    Role.OWNER: _("Everything, and besides: the team, pausing, erasing members."),
    Role.BUILDER: _("The daily work: members, rituals, approving and writing."),
    Role.GREETER: _("A volunteer who welcomes newcomers: no addresses, no private notes."),
}


def role_choices() -> list[tuple[str, Any]]:
    """The roles, each with what it may do."""
    return [(role.value, format_html("{}<small>{}</small>", role.label, MAY[role])) for role in Role]


class InviteForm(forms.Form):
    """Whom to invite, and as what."""

    email = forms.CharField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    )
    role = forms.ChoiceField(label=_("Role"), choices=role_choices, initial=Role.BUILDER)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].widget = forms.RadioSelect(attrs={"class": "cards"}, choices=role_choices())

    def clean_email(self) -> str:
        return clean_email(self.cleaned_data["email"])


class RoleForm(forms.Form):
    """Another role for somebody on the team."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)


class NewAccountForm(forms.Form):
    """Joining with a new account. The address is the one invited, and not asked again."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=80,
        help_text=_("As members and the team know you."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = forms.CharField(
        label=_("Choose a password"),
        strip=False,
        help_text=_("At least 10 characters. A sentence you like is easier to remember than a word with signs."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._email = email

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])

    def clean_password(self) -> str:
        somebody = User(email=self._email, name=self.cleaned_data.get("name", ""))
        password_validation.validate_password(self.cleaned_data["password"], somebody)
        return self.cleaned_data["password"]
