"""Routes of the project itself: the Today page and the health page."""

from django.urls import URLPattern

app_name = "care"
urlpatterns: list[URLPattern] = []
