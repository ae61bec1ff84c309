"""Where people are signed in."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.http import HttpRequest

from members.models import User


def end_sessions(user: User, *, except_key: str | None = None) -> int:
    """Sign somebody out everywhere, but for the session with this key. Says how many sessions ended."""
    sessions = list(UserSession.objects.filter(user=user).exclude(session_key=except_key))
    for session in sessions:
        session.end()
    return len(sessions)


def renew_session(request: HttpRequest) -> None:
    """Go on under a new key, so that a key seen before a change of rights is worth nothing after it."""
    before = request.session.session_key
    request.session.cycle_key()
    UserSession.objects.filter(session_key=before).update(session_key=request.session.session_key)


def end_others_after_first_factor(request: HttpRequest, user: User, **_: Any) -> None:
    """With the first second factor of an account, whoever signed in elsewhere with the password alone has to again."""
    factors = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES)
    if factors.count() == 1:
        end_sessions(user, except_key=request.session.session_key)
