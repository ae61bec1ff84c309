"""Routes of the project itself: the Today page and the health page."""

from django.urls import path

from care.views import today

app_name = "care"
urlpatterns = [
    path("c/<slug:community>/", today.page, name="today"),
]
