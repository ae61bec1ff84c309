"""How people sign in, on top of django-allauth."""

from typing import Any

from allauth.account import forms
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms import Field
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from care.lib.vault import Vault
from members.identity import address_on_record, key_of
from members.models import Suppression, User
from members.services.accounts import find_account, open_account
from members.tokens import address_hmacs

# Words of the forms of allauth and Django, named here so that the catalogue says them as our pages do.
_BORROWED = (gettext_noop("Email"), gettext_noop("Email address"), gettext_noop("Enter a valid email address."))


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by themselves: teams join by invitation, members are made by their team."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        """As allauth does; `members.middleware.too_many_requests` is told of one who has tried too often."""
        if code == "too_many_login_attempts":
            self.request.has_tried_too_often = True
        return super().validation_error(code, *args)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """As allauth does, but without a word to strangers who asked never to be written to."""
        if template_prefix.endswith("unknown_account") and _is_suppressed(email):
            return
        super().send_mail(template_prefix, email, context)

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Members have no password to reset: their mail says that a code opens their pages."""
        has_password = user.has_usable_password() or user.is_staff or user.teams.exists()
        template = "account/email/password_reset_key" if has_password else "members/mail/no_password"
        self.send_mail(template, email, context)


class LabelledOnce:
    """A form of allauth without its placeholders, which say again what the label says."""

    fields: dict[str, Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class LoginForm(LabelledOnce, forms.LoginForm):  # type: ignore[misc]
    pass


class AddEmailForm(LabelledOnce, forms.AddEmailForm):  # type: ignore[misc]
    pass


class ChangePasswordForm(LabelledOnce, forms.ChangePasswordForm):  # type: ignore[misc]
    pass


class SetPasswordForm(LabelledOnce, forms.SetPasswordForm):  # type: ignore[misc]
    pass


class ResetPasswordForm(LabelledOnce, forms.ResetPasswordForm):  # type: ignore[misc]
    pass


class ResetPasswordKeyForm(LabelledOnce, forms.ResetPasswordKeyForm):  # type: ignore[misc]
    pass


class LoginCodeForm(LabelledOnce, forms.RequestLoginCodeForm):  # type: ignore[misc]
    """Asks for the address to send a login code to, and answers alike whether it is known or not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("Your e-mail address")

    def clean_email(self) -> str:
        email: str = super().clean_email()
        self._user = account_for_code(email)
        return email


def account_for_code(email: str) -> User | None:
    """The account that a code sent to this address opens; made on demand for a member, None for a stranger.

    The address must be the one on record but for its case: two that merely look alike are not the same mailbox.
    """
    key = key_of(email)
    if key is None or not (find_account(email) or address_on_record(key).lower() == email.lower()):
        return None
    user, _is_new = open_account(email, verified=False)
    return user if user.is_active else None


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps the secrets of second factors encrypted."""

    def encrypt(self, text: str) -> str:
        return _vault().encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return _vault().decrypt(encrypted_text)

    def get_totp_issuer(self) -> str:
        return "Care"


def _vault() -> Vault:
    return Vault(settings.FIELD_KEYS, purpose="care.second-factor")


def _is_suppressed(email: str) -> bool:
    key = key_of(email)
    return key is not None and Suppression.objects.filter(hmac__in=address_hmacs(key)).exists()
