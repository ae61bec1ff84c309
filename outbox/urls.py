"""Routes of outbox."""

from django.urls import path

from outbox.views import preferences, unsubscribe

app_name = "outbox"
urlpatterns = [
    # A member's own choices, by the links at the foot of each letter
    path("p/", preferences.show, name="preferences"),
    path("p/pause/", preferences.pause, name="preferences_pause"),
    path("p/stop/", preferences.stop, name="preferences_stop"),
    path("p/again/", preferences.again, name="preferences_again"),
    path("p/<str:token>/", preferences.enter, name="preferences_link"),
    path("u/<str:token>/", unsubscribe.show, name="unsubscribe"),
]
