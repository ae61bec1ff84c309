"""Guessing passwords: the door shuts after a few, whoever knocks from wherever, and takes as long for nobody."""

import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.cache import cache
from django.db import connection
from django.test import Client

from members.models import User
from tests.accounts.signing_in import PASSWORD, give_totp, totp_now, with_password
from tests.factories import a_user

ANA, WRONG = "ana@example.org", "not this one"
SHARED = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}


def knock(login=ANA, password=WRONG, *, client=None, **headers):
    """What comes of it: in, wrong, or the number with which a shut door answers."""
    client = client or Client()
    return outcome(client, client.post("/accounts/login/", {"login": login, "password": password}, **headers))


def outcome(client, answer):
    if "_auth_user_id" in client.session:
        return "in"
    is_open = answer.status_code == 200 and "Too many" not in answer.content.decode()
    return "wrong" if is_open else answer.status_code


def five_wrong(**more):
    for _time in range(5):
        assert knock(**more) == "wrong"


def the_account():
    five_wrong()
    return knock(password=PASSWORD)


def the_place():
    for number in range(10):
        knock(f"nobody{number}@example.org")
    return knock(password=PASSWORD)


def the_account_with_another_forwarded_address():
    for number in range(5):
        knock(HTTP_X_FORWARDED_FOR=f"203.0.113.{number}")
    return knock(password=PASSWORD, HTTP_X_FORWARDED_FOR="203.0.113.9")


def the_place_with_another_forwarded_address():
    for number in range(10):
        knock(f"nobody{number}@example.org", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}")
    return knock(password=PASSWORD, HTTP_X_FORWARDED_FOR="203.0.113.99")


def the_account_in_capitals():
    for login in ("Ana@example.org", "ANA@EXAMPLE.ORG", "aNa@Example.org", "ana@example.ORG", " ana@example.org "):
        knock(login)
    return knock(password=PASSWORD)


def the_account_in_other_letters():
    five_wrong()
    said = {
        knock(login, PASSWORD)
        for login in ("ána@example.org", "ａna@example.org", "ana@exämple.org", "ANA@example.org")
    }
    return "in" if "in" in said else knock(password=PASSWORD)


def the_account_after_a_success_elsewhere():
    for _time in range(4):
        knock()
    assert knock(password=PASSWORD) == "in"
    knock()
    return knock(password=PASSWORD)


def the_account_by_htmx():
    for _time in range(5):
        knock(HTTP_HX_REQUEST="true")
    return knock(password=PASSWORD, HTTP_HX_REQUEST="true")


def the_second_factor():
    client, url = Client(), "/accounts/2fa/authenticate/"
    secret = give_totp(User.objects.get(email=ANA))
    try:
        assert client.post("/accounts/login/", {"login": ANA, "password": PASSWORD}).headers["Location"] == url
        for _time in range(5):
            assert outcome(client, client.post(url, {"code": "000000"})) == "wrong"
        return outcome(client, client.post(url, {"code": totp_now(secret)}))
    finally:
        Authenticator.objects.all().delete()


def the_password_asked_for_again():
    client, url = Client(), "/accounts/reauthenticate/"
    client.force_login(User.objects.get(email=ANA), backend="django.contrib.auth.backends.ModelBackend")
    for _time in range(5):
        assert client.post(url, {"password": WRONG}).status_code == 200
    return client.post(url, {"password": PASSWORD}).status_code


def codes_by_mail():
    for _time in range(3):
        assert Client().post("/accounts/login/code/", {"email": ANA}).status_code == 302
    return Client().post("/accounts/login/code/", {"email": ANA}).status_code


def links_by_mail():
    for _time in range(5):
        assert Client().post("/accounts/password/reset/", {"email": ANA}).status_code == 302
    return Client().post("/accounts/password/reset/", {"email": ANA}).status_code


WAYS = (
    the_account,
    the_place,
    the_account_with_another_forwarded_address,
    the_place_with_another_forwarded_address,
    the_account_in_capitals,
    the_account_in_other_letters,
    the_account_after_a_success_elsewhere,
    the_account_by_htmx,
    the_second_factor,
    the_password_asked_for_again,
    codes_by_mail,
    links_by_mail,
)


@pytest.mark.django_db
@pytest.mark.proves(
    "S5", "Ways of guessing, or of asking too often", goal="the door is shut even to the right one, each way, by a 429"
)
def test_after_five_wrong_passwords_of_an_account_or_ten_of_a_place_the_door_is_shut(line):
    with_password(a_user(email=ANA))
    said = {}
    for way in WAYS:
        cache.clear()
        said[way.__name__] = way()
    line.figures |= {"ways": len(WAYS), "not a 429": len([word for word in said.values() if word != 429])}
    assert set(said.values()) == {429}, said


@pytest.mark.django_db(transaction=True)
@pytest.mark.proves("S5", "Guessing at four connections with one shared cache", goal="they count together: five in all")
def test_four_at_once_count_together(line, settings):
    settings.CACHES = SHARED
    with_password(a_user(email=ANA))

    def at_its_own_connection(password):
        try:
            return knock(password=password)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(at_its_own_connection, [WRONG] * 12))
    last = knock(password=PASSWORD)
    cache.clear()
    line.figures |= {"guesses": len(said), "answered": said.count("wrong"), "then the right one": last}
    assert last == 429
    assert said.count("wrong") <= 5


@pytest.mark.once
@pytest.mark.django_db
def test_as_much_is_computed_for_an_account_that_is_not_there(monkeypatch, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    with_password(a_user(email=ANA))
    computed, encode = [], PBKDF2PasswordHasher.encode

    def counting(self, password, salt, iterations=None):
        computed.append(iterations or self.iterations)
        return encode(self, password, salt, iterations)

    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", counting)
    assert knock(ANA) == "wrong"
    known = computed.copy()
    computed.clear()
    assert knock("nobody@example.org") == "wrong"
    assert computed == known != []


@pytest.mark.long
@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.proves(
    "S5",
    "Time to refuse a known and an unknown account",
    goal="medians within 10 % of each other, of the time on the clock and of the processor's",
)
def test_it_takes_as_long_for_an_account_that_is_not_there(line, settings):
    """By the clock, as a stranger would measure; by the processor's time too, which others do not disturb."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    settings.ACCOUNT_RATE_LIMITS = False
    with_password(a_user(email=ANA))
    clocks = {"clock": time.perf_counter, "processor": time.thread_time}
    took = {(login, name): [] for login in (ANA, "nobody@example.org") for name in clocks}
    for _time in range(line.size("tries of each", fast=3, long=500)):
        for login in (ANA, "nobody@example.org"):
            began = {name: read() for name, read in clocks.items()}
            assert knock(login) == "wrong"
            for name, read in clocks.items():
                took[login, name].append(read() - began[name])
    apart = {}
    for name in clocks:
        known, unknown = (median(took[login, name]) for login in (ANA, "nobody@example.org"))
        apart[name] = abs(known - unknown) / known
        line.figures |= {f"known, {name}, ms": round(known * 1000), f"unknown, {name}, ms": round(unknown * 1000)}
        line.figures[f"apart, {name}, %"] = round(apart[name] * 100, 1)
    assert max(apart.values()) <= 0.10
