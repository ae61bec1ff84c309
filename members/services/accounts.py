"""Accounts: logins for the team, and on demand for members. Nobody signs up by themselves."""

from allauth.account import app_settings
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from care.lib.addresses import clean_email
from members.models import User


def open_account(email: str, *, verified: bool, name: str = "", language: str = "") -> tuple[User, bool]:
    """The account with this address, made when there is none, and whether it was made.

    It has no password until its person sets one: a code by mail opens it. `verified` says that the address is known to
    be theirs. Raises ValidationError for what is no address.
    """
    email = clean_email(email).lower()
    user = find_account(email)
    is_new = user is None
    if user is None:
        try:
            with transaction.atomic():
                user = User.objects.create_user(email, name=name, language=language)
        except IntegrityError:  # somebody asked for the same a moment ago
            user, is_new = User.objects.get(email=email), False
    address, _made = EmailAddress.objects.get_or_create(
        user=user, email=email, defaults={"verified": verified, "primary": user.email.lower() == email}
    )
    if verified and not address.verified:
        prove(address)
    return user, is_new


def prove(address: EmailAddress) -> None:
    """Note that this address was shown to be its user's. Nobody else's unproven claim on it remains."""
    EmailAddress.objects.filter(email=address.email, verified=False).exclude(pk=address.pk).delete()
    address.verified = True
    address.save(update_fields=["verified"])


def find_account(email: str) -> User | None:
    """The account that has shown this address to be its own, else the one that was made for it.

    Somebody who merely added an address to their account and has not proved it is not found: a code sent to that
    address must never open, nor prove it for, another person's account.
    """
    proven = EmailAddress.objects.filter(email=email.lower(), verified=True).select_related("user").first()
    return proven.user if proven else User.objects.filter(email=email.lower()).first()


def change_account(user: User, **changes: str) -> None:
    """Set somebody's own name, language or time zone."""
    for field, value in changes.items():
        if field not in {"name", "language", "time_zone"}:
            raise TypeError(f"Not for a person to change: {field}")
        setattr(user, field, value)
    user.save(update_fields=[*changes])


def password_link(user: User) -> str:
    """The address at which this user chooses a password: good for three days, and once."""
    token = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": token})
    return f"{settings.BASE_URL}{path}"
