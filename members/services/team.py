"""The team of a community: invitations, roles, and leaving it. There is always an owner."""

from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When
from django.utils.translation import gettext as _

from care.lib.addresses import clean_email, clean_name, email_key
from members import audit
from members.mail import absolute, send_account_mail
from members.models import Community, Invitation, Role, TeamMember, User
from members.services.accounts import open_account
from members.services.sessions import end_sessions
from members.tokens import hash_token, new_token

GOOD_FOR = timedelta(days=7)


class LastOwner(ValidationError):
    """A community without an owner could never be repaired by its own people."""

    def __init__(self) -> None:
        super().__init__(_("This is the only owner. Make somebody else an owner first."))


class AlreadyOnTeam(ValidationError):
    """The person invited is on the team."""

    def __init__(self) -> None:
        super().__init__({"email": _("This person is on the team already. Change their role in the list.")})


class InvitationClosed(ValidationError):
    """The invitation cannot be accepted. `code` says why: used, revoked, expired."""

    def __init__(self, why: str) -> None:
        super().__init__(_("This invitation is no longer open."), code=why)


class OthersInvitation(ValidationError):
    """Somebody signed in with another address than the one invited."""

    def __init__(self) -> None:
        super().__init__(_("This invitation is for somebody else."))


@transaction.atomic
def invite(community: Community, *, email: str, role: str, by: User, now: datetime) -> Invitation:
    """Invite somebody by mail, for seven days. A still open invitation to the same address is replaced.

    Raises AlreadyOnTeam, or ValidationError for an address that cannot be.
    """
    email, key = clean_email(email), email_key(email)
    if _on_team(community, email).exists():
        raise AlreadyOnTeam
    Community.objects.select_for_update(no_key=True).get(pk=community.pk)  # of two at once, the later replaces
    _open(community).filter(email_key=key).update(revoked_at=now)
    token, token_sha256 = new_token()
    invitation = Invitation.objects.create(
        community=community,
        email=email,
        email_key=key,
        role=Role(role),
        token_sha256=token_sha256,
        invited_by=by,
        expires_at=now + GOOD_FOR,
    )
    audit.record(community, actor=by, verb="team.invited", subject=invitation, fields=["role"])
    _write(invitation, token)
    return invitation


@transaction.atomic
def resend(invitation: Invitation, *, by: User, now: datetime) -> bool:
    """Write again, with a new link good for seven days; the old link ends. False when it is no longer open."""
    token, token_sha256 = new_token()
    again = _still_open(invitation).update(token_sha256=token_sha256, expires_at=now + GOOD_FOR)
    if not again:
        return False
    audit.record(invitation.community, actor=by, verb="team.invited_again", subject=invitation)
    _write(invitation, token)
    return True


def people_of(community: Community) -> QuerySet[TeamMember]:
    """The team, whoever came first first; each says whether they sign in with two factors (`has_two_factor`)."""
    second_factor = Authenticator.objects.filter(user=OuterRef("user"))
    people = community.team.select_related("user", "community")
    return people.annotate(has_two_factor=Exists(second_factor)).order_by("joined_at", "pk")


def open_invitations(community: Community, *, now: datetime) -> QuerySet[Invitation]:
    """Those nobody has answered yet, the newest first; `is_expired` tells which need a new link."""
    expired = Case(When(expires_at__lte=now, then=True), default=False)
    return _open(community).select_related("invited_by").annotate(is_expired=expired).order_by("-created_at")


@transaction.atomic
def revoke(invitation: Invitation, *, by: User, now: datetime) -> bool:
    """Take an invitation back. False when it was accepted or revoked a moment ago."""
    if not _still_open(invitation).update(revoked_at=now):
        return False
    audit.record(invitation.community, actor=by, verb="team.invitation_revoked", subject=invitation)
    return True


def invitation_of(token: str) -> Invitation | None:
    """The invitation whose link holds this token, whatever became of it."""
    found = Invitation.objects.filter(token_sha256=hash_token(token))
    return found.select_related("community", "invited_by").first()


def check_open(invitation: Invitation, *, now: datetime) -> None:
    """Raise InvitationClosed unless the invitation can still be accepted."""
    if invitation.accepted_at:
        raise InvitationClosed("used")
    if invitation.revoked_at:
        raise InvitationClosed("revoked")
    if invitation.expires_at <= now:
        raise InvitationClosed("expired")


@transaction.atomic
def accept_as(user: User, invitation: Invitation, *, now: datetime) -> TeamMember:
    """Join the team with an account whose address, proved or just proved by this link, is the one invited.

    Raises InvitationClosed, or OthersInvitation when the account has another address.
    """
    check_open(invitation, now=now)
    if user.pk != open_account(invitation.email, verified=True)[0].pk:
        raise OthersInvitation
    if not _still_open(invitation).filter(expires_at__gt=now).update(accepted_at=now):
        raise InvitationClosed("used")
    joined, is_new = TeamMember.objects.get_or_create(
        community=invitation.community, user=user, defaults={"role": invitation.role}
    )
    if is_new:
        audit.record(invitation.community, actor=user, verb="team.joined", subject=user, fields=["role"])
    return joined


@transaction.atomic
def accept_as_new(invitation: Invitation, *, name: str, password: str, language: str, now: datetime) -> TeamMember:
    """Join the team with a new account, or with one of theirs that never had a password.

    The link came by mail, so the address is theirs. Raises InvitationClosed; ValidationError when the account has
    a password already (its person signs in instead).
    """
    check_open(invitation, now=now)
    user, _is_new = open_account(invitation.email, verified=True)
    if user.has_usable_password():
        raise ValidationError(_("There is an account for this address. Please sign in to accept."), code="has_account")
    user.name, user.language = clean_name(name), language
    user.set_password(password)
    user.save(update_fields=["name", "language", "password"])
    return accept_as(user, invitation, now=now)


@transaction.atomic
def change_role(team_member: TeamMember, *, role: str, by: User) -> bool:
    """Give somebody another role and sign them out everywhere, so that no session outlives the role it began with.

    Says whether anything changed. Raises LastOwner.
    """
    role = Role(role)
    locked = _locked(team_member)
    if locked.role == role:
        return False
    if locked.role == Role.OWNER:
        _keep_an_owner(locked)
    TeamMember.objects.filter(pk=locked.pk).update(role=role)
    team_member.role = role
    audit.record(locked.community, actor=by, verb="team.role_changed", subject=locked.user, fields=["role"])
    if locked.user_id != by.pk:  # one's own session gets a new key in the view
        end_sessions(locked.user)
    return True


@transaction.atomic
def remove(team_member: TeamMember, *, by: User) -> None:
    """Take somebody off the team and sign them out everywhere. Raises LastOwner."""
    locked = _locked(team_member)
    if locked.role == Role.OWNER:
        _keep_an_owner(locked)
    audit.record(locked.community, actor=by, verb="team.removed", subject=locked.user, fields=["role"])
    user = locked.user
    locked.delete()
    if user.pk != by.pk:
        end_sessions(user)


def _locked(team_member: TeamMember) -> TeamMember:
    """The row, after a lock on the whole team: two owners who demote each other come one after the other."""
    rows = {
        row.pk: row
        for row in TeamMember.objects.select_for_update(of=("self",))
        .filter(community=team_member.community_id)
        .select_related("community", "user")
        .order_by("pk")
    }
    if team_member.pk not in rows:
        raise TeamMember.DoesNotExist
    return rows[team_member.pk]


def _keep_an_owner(leaving: TeamMember) -> None:
    others = TeamMember.objects.filter(community=leaving.community_id, role=Role.OWNER, user__is_active=True)
    if not others.exclude(pk=leaving.pk).exists():
        raise LastOwner


def _open(community: Community) -> QuerySet[Invitation]:
    return Invitation.objects.filter(community=community, accepted_at__isnull=True, revoked_at__isnull=True)


def _still_open(invitation: Invitation) -> QuerySet[Invitation]:
    return _open(invitation.community).filter(pk=invitation.pk)


def _on_team(community: Community, email: str) -> QuerySet[TeamMember]:
    theirs = Q(user__email__iexact=email) | Q(
        user__emailaddress__email__iexact=email, user__emailaddress__verified=True
    )
    return TeamMember.objects.filter(theirs, community=community)


def _write(invitation: Invitation, token: str) -> None:
    send_account_mail(
        "invitation",
        to=invitation.email,
        language=invitation.community.language,
        reply_to=invitation.invited_by.email if invitation.invited_by else None,
        context={
            "community": invitation.community,
            "role": Role(invitation.role).label,
            "by": invitation.invited_by,
            "days": GOOD_FOR.days,
            "link": absolute("members:invitation", token),
        },
    )
