"""A code by mail, to be sure of somebody at this very moment: for members, who have no password to ask again.

It is kept in their session, hashed, good for a quarter of an hour and five tries, for one purpose.
"""

from datetime import datetime, timedelta

from allauth.account.adapter import get_adapter
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac

from members.mail import send_account_mail

GOOD_FOR = timedelta(minutes=15)
TRIES = 5
AGAIN_AFTER = timedelta(minutes=1)
_KEY = "confirmation"


def send_code(request: HttpRequest, *, purpose: str, to: str, language: str, now: datetime) -> bool:
    """Mail a new code. False when one was mailed less than a minute ago."""
    pending = request.session.get(_KEY, {})
    if pending.get("purpose") == purpose and now.timestamp() - pending["at"] < AGAIN_AFTER.total_seconds():
        return False
    code = get_adapter(request).generate_login_code()
    request.session[_KEY] = {"purpose": purpose, "at": now.timestamp(), "hash": _hash(purpose, code), "tries": 0}
    send_account_mail("code", to=to, language=language, context={"code": code, "minutes": GOOD_FOR.seconds // 60})
    return True


def is_waiting(request: HttpRequest, *, purpose: str, now: datetime) -> bool:
    """Whether a code for this purpose is out and can still be given."""
    pending = request.session.get(_KEY, {})
    return (
        pending.get("purpose") == purpose
        and pending["tries"] < TRIES
        and now.timestamp() - pending["at"] <= GOOD_FOR.total_seconds()
    )


def check_code(request: HttpRequest, *, purpose: str, code: str, now: datetime) -> bool:
    """Whether this is the code. A right one is used up; a wrong one counts."""
    if not is_waiting(request, purpose=purpose, now=now):
        return False
    pending = request.session[_KEY]
    if constant_time_compare(pending["hash"], _hash(purpose, code)):
        del request.session[_KEY]
        return True
    request.session[_KEY] = {**pending, "tries": pending["tries"] + 1}
    return False


def _hash(purpose: str, code: str) -> str:
    plain = "".join(char for char in code.upper() if char.isalnum())
    return salted_hmac(f"care.confirmation.{purpose}", plain, algorithm="sha256").hexdigest()
