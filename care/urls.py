"""All routes. Every view of ours declares a policy (members.access), which a system check verifies."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("care.routes")),
    path("", include("members.urls")),
    path("", include("outbox.urls")),
    path("", include("attentions.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
