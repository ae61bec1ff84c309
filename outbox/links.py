"""The two links at the foot of a letter. Each is good for one purpose; neither shows or holds an address."""

from functools import cache
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from members import tokens
from members.models import Member
from outbox.models import OptOut

_PREFERENCES = "preferences"
_unsubscribe = Signer(salt="care.unsubscribe")


def preferences_url(member_id: UUID) -> str:
    """Where a member chooses what to get."""
    token = tokens.sign(_PREFERENCES, member_id)
    return f"{settings.BASE_URL}{_path('outbox:preferences_link')}{token}/"


def read_preferences(token: str) -> UUID | None:
    """Whose link this is; None when it was not made here."""
    return tokens.unsign(_PREFERENCES, token)


@cache
def _path(name: str) -> str:
    """What stands before the token. Kept, since it is asked for once or twice for every letter."""
    return reverse(name, args=["-"]).removesuffix("-/")


def unsubscribe_url(member_id: UUID, category: str) -> str:
    """Where one click ends a category for a member."""
    token = _unsubscribe.sign(f"{member_id.hex}.{category}")
    return f"{settings.BASE_URL}{_path('outbox:unsubscribe')}{token}/"


def read_unsubscribe(token: str) -> tuple[UUID, str] | None:
    """Whose link this is and which category it ends; None when it was not made here.

    A letter without a category is one of no sort that could be ended alone: its link ends all, as the page says.
    """
    try:
        member, _dot, category = _unsubscribe.unsign(token).partition(".")
        return UUID(hex=member), category or OptOut.ALL
    except (BadSignature, ValueError):
        return None


def member_of(member_id: UUID) -> Member | None:
    """The member a link speaks of; None when they have been erased."""
    return Member.objects.kept().select_related("community").filter(pk=member_id).first()
