"""One URL answers with a page or, when htmx asks, with the part of it that changes."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import patch_vary_headers


def render(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    partial: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """Answer with `template`, or with its partial of that name when htmx asks for a fragment."""
    htmx = getattr(request, "htmx", None)
    is_fragment = bool(partial and htmx and not htmx.boosted and not htmx.history_restore_request)
    response = TemplateResponse(request, f"{template}#{partial}" if is_fragment else template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def with_address(request: HttpRequest, response: HttpResponse, url: str) -> HttpResponse:
    """Let the address bar say `url` once htmx has this answer; what is typed into `q` does not fill the history."""
    if htmx := getattr(request, "htmx", None):
        response["HX-Replace-Url" if htmx.trigger_name == "q" else "HX-Push-Url"] = url
    return response
