"""Routes of outbox."""

from django.urls import path

from outbox.views import mailbox, messages, preferences, sending, unsubscribe

app_name = "outbox"
urlpatterns = [
    # The delivery log of a community, and how sending does
    path("c/<slug:community>/messages/", messages.index, name="messages"),
    path("c/<slug:community>/messages/retry/", messages.retry_all, name="messages_retry"),
    path("c/<slug:community>/messages/<uuid:message>/", messages.detail, name="message"),
    path("c/<slug:community>/messages/<uuid:message>/sent/", messages.found_sent, name="message_sent"),
    path("c/<slug:community>/messages/<uuid:message>/again/", messages.again, name="message_again"),
    path("c/<slug:community>/messages/<uuid:message>/retry/", messages.retry, name="message_retry"),
    path("c/<slug:community>/messages/sending/", sending.show, name="sending"),
    path("c/<slug:community>/messages/sending/resume/", sending.resume, name="sending_resume"),
    path("c/<slug:community>/messages/sending/channel/", sending.channel, name="sending_channel"),
    path("c/<slug:community>/messages/sending/brake/", sending.brake, name="sending_brake"),
    # A member's own choices, by the links at the foot of each letter
    path("p/", preferences.show, name="preferences"),
    path("p/pause/", preferences.pause, name="preferences_pause"),
    path("p/stop/", preferences.stop, name="preferences_stop"),
    path("p/again/", preferences.again, name="preferences_again"),
    path("p/<str:token>/", preferences.enter, name="preferences_link"),
    path("u/<str:token>/", unsubscribe.show, name="unsubscribe"),
    # The development mailbox
    path("mailbox/", mailbox.index, name="mailbox"),
    path("mailbox/<str:key>/", mailbox.letter, name="mailbox_letter"),
    path("mailbox/<str:key>/page/", mailbox.page, name="mailbox_page"),
]
