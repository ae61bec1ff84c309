"""All attentions, by state."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from attentions import listing as reading
from attentions import phrases
from attentions.forms.acts import ListForm
from care.lib import clock, keyset
from care.lib.htmx import render, with_address
from members.access import TeamRequest, team

PAGE = 50


@team("greeter")
@require_safe
def attention_list(request: TeamRequest) -> HttpResponse:
    """The attentions in one state; a filter that cannot be read is left out."""
    form = ListForm(request.GET)
    form.is_valid()
    asked, now = form.cleaned_data, clock.now()
    state = asked.get("state") or "waiting"
    member = get_object_or_404(request.community.members, pk=asked["member"]) if asked.get("member") else None
    rows = reading.rows(
        request.community,
        state=state,
        kind=asked.get("kind", ""),
        q=asked.get("q", ""),
        member=member.pk if member else None,
        by_email=request.team_member.may("builder"),
        now=now,
    )
    page = keyset.page(rows, reading.order(state), cursor=request.GET.get("cursor"), size=PAGE)
    here = reverse("attentions:list", args=[request.community.slug])
    kept = {name: str(value) for name, value in asked.items() if value}

    def url(**changes: str) -> str:
        return f"{here}?{urlencode(kept | changes)}"

    lines = reading.lines(page.rows, request.community, state=state, now=now)
    context = {
        "lines": lines,
        "has_news": any(line.what for line in lines),
        "state": state,
        "state_help": phrases.STATE_HELP[state],
        "tabs": [(key, words, url(state=key)) for key, words in phrases.STATES.items()],
        "kinds": reading.kind_choices(request.community),
        "asked": asked,
        "member": member,
        "without_member": f"{here}?{urlencode({key: value for key, value in kept.items() if key != 'member'})}",
        "earlier_url": url(cursor=page.earlier) if page.earlier else "",
        "later_url": url(cursor=page.later) if page.later else "",
        "is_lost": page.is_lost,
    }
    response = render(request, "attentions/list.html", context, partial="results")
    return with_address(request, response, request.get_full_path())
