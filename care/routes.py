"""Routes of the project itself: the Today page and the health page."""

from django.urls import path

from care.views import health, today

app_name = "care"
urlpatterns = [
    path("c/<slug:community>/", today.page, name="today"),
    # for machines that watch this install
    path("healthz", health.healthz, name="healthz"),
    path("metrics", health.metrics, name="metrics"),
]
