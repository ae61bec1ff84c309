"""How people sign in, on top of django-allauth."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import RequestLoginCodeForm
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by themselves: teams join by invitation, members are made by their team."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class LoginCodeForm(RequestLoginCodeForm):  # type: ignore[misc]
    """Asks for the address to send a login code to."""


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps the secrets of second factors encrypted."""

    def encrypt(self, text: str) -> Any:
        return super().encrypt(text)
