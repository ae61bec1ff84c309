"""What must hold before the product starts."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, URLResolver, get_resolver

from members.access import Policy
from outbox.channels.urls import channel

# Routes of libraries, which guard themselves. Everything of ours declares a policy.
_LIBRARIES = ("allauth.", "django.", "whitenoise.")


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every route of the product with its whole path."""
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, path)
        else:
            yield path, pattern


def policy_of(pattern: URLPattern) -> Policy | None:
    """The policy a route declares; None for a library's route."""
    return getattr(pattern.callback, "policy", None)


def is_library(pattern: URLPattern) -> bool:
    return pattern.callback.__module__.startswith(_LIBRARIES)


@register()
def every_route_declares_a_policy(**_kwargs: Any) -> list[CheckMessage]:
    """A view without a policy would be open to nobody knows whom."""
    return [
        Error(f"The route /{path} declares no policy (members.access).", id="care.E001")
        for path, pattern in routes()
        if policy_of(pattern) is None and not is_library(pattern)
    ]


@register()
def mail_cannot_hang(**_kwargs: Any) -> list[CheckMessage]:
    """A mail server that does not answer must not hold a worker for ever."""
    if settings.EMAIL_TIMEOUT and settings.EMAIL_TIMEOUT <= 60:
        return []
    return [Error("EMAIL_TIMEOUT must be between 1 and 60 seconds.", id="care.E002")]


@register()
def mail_has_a_way(**_kwargs: Any) -> list[CheckMessage]:
    """Letters to nowhere would look as if they were sent, or wait for ever."""
    try:
        channel()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="care.E004")]
    return []


@register(deploy=True)
def cache_is_shared(**_kwargs: Any) -> list[CheckMessage]:
    """Login throttling counts in the cache: one per process would multiply its limits."""
    if "locmem" in settings.CACHES["default"]["BACKEND"].lower():
        return [Error("The cache must be shared by all processes.", id="care.E003")]
    return []
