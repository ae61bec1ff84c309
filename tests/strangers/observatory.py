"""What Mozilla's HTTP Observatory would give for an answer.

After its published scoring (https://developer.mozilla.org/en-US/observatory/docs/tests_and_scoring, read in 2026) with
the modifiers of its code (https://github.com/mdn/mdn-http-observatory, src/grader/charts.js). An answer begins with
100; penalties come off, and only from 90 upward bonuses are added. Left out is what no answer shows: that a domain is
on the preload list of browsers (+5), and its certificate. What plain HTTP leads to is asked apart.
"""

import re
from collections.abc import Iterator
from typing import Any

_SIX_MONTHS = 15_768_000
_ENOUGH_FOR_BONUSES = 90
_PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
_BROAD = {"*", "data:", "http:", "https:", "ws:", "wss:", "blob:", "filesystem:", "'unsafe-inline'"}
_SCRIPT = re.compile(r"<script\b([^>]*)>", re.IGNORECASE)
_SRC = re.compile(r"\bsrc\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)


def score(answer: Any) -> int:
    """The score of an answer that came over HTTPS; 145 is the most there is."""
    modifiers = list(modifiers_of(answer))
    without_bonuses = 100 + sum(modifier for modifier in modifiers if modifier < 0)
    bonuses = sum(modifier for modifier in modifiers if modifier > 0)
    return max(0, without_bonuses + (bonuses if without_bonuses >= _ENOUGH_FOR_BONUSES else 0))


def modifiers_of(answer: Any) -> Iterator[int]:
    """What each test of the Observatory adds or takes."""
    headers, policy = answer.headers, _directives(answer.headers.get("Content-Security-Policy", ""))
    yield _csp(policy)
    yield _cookies(answer.cookies, has_hsts=_hsts(headers.get("Strict-Transport-Security", "")) == 0)
    yield _cors(headers)
    yield _referrer(headers.get("Referrer-Policy", ""))
    yield _hsts(headers.get("Strict-Transport-Security", ""))
    yield _integrity(answer)
    yield 0 if headers.get("X-Content-Type-Options", "").lower() == "nosniff" else -5
    yield _frames(headers.get("X-Frame-Options", ""), policy)
    yield {"same-origin": 10, "same-site": 10, "cross-origin": 0, "": 0}.get(
        headers.get("Cross-Origin-Resource-Policy", "").lower(), -5
    )


def redirection(answer: Any) -> int:
    """What plain HTTP leads to: nothing is taken when it leads to HTTPS on the same host at once."""
    return 0 if answer.headers.get("Location", "").startswith("https://testserver/") else -20


def _directives(policy: str) -> dict[str, set[str]]:
    words = [part.split() for part in policy.lower().split(";") if part.strip()]
    return {name: set(sources) for name, *sources in words}


def _csp(policy: dict[str, set[str]]) -> int:
    """Several rules may fit a policy: the worst holds."""
    if not policy:
        return -25
    otherwise = policy.get("default-src", {"*"})
    script, objects, style = (policy.get(name, otherwise) for name in ("script-src", "object-src", "style-src"))
    if (script | objects) & _BROAD:
        return -20
    passive = policy.get("img-src", otherwise) | policy.get("media-src", otherwise)
    is_plain = {name for name, sources in policy.items() if any(source.startswith("http:") for source in sources)}
    if is_plain - {"img-src", "media-src"}:
        return -20
    if "'unsafe-eval'" in script | style or any(source.startswith("http:") for source in passive):
        return -10
    if style & _BROAD:
        return 0
    goes_nowhere = policy.get("form-action", {"*"}) <= {"'none'", "'self'"}
    return 10 if policy.get("default-src") == {"'none'"} and goes_nowhere else 5


def _cookies(cookies: Any, *, has_hsts: bool) -> int:
    """The worst of them; a bonus when all are as they should be."""
    found = [0]
    for name, cookie in cookies.items():
        is_session = any(word in name.lower() for word in ("sess", "login"))
        if not cookie["secure"]:
            found.append({(True, True): -10, (True, False): -40, (False, True): -5}.get((is_session, has_hsts), -20))
        if is_session and not cookie["httponly"]:
            found.append(-30)
        if cookie["samesite"] not in {"Lax", "Strict"} and (cookie["samesite"] or "csrf" in name.lower()):
            found.append(-20)
    is_perfect = min(found) == 0 and all(cookie["samesite"] for cookie in cookies.values())
    return 5 if cookies and is_perfect else min(found)


def _cors(headers: Any) -> int:
    is_open = bool(headers.get("Access-Control-Allow-Origin"))
    return -50 if is_open and headers.get("Access-Control-Allow-Credentials", "").lower() == "true" else 0


def _referrer(policy: str) -> int:
    last = policy.lower().split(",")[-1].strip()  # browsers take the last one that they know
    return 5 if last in _PRIVATE else 0 if not last else -5


def _hsts(header: str) -> int:
    age = re.search(r"\bmax-age=\"?(\d+)", header.lower())
    if age is None:
        return -20
    return 0 if int(age[1]) >= _SIX_MONTHS else -10


def _integrity(answer: Any) -> int:
    """Scripts of other sites: over HTTPS, and with a checksum. Those of the own site need none."""
    if answer.streaming or not answer.headers.get("Content-Type", "").startswith("text/html"):
        return 0
    scripts = [(_SRC.search(found), found) for found in _SCRIPT.findall(answer.content.decode())]
    others = [(src[1], "integrity=" in found) for src, found in scripts if src and re.match(r"(\w+:)?//", src[1])]
    if not others:
        return 0
    is_checked = all(has_checksum for _src, has_checksum in others)
    if not all(src.startswith("https://") for src, _has_checksum in others):
        return -20 if is_checked else -50
    return 5 if is_checked else -5


def _frames(header: str, policy: dict[str, set[str]]) -> int:
    if "frame-ancestors" in policy and not policy["frame-ancestors"] & {"*", "http:", "https:"}:
        return 5
    return 0 if header.upper() in {"DENY", "SAMEORIGIN"} else -20
