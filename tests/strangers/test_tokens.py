"""Links that open something: nothing but the link itself does, and looking at it changes nothing."""

from datetime import UTC, datetime, timedelta
from unittest.mock import patch
from urllib.parse import quote

import pytest
import time_machine
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.test import Client
from django_htmx.middleware import HtmxMiddleware

from members import tokens
from members.models import Invitation, User
from members.tokens import new_token
from outbox import links
from outbox.models import OptOut
from tests.accounts.signing_in import PASSWORD, with_password
from tests.factories import a_community, a_member, a_user
from tests.logs import written_log
from tests.strangers.state import checksum

pytestmark = pytest.mark.django_db

RESET, CONFIRM = "accounts/password/reset/key", "accounts/confirm-email"
KINDS = ("invitation", "p", "u", RESET, CONFIRM)
# What a token may be signed for that opens none of these pages.
PURPOSES = ("invitation", "suppression", "erase", "")
NEW_PASSWORD = "another sentence that I like"
ACCEPTED = {"name": "Ben", "password": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}


@pytest.fixture
def maya():
    return a_member(a_community(), name="Maya Okafor", email="maya.okafor@example.org")


def an_invitation(community, **fields):
    token, token_sha256 = new_token()
    email = f"ben.{token_sha256[:8]}@example.org"
    soon = datetime.now(UTC) + timedelta(days=3)
    values = {"email": email, "email_key": email, "role": "builder", "expires_at": soon, **fields}
    Invitation.objects.create(community=community, token_sha256=token_sha256, **values)
    return token


def a_reset(user):
    """What the link in a mail about a forgotten password ends with: whose it is, and a key."""
    return f"{user.pk.hex}-{default_token_generator.make_token(user)}"


def a_confirmation(user, email):
    claim, _is_new = EmailAddress.objects.get_or_create(user=user, email=email)
    return EmailConfirmationHMAC(claim).key


def own_tokens(member):
    """What opens something, by the address it opens."""
    unsubscribe = links.unsubscribe_url(member.pk, "birthday").rstrip("/").rpartition("/")[2]
    user = with_password(a_user(email=f"team.{member.email}", name=member.name))
    return {
        "invitation": an_invitation(member.community),
        "p": tokens.sign("preferences", member.pk),
        "u": unsubscribe,
        RESET: a_reset(user),
        CONFIRM: a_confirmation(user, f"new.{member.email}"),
    }


def flipped(good, chance):
    """A token with one bit of it turned."""
    place = chance.randrange(len(good))
    return good[:place] + chr(ord(good[place]) ^ (1 << chance.randrange(7))) + good[place + 1 :]


def mutated(good, others, member, chance):
    """A token that is none: cut, of another purpose, or put together of two."""
    place = chance.randrange(len(good))
    return chance.choice(
        [
            good[:place],
            good[:place] + good[place + 1 :],
            good + chance.choice("Aa0=:."),
            chance.choice([other for other in others if other != good]),
            good.partition(":")[0] + ":" + chance.choice(others).rpartition(":")[2],
            good.partition("-")[0] + "-" + chance.choice(others).partition("-")[2],
            tokens.sign(chance.choice(PURPOSES), member.pk),
        ]
    )


def is_the_same(kind, token, good):
    """Whether it is no changed link at all: whose a link for a new password is, is read alike in capitals."""
    if kind != RESET:
        return token == good
    (user, _, key), (good_user, _, good_key) = token.partition("-"), good.partition("-")
    return (user.lower(), key) == (good_user, good_key)


def is_refused(kind, answer):
    """Whether an answer says no: by its number or, where allauth answers, by a page with nothing but these words."""
    if kind in (RESET, CONFIRM) and answer.status_code == 200:
        return "This link has expired" in answer.content.decode()
    return answer.status_code in {403, 404, 405, 410}


@pytest.mark.proves("S6", "Changed links of every kind", goal="never data, never an error, no row changed")
def test_no_changed_token_opens_anything(maya, line, settings):
    settings.ACCOUNT_RATE_LIMITS = False  # nothing is refused for being the twentieth
    other = a_member(maya.community, name="Ana Lopes", email="ana.lopes@example.org")
    good, theirs = own_tokens(maya), own_tokens(other)
    everyones = [*good.values(), *theirs.values()]
    before, codes, wrong = checksum(), {}, []
    browser = Client()
    flips = line.size("bits turned", fast=150, long=1_000)
    others = line.size("changed in another way", fast=150, long=1_000)
    line.sizes["kinds"] = len(KINDS)
    for number in range(flips + others):
        kind = KINDS[number % len(KINDS)]
        token = good[kind]
        while not token or is_the_same(kind, token, good[kind]) or is_the_same(kind, token, theirs[kind]):
            is_flip = number < flips
            token = flipped(good[kind], line.chance) if is_flip else mutated(good[kind], everyones, maya, line.chance)
        for method in (browser.get, browser.post):
            answer = method(f"/{kind}/{quote(token, safe='')}/", ACCEPTED)
            codes[answer.status_code] = codes.get(answer.status_code, 0) + 1
            page = answer.content.decode()
            if not is_refused(kind, answer) or "Maya" in page or "example.org" in page:
                wrong.append(f"{kind}: {answer.status_code} to {token}")
    line.figures |= {"answers": sum(codes.values()), "opened": len(wrong)}
    assert not wrong, "\n".join(wrong)
    assert checksum() == before


def somebody():
    return with_password(a_user())


def made(age, make, *args):
    """A link made that long ago, which would have opened something then."""
    kind, offer = (RESET, "password1") if make is a_reset else (CONFIRM, "Yes, it is mine")
    with time_machine.travel(datetime.now(UTC) - age, tick=False):
        token = make(*args)
        assert offer in Client().get(f"/{kind}/{token}/", follow=True).content.decode()
    return kind, token


def links_that_are_over(community):
    """Kind and token of links by why they are over, each for that one reason."""
    now, day, too_long = datetime.now(UTC), timedelta(days=1), timedelta(days=3, seconds=1)
    forgot, moved, used, removed = (somebody() for _number in range(4))
    over = {
        "reset, expired": made(too_long, a_reset, somebody()),
        "reset, of a password changed since": made(day, a_reset, forgot),
        "reset, of an account with another address since": made(day, a_reset, moved),
        "confirmation, expired": made(too_long, a_confirmation, somebody(), "expired@example.org"),
        "confirmation, used": made(day, a_confirmation, used, "used@example.org"),
        "confirmation, of a claim taken back": made(day, a_confirmation, removed, "removed@example.org"),
        "invitation, expired": ("invitation", an_invitation(community, expires_at=now - timedelta(seconds=1))),
        "invitation, used": ("invitation", an_invitation(community, accepted_at=now)),
        "invitation, revoked": ("invitation", an_invitation(community, revoked_at=now)),
    }
    with_password(forgot, "a third sentence that I like")
    EmailAddress.objects.create(user=moved, email="moved@example.org")
    EmailAddress.objects.filter(user=used, email="used@example.org").update(verified=True)
    EmailAddress.objects.filter(user=removed, email="removed@example.org").delete()
    return over


@pytest.mark.proves("S6", "Links that are over", goal="expired, used or revoked: refused, and no row changed")
def test_a_link_that_is_over_opens_nothing(maya, line):
    over = links_that_are_over(maya.community)
    before, opened = checksum(), []
    for why, (kind, token) in over.items():
        for method in (Client().get, Client().post):
            answer = method(f"/{kind}/{token}/", ACCEPTED)
            if not is_refused(kind, answer) or (kind == "invitation" and answer.status_code != 410):
                opened.append(f"{why}: {answer.status_code}")
    line.figures |= {"ways of being over": len(over), "opened": len(opened)}
    assert not opened
    assert checksum() == before


@pytest.mark.proves(
    "S6",
    "Scanners that follow each link first",
    goal="three GET and HEAD change no row; then it works: an invitation, a new password and an address once. "
    "No token in the log that the settings configure, with each refused in four ways",
)
def test_scanners_change_nothing_and_the_person_still_gets_through(maya, line):
    good, calls = own_tokens(maya), 0
    before = checksum()
    with written_log() as log:
        for kind, token in good.items():
            for _time in range(3):
                for method in ("get", "head"):
                    answer, calls = getattr(Client(), method)(f"/{kind}/{token}/"), calls + 1
                    assert answer.status_code in {200, 302}
                    assert answer.headers["Referrer-Policy"] in {"same-origin", "no-referrer"}
                    # Forms of the page come back to its own address; no other one holds the token.
                    assert token not in answer.content.decode().replace(f"/{kind}/{token}/", "")
                    assert token not in answer.headers.get("Location", "")
        assert checksum() == before
        works_once(maya, good)
        refuse(good)
    told = [kind for kind, token in good.items() if token in log.getvalue()]
    hidden = [kind for kind in good if f"/{kind}/…" in log.getvalue()]
    lines = log.getvalue().count("\n")
    line.figures |= {"looks": calls, "lines of the log": lines, "kinds in it": len(hidden), "tokens in it": len(told)}
    assert not told
    assert hidden == list(KINDS)


def works_once(maya, good):
    """Each link does what it is for, and those that are for once no more."""
    reader = Client()
    reader.get(f"/p/{good['p']}/")
    assert reader.post("/p/stop/").status_code == 303
    assert Client().post(f"/u/{good['u']}/").status_code == 200
    assert set(OptOut.objects.values_list("category", flat=True)) == {"*", "birthday"}
    invitation = f"/invitation/{good['invitation']}/"
    assert [Client().post(invitation, ACCEPTED).status_code for _time in range(2)] == [302, 410]
    assert maya.community.team.count() == 1
    confirmation = f"/{CONFIRM}/{good[CONFIRM]}/"
    assert [Client().post(confirmation).status_code for _time in range(2)] == [302, 404]
    assert EmailAddress.objects.get(email=f"new.{maya.email}").verified
    # The account has another address now, so a link from before is over; one of now works once.
    good[RESET] = a_reset(User.objects.get(email=f"team.{maya.email}"))
    for is_first in (True, False):
        browser = Client()
        form = browser.get(f"/{RESET}/{good[RESET]}/", follow=True)
        assert ("password1" in form.content.decode()) is is_first
        browser.post(form.request["PATH_INFO"], ACCEPTED)
        assert browser.session.has_key("_auth_user_id") is is_first
    assert User.objects.get(email=f"team.{maya.email}").check_password(NEW_PASSWORD)


def refuse(good):
    """Ask for each link in ways that Django refuses, which it notes in its log with the address."""
    for kind, token in good.items():
        url = f"/{kind}/{token}/"
        Client().put(url)
        Client().get(f"{url}more/of/it/?next={url}")
        Client(enforce_csrf_checks=True).post(url, ACCEPTED)
        with patch.object(HtmxMiddleware, "__call__", side_effect=ZeroDivisionError):
            assert Client(raise_request_exception=False).get(url).status_code == 500
