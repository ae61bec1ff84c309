"""The two links at the foot of a letter. Each is good for one purpose; neither shows or holds an address."""

from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from members import tokens
from members.models import Member

_PREFERENCES = "preferences"
_unsubscribe = Signer(salt="care.unsubscribe")


def preferences_url(member_id: UUID) -> str:
    """Where a member chooses what to get."""
    return settings.BASE_URL + reverse("outbox:preferences_link", args=[tokens.sign(_PREFERENCES, member_id)])


def read_preferences(token: str) -> UUID | None:
    """Whose link this is; None when it was not made here."""
    return tokens.unsign(_PREFERENCES, token)


def unsubscribe_url(member_id: UUID, category: str) -> str:
    """Where one click ends a category for a member."""
    token = _unsubscribe.sign(f"{member_id.hex}.{category}")
    return settings.BASE_URL + reverse("outbox:unsubscribe", args=[token])


def read_unsubscribe(token: str) -> tuple[UUID, str] | None:
    """Whose link this is and which category it ends; None when it was not made here."""
    try:
        member, _dot, category = _unsubscribe.unsign(token).partition(".")
        return UUID(hex=member), category
    except (BadSignature, ValueError):
        return None


def member_of(member_id: UUID) -> Member | None:
    """The member a link speaks of; None when they have been erased."""
    return Member.objects.kept().select_related("community").filter(pk=member_id).first()
