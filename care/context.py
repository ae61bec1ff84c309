"""What every page of the signed-in shell needs."""

from typing import Any

from django.http import HttpRequest

from members.models import Community


def shell(request: HttpRequest) -> dict[str, Any]:
    """The communities one may switch to, lazily; the theme a person chose."""
    user = getattr(request, "user", None)
    return {
        "my_communities": lambda: list(Community.objects.visible_to(user)) if user and user.is_authenticated else [],
        "theme": request.COOKIES.get("theme") if request.COOKIES.get("theme") in {"light", "dark"} else "",
    }
