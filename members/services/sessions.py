"""Where people are signed in."""

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
