"""Where people are signed in."""

from allauth.usersessions.models import UserSession

from members.models import User


def end_sessions(user: User, *, except_key: str | None = None) -> int:
    """Sign somebody out everywhere, but for the session with this key. Says how many sessions ended."""
    sessions = list(UserSession.objects.filter(user=user).exclude(session_key=except_key))
    for session in sessions:
        session.end()
    return len(sessions)
