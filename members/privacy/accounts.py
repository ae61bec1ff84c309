"""The accounts with which members open their own pages, and their sessions."""

from datetime import datetime, timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from care.lib.batches import batches
from members.identity import verified_keys
from members.models import Member, User
from members.privacy.contract import Kept, Row
from members.services.sessions import end_sessions

UNUSED_ACCOUNT = timedelta(days=90)
_BATCH = 100

_UNTIL_NO_MEMBER = _("until no member belongs to the account any more")

FIELDS = {
    "members.User.email": Kept(_("to sign in with"), _UNTIL_NO_MEMBER),
    "members.User.name": Kept(_("how the team sees who did something; empty for members"), _UNTIL_NO_MEMBER),
    "account.EmailAddress.email": Kept(_("the addresses that were shown to be theirs"), _UNTIL_NO_MEMBER),
    "usersessions.UserSession.ip": Kept(_("to see where one is signed in, and to sign out there"), _("14 idle days")),
    "usersessions.UserSession.user_agent": Kept(
        _("to see where one is signed in, and to sign out there"), _("14 idle days")
    ),
}


def accounts_of(member: Member) -> QuerySet[User]:
    """The accounts that are this member's: made for their address, or shown to have it."""
    if not member.email_key:
        return User.objects.none()
    shown = EmailAddress.objects.filter(_address_of(member), verified=True)
    return User.objects.filter(_address_of(member) | Q(pk__in=shown.values("user")))


def _address_of(member: Member) -> Q:
    return Q(email__iexact=member.email) | Q(email__iexact=member.email_key)


def export(member: Member) -> dict[str, list[Row]]:
    """The account and where it is signed in."""
    accounts = accounts_of(member)
    sessions = UserSession.objects.filter(user__in=accounts)
    return {
        "account": list(accounts.values("email", "name", "language", "time_zone", "date_joined", "last_login")),
        "sessions": list(sessions.values("created_at", "last_seen_at", "ip", "user_agent")),
    }


def erase(member: Member) -> None:
    """Delete the account unless it still opens something: a team, the admin, another member's pages.

    From accounts that stay the address goes, but for the one they sign in with: a claim that nobody proved always, one
    that was proved unless it opens the pages of another member.
    """
    for account in accounts_of(member):
        if not is_of_use(account, apart_from=member):
            end_sessions(account)
            account.delete()
    if member.email_key:
        claims = EmailAddress.objects.filter(_address_of(member), primary=False)
        if Member.objects.kept().filter(email_key=member.email_key).exclude(pk=member.pk).exists():
            claims = claims.filter(verified=False)
        claims.delete()


def is_of_use(account: User, *, apart_from: Member | None = None) -> bool:
    """Whether the account opens anything at all."""
    if account.is_staff or account.teams.exists():
        return True
    others = Member.objects.kept().filter(email_key__in=verified_keys(account))
    return (others.exclude(pk=apart_from.pk) if apart_from else others).exists()


def forget(now: datetime) -> dict[str, int]:
    """Delete accounts that have opened nothing for long, and what is known of sessions that have ended."""
    before = now - UNUSED_ACCOUNT
    idle = User.objects.filter(
        Q(last_login__lt=before) | Q(last_login__isnull=True),
        date_joined__lt=before,
        teams__isnull=True,
        is_staff=False,
    )
    # Nearly every address is its own key, so the database tells who is still a member; the few others are asked one
    # by one.
    of_a_member = EmailAddress.objects.filter(
        Exists(Member.objects.kept().filter(email_key=OuterRef("email"))), user=OuterRef("pk"), verified=True
    )
    doubtful = idle.exclude(Exists(of_a_member))
    useless = [account.pk for account in doubtful.iterator() if not is_of_use(account)]
    deleted = sum(_delete_useless(pks, among=idle) for pks in batches(useless, _BATCH))
    ended = UserSession.objects.exclude(session_key__in=Session.objects.values("session_key"))
    return {"accounts": deleted, "sessions": ended.delete()[0]}


@transaction.atomic
def _delete_useless(pks: list[UUID], *, among: QuerySet[User]) -> int:
    """Delete those accounts that still open nothing, asked anew once nobody else can write them; how many."""
    held = among.filter(pk__in=pks).select_for_update(of=("self",))
    gone = [account.pk for account in held if not is_of_use(account)]
    User.objects.filter(pk__in=gone).delete()
    return len(gone)
