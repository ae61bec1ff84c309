"""What every page of the signed-in shell needs."""

from typing import Any

from django.http import HttpRequest

from care.lib import clock
from members.models import Community
from outbox.banners import banners


def shell(request: HttpRequest) -> dict[str, Any]:
    """Read only where a page asks: the communities one may switch to, the alarms of this one; and the theme chosen."""
    user = getattr(request, "user", None)
    community = getattr(request, "community", None)
    return {
        "my_communities": lambda: list(Community.objects.visible_to(user)) if user and user.is_authenticated else [],
        "banners": lambda: banners(community, now=clock.now()) if community else [],
        "theme": request.COOKIES.get("theme") if request.COOKIES.get("theme") in {"light", "dark"} else "",
    }
