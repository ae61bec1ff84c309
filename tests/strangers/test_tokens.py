"""Links that open something: nothing but the link itself does, and looking at it changes nothing."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from django.test import Client

from care.lib.logs import HideSecrets
from members import tokens
from members.models import Invitation
from members.tokens import new_token
from outbox import links
from outbox.models import OptOut
from tests.factories import a_community, a_member
from tests.strangers.state import checksum

pytestmark = pytest.mark.django_db

KINDS = ("invitation", "p", "u")
# What a token may be signed for that opens none of these pages.
PURPOSES = ("invitation", "suppression", "erase", "")
ACCEPTED = {"name": "Ben", "password": "a sentence that I like"}


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


def own_tokens(member):
    """What opens something, by the address it opens."""
    unsubscribe = links.unsubscribe_url(member.pk, "birthday").rstrip("/").rpartition("/")[2]
    return {
        "invitation": an_invitation(member.community),
        "p": tokens.sign("preferences", member.pk),
        "u": unsubscribe,
    }


def mutated(good, others, member, chance):
    """A token that is none: cut, with a bit turned, of another purpose, or put together of two."""
    place = chance.randrange(len(good))
    return chance.choice(
        [
            good[:place],
            good[:place] + chr(ord(good[place]) ^ (1 << chance.randrange(7))) + good[place + 1 :],
            good[:place] + good[place + 1 :],
            good + chance.choice("Aa0=:."),
            chance.choice([other for other in others if other != good]),
            good.partition(":")[0] + ":" + chance.choice(others).rpartition(":")[2],
            tokens.sign(chance.choice(PURPOSES), member.pk),
        ]
    )


@pytest.mark.proves("S6", "Changed links of every kind", goal="never data, never an error, no row changed")
def test_no_changed_token_opens_anything(maya, line):
    other = a_member(maya.community, name="Ana Lopes", email="ana.lopes@example.org")
    good, theirs = own_tokens(maya), own_tokens(other)
    before, codes, wrong = checksum(), {}, []
    browser = Client()
    for _number in range(line.size("tokens", fast=300, long=1_000)):
        kind = line.chance.choice(KINDS)
        token = mutated(good[kind], [*good.values(), *theirs.values()], maya, line.chance)
        if not token or token in (good[kind], theirs[kind]):
            token = good[kind][:-2]
        for method in (browser.get, browser.post):
            answer = method(f"/{kind}/{quote(token, safe='')}/", ACCEPTED)
            codes[answer.status_code] = codes.get(answer.status_code, 0) + 1
            page = answer.content.decode()
            if answer.status_code not in {403, 404, 405, 410} or "Maya" in page or "example.org" in page:
                wrong.append(f"{kind}: {answer.status_code} to {token}")
    line.figures |= {"answers": sum(codes.values()), "opened": len(wrong)}
    assert not wrong, "\n".join(wrong)
    assert checksum() == before


@pytest.mark.proves("S6", "Invitations that are over", goal="expired, used or revoked: 410, and no row changed")
def test_an_invitation_that_is_over_opens_nothing(maya, line):
    now = datetime.now(UTC)
    over = {
        "expired": an_invitation(maya.community, expires_at=now - timedelta(seconds=1)),
        "used": an_invitation(maya.community, accepted_at=now),
        "revoked": an_invitation(maya.community, revoked_at=now),
    }
    before = checksum()
    codes = [Client().post(f"/invitation/{token}/", ACCEPTED).status_code for token in over.values()]
    line.figures |= {"kinds": len(over), "opened": len([code for code in codes if code != 410])}
    assert codes == [410, 410, 410]
    assert checksum() == before


@pytest.mark.proves(
    "S6",
    "Scanners that follow each link first",
    goal="three GET and HEAD change no row; then it works, an invitation once",
)
def test_scanners_change_nothing_and_the_person_still_gets_through(maya, line, caplog):
    caplog.handler.addFilter(HideSecrets())
    caplog.set_level("INFO")
    good, calls = own_tokens(maya), 0
    before = checksum()
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
    reader = Client()
    reader.get(f"/p/{good['p']}/")
    assert reader.post("/p/stop/").status_code == 303
    assert Client().post(f"/u/{good['u']}/").status_code == 200
    assert set(OptOut.objects.values_list("category", flat=True)) == {"*", "birthday"}
    invitation = f"/invitation/{good['invitation']}/"
    assert [Client().post(invitation, ACCEPTED).status_code for _time in range(2)] == [302, 410]
    assert maya.community.team.count() == 1
    told = [kind for kind, token in good.items() if token in caplog.text]
    line.figures |= {"looks": calls, "tokens in the log": len(told)}
    assert not told
