"""Who may open which page. Every view says so with one of these decorators; a view without one fails the system check.

Another community's page is a 404, as if it did not exist; one of the own community that needs a higher role is a 403.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal
from zoneinfo import ZoneInfo

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from members.models import Community, Role, TeamMember, User

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Policy:
    """What a view demands. `reason` says why a public one may be public."""

    who: Literal["public", "signed_in", "own", "team"]
    role: str = ""
    reason: str = ""


class UserRequest(HttpRequest):
    """A request of somebody who has signed in, as all views but the public ones see it."""

    user: User
    htmx: HtmxDetails


class TeamRequest(UserRequest):
    """A request of a team member, as the views behind `team` see it."""

    community: Community
    team_member: TeamMember


def team(role: str) -> Callable[[View], View]:
    """Open to the team of the community in the URL, from `role` upward."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: Any, community: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            request.community = get_object_or_404(Community.objects.visible_to(request.user), slug=community)
            request.team_member = request.community.team.get(user=request.user)
            if not request.team_member.may(role):
                raise PermissionDenied(_("This page is for builders and owners of the community. Ask one of them."))
            if needs_second_factor(request.team_member):
                messages.info(request, _("You look after other people's data: please add a second factor first."))
                if request.htmx:  # the whole page goes there, not a part of it
                    return HttpResponseClientRedirect(reverse("mfa_index"))
                return redirect("mfa_index")
            timezone.activate(ZoneInfo(request.user.time_zone or request.community.time_zone))
            return view(request, *args, **kwargs)

        return _with_policy(wrapper, Policy("team", role=Role(role).value))

    return decorate


def needs_second_factor(team_member: TeamMember) -> bool:
    """Whether this person must set up two-factor login before going on."""
    return settings.REQUIRE_TWO_FACTOR and team_member.may("builder") and not is_mfa_enabled(team_member.user)


def signed_in(view: View) -> View:
    """Open to anybody who has signed in; the view shows only what is their own."""
    return _with_policy(view, Policy("signed_in"))


def own_pages(view: View) -> View:
    """Open to a member for their own record, found by their verified address; the view looks up nothing else."""
    return _with_policy(view, Policy("own"))


def public(reason: str) -> Callable[[View], View]:
    """Open to the world, for the reason given."""

    def decorate(view: View) -> View:
        return _with_policy(login_not_required(view), Policy("public", reason=reason))

    return decorate


def _with_policy(view: View, policy: Policy) -> View:
    view.policy = policy  # type: ignore[attr-defined]
    return view
