"""Routes of attentions."""

from django.urls import URLPattern

app_name = "attentions"
urlpatterns: list[URLPattern] = []
