"""For machines that watch this install."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from care.health import look
from care.lib import clock
from care.metrics import exposition
from members.access import public


@require_safe
@never_cache
@public("load balancers and alarms ask it without a login; it holds times and states, nothing personal")
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while Care does its work or has just been started, 503 when a part of it stands still."""
    health = look(clock.now())
    return JsonResponse(health.as_dict(), status=503 if health.failing else 200)


@require_safe
@never_cache
@public("Prometheus has no login; it shows a token of its own, and without one configured there is no such page")
def metrics(request: HttpRequest) -> HttpResponse:
    """Counts in the text format of Prometheus."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(exposition(clock.now()), content_type=CONTENT_TYPE_LATEST)
