"""A house with many doors: who asks, at which one, and what the answer says."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.test import Client

from tests.doors import EVERYBODY, NARROWER, THROUGH, Route, World, our_routes, posted, undone
from tests.strangers.observatory import score

ROUTES = sorted(our_routes(), key=lambda route: route.name)
SAFE, UNSAFE = ("GET", "HEAD"), ("POST", "PUT", "PATCH", "DELETE")
OTHER = ("PUT", "PATCH", "DELETE", "OPTIONS")
# What somebody gets who may come in: the page, another one, or a word about what was typed.
WELCOME = {200, 204, 302, 303, 400, 409, 410, 422}
# A mail program unsubscribes with one POST, without cookies (RFC 8058).
WITHOUT_TOKEN = {"outbox.views.unsubscribe.unsubscribe"}
# Pages of libraries, and one that is not there.
OTHER_PAGES = ("/accounts/login/", "/accounts/login/code/", "/accounts/password/reset/", "/admin/login/", "/nowhere/")
CSP = (
    "base-uri 'none'; connect-src 'self'; default-src 'none'; font-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; img-src 'self' data:; manifest-src 'self'; script-src 'self'; style-src 'self'"
)


# The settings of an install whose address begins with https://, as care.settings has them.
_A_YEAR = 365 * 24 * 3600
UNDER_HTTPS = {
    "HTTPS": True,
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "LANGUAGE_COOKIE_SECURE": True,
    "SECURE_SSL_REDIRECT": True,
    "SECURE_HSTS_SECONDS": _A_YEAR,
    "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
    "SECURE_HSTS_PRELOAD": True,
}
HSTS = f"max-age={_A_YEAR}; includeSubDomains; preload"
WITHOUT_TOKEN_HEADER = "X-Without-Token"


def without_token(request: HttpRequest, reason: str = "") -> HttpResponse:
    """In place of the page about a stale form, an answer that cannot be taken for another refusal."""
    return HttpResponse(status=403, headers={WITHOUT_TOKEN_HEADER: reason})


@dataclass(frozen=True)
class Call:
    """One call at one door, and what came of it: also what the Observatory would give for it."""

    route: Route
    who: str
    method: str
    url: str
    is_htmx: bool
    code: int
    verdict: str
    faults: tuple[str, ...]
    score: int

    def __str__(self) -> str:
        return f"{self.who}: {self.method}{' by htmx' if self.is_htmx else ''} {self.url} ({self.code})"


@dataclass
class House:
    """Two communities, and somebody of each sort who tries the doors of both."""

    here: World
    there: World
    clients: dict[str, Client]
    walked: dict[bool, list[Call]] = field(default_factory=dict)

    def ask(
        self,
        who: str,
        method: str,
        url: str,
        data: Any = None,
        *,
        htmx: bool = False,
        through: str = "",
        is_read: bool = True,
    ) -> Any:
        """The answer, without its consequences. Unless it `is_read`, the page of a view stays blank."""
        client = self.clients[who]
        headers = {"HX-Request": "true"} if htmx else {}
        with undone(client), ExitStack() as stack:
            if not is_read:
                stack.enter_context(patch.object(SimpleTemplateResponse, "rendered_content", ""))
            if through:
                client.get(through, secure=True)
            return getattr(client, method.lower())(url, data or {}, headers=headers, secure=True)

    def walk(self, *, is_long: bool) -> list[Call]:
        """Every route of the house, tried by everybody. It is walked once for all the tests of a module."""
        if is_long not in self.walked:
            self.walked[is_long] = [self._call(*way, is_long=is_long) for way in _ways(is_long=is_long)]
        return self.walked[is_long]

    def _call(self, route: Route, who: str, method: str, htmx: bool, *, is_long: bool) -> Call:
        url = route.url(self.here)
        # Pages differ by who reads them; what htmx gets of them, and what an answer to a form says, does not.
        is_read = is_long or (method == "GET" and not htmx) or who in (rightful(route), "anonymous")
        data = posted(route.name) if method == "POST" else None
        answer = self.ask(who, method, url, data, htmx=htmx, is_read=is_read)
        found = verdict(answer), tuple(wrong_in(answer)), score(answer)
        return Call(route, who, method, url, htmx, answer.status_code, *found)


def _ways(*, is_long: bool) -> Iterator[tuple[Route, str, str, bool]]:
    for route in ROUTES:
        for who in EVERYBODY:
            for method in (*SAFE, "POST", *OTHER):
                for htmx in (False, True):
                    is_decisive = (method, htmx) in {("GET", False), ("GET", True), ("POST", False)}
                    if is_long or is_decisive or (who == "outsider" and method in OTHER and not htmx):
                        yield route, who, method, htmx


def rightful(route: Route) -> str:
    """Whom a door is for: the lowest role that it opens to."""
    if route.name in NARROWER:
        return "owner"
    return {"public": "anonymous", "team": route.policy.role, "own": "member"}.get(route.policy.who, "outsider")


def pages(house: House) -> Iterator[tuple[str, str, str]]:
    """(who, url, way there) of every route of the own community, for its rightful reader and for an owner."""
    for route in ROUTES:
        for who in dict.fromkeys((rightful(route), "owner")):
            if who != "owner" or route.policy.who == "team":
                yield who, route.url(house.here), through(route, house.here)


def through(route: Route, world: World) -> str:
    """The page that leaves the mark in the browser without which a door stays shut."""
    return next((path(world) for begin, path in THROUGH.items() if route.name.startswith(begin)), "")


def verdict(answer: Any) -> str:
    """in: somebody came in. login: they are asked to sign in. 403, 404, 405: they saw nothing."""
    to = answer.headers.get("Location") or answer.headers.get("HX-Redirect", "")
    if to.startswith("/accounts/"):
        return "login" if to.startswith("/accounts/login/") else f"sent to {to}"
    if answer.status_code in {403, 404, 405}:
        return str(answer.status_code)
    return "in" if answer.status_code in WELCOME else f"answered {answer.status_code}"


def wrong_in(answer: Any) -> Iterator[str]:
    """What is missing or wrong in the headers of an answer, and what its page must not hold."""
    headers = answer.headers
    if headers.get("Strict-Transport-Security") != HSTS:
        yield "Strict-Transport-Security"
    if directives(headers.get("Content-Security-Policy", "")) != CSP:
        yield "Content-Security-Policy"
    if headers.get("X-Content-Type-Options") != "nosniff":
        yield "X-Content-Type-Options"
    if headers.get("X-Frame-Options") != "DENY":
        yield "X-Frame-Options"
    if headers.get("Referrer-Policy") not in {"same-origin", "no-referrer"}:
        yield "Referrer-Policy"
    if headers.get("Cross-Origin-Opener-Policy") != "same-origin":
        yield "Cross-Origin-Opener-Policy"
    if headers.get("Cross-Origin-Resource-Policy") != "same-origin":
        yield "Cross-Origin-Resource-Policy"
    if "no-store" not in headers.get("Cache-Control", ""):
        yield "Cache-Control"
    if not answer.streaming:
        content = answer.content
        if headers.get("Referrer-Policy") == "no-referrer" and b"csrfmiddlewaretoken" in content:
            yield "Referrer-Policy: from a page without one browsers post `Origin: null`, which the token check refuses"
        if headers.get("Content-Type", "").startswith("text/html"):
            yield from inline(content.decode())


def directives(policy: str) -> str:
    """A policy with its directives in order."""
    return "; ".join(sorted(part.strip() for part in policy.split(";") if part.strip()))


_INLINE = {
    "<style>": re.compile(r"<style\b", re.IGNORECASE),
    "an inline script": re.compile(r"<script\b(?![^>]*\bsrc=)", re.IGNORECASE),
    "a style attribute": re.compile(r"<[a-z][^<>]*\sstyle\s*=", re.IGNORECASE),
    "a handler in an attribute": re.compile(r"<[a-z][^<>]*\s(?:on\w+|hx-on[^\s=]*)\s*=", re.IGNORECASE),
}
_DATA = re.compile(r'<script[^>]* type="application/json">.*?</script>', re.DOTALL)
_VALUE = re.compile(r"=\s*(?:\"[^\"]*\"|'[^']*')")


def inline(page: str) -> Iterator[str]:
    """What the policy would refuse to run or show; blocks of data (JSON) are never run."""
    bare = _VALUE.sub('=""', _DATA.sub("", page))
    for name, pattern in _INLINE.items():
        if pattern.search(bare):
            yield f"the page has {name}"
