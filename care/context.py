"""What every page of the signed-in shell needs."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest

from care.lib import clock
from members.models import Community, TeamMember
from outbox.banners import Banner, banners


def shell(request: HttpRequest) -> dict[str, Any]:
    """Read only where a page asks: the communities one may switch to, the alarms of this one; and the theme chosen."""
    user = getattr(request, "user", None)
    community = getattr(request, "community", None)
    return {
        "my_communities": lambda: list(Community.objects.visible_to(user)) if user and user.is_authenticated else [],
        "banners": lambda: _banners(request, community) if community else [],
        "theme": request.COOKIES.get("theme") if request.COOKIES.get("theme") in {"light", "dark"} else "",
    }


def _banners(request: HttpRequest, community: Community) -> list[Banner]:
    """The alarms; who may do nothing about them is not led where it is done."""
    found = banners(community, now=clock.now())
    me: TeamMember | None = getattr(request, "team_member", None)
    return found if me and me.may("builder") else [replace(one, url="", action="") for one in found]
