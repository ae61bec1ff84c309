"""Who a signed-in person is: on which teams, and which members (those whose address they have shown to be theirs)."""

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError

from care.lib.addresses import email_key
from members.models import Community, Member, User
from members.querysets import CommunityQuerySet, MemberQuerySet

# Nobody signs in for somebody who died, was banned or was erased.
_CLOSED = (Member.Status.BANNED, Member.Status.DECEASED, Member.Status.ERASED)


def verified_keys(user: User) -> set[str]:
    """The keys of the addresses that this user has proved to read."""
    if not user.is_authenticated:
        return set()
    return {key for address in EmailAddress.objects.filter(user=user, verified=True) if (key := key_of(address.email))}


def members_of(user: User) -> MemberQuerySet:
    """The records this user may open as their own, in every community."""
    return Member.objects.filter(email_key__in=verified_keys(user)).exclude(status__in=_CLOSED)


def communities_of(user: User) -> CommunityQuerySet:
    """The communities whose team this user is on."""
    return Community.objects.visible_to(user)


def address_on_record(key: str) -> str:
    """The address as it is kept for a member with this key; empty when there is none. Mail goes there only."""
    member = Member.objects.filter(email_key=key).exclude(status__in=_CLOSED).order_by("created_at").first()
    return member.email if member else ""


def still_exists(user: User) -> bool:
    """Whether the account is there; erasing the last member it was for takes it away."""
    return User.objects.filter(pk=user.pk).exists()


def key_of(address: str) -> str | None:
    """The key of an address, or None when it is none."""
    try:
        return email_key(address)
    except ValidationError:
        return None
