"""Routes of attentions."""

from django.urls import URLPattern, path

from attentions.views import acts, batch, by_hand, detail, listing, rituals, wordings

app_name = "attentions"

_c = "c/<slug:community>/"
_ritual = _c + "rituals/<slug:kind>/"
_words = _ritual + "words/<slug:language>/"
_one = _c + "attentions/<uuid:attention>/"
_member = _c + "members/<uuid:member>/gesture/"

urlpatterns: list[URLPattern] = [
    # --- rituals: what is practised, how, in which words
    path(_c + "rituals/", rituals.gallery, name="rituals"),
    path(_ritual, rituals.ritual, name="ritual"),
    path(_ritual + "outlook/", rituals.outlook, name="outlook"),
    path(_ritual + "audience/", rituals.audience_count, name="audience_count"),
    path(_ritual + "on/", rituals.switch_on, name="ritual_on"),
    path(_ritual + "off/", rituals.switch_off, name="ritual_off"),
    path(_words + "add/", wordings.add, name="wording_add"),
    path(_words + "<int:variant>/", wordings.wording, name="wording"),
    path(_words + "<int:variant>/preview/", wordings.preview, name="wording_preview"),
    path(_words + "<int:variant>/test/", wordings.send_test, name="wording_test"),
    path(_words + "<int:variant>/delete/", wordings.delete, name="wording_delete"),
    # --- attentions: one gesture, or many at once
    path(_c + "attentions/", listing.attention_list, name="list"),
    path(_c + "attentions/batch/", batch.batch, name="batch"),
    path(_c + "attentions/batch/undo/", batch.undo, name="batch_undo"),
    path(_one, detail.detail, name="detail"),
    path(_one + "approve/", acts.approve, name="approve"),
    path(_one + "undo/", acts.undo, name="undo"),
    path(_one + "line/", acts.edit, name="edit"),
    path(_one + "snooze/", acts.snooze, name="snooze"),
    path(_one + "wake/", acts.wake, name="wake"),
    path(_one + "skip/", acts.skip, name="skip"),
    path(_one + "unskip/", acts.unskip, name="unskip"),
    path(_one + "hand-over/", acts.hand_over, name="hand_over"),
    path(_one + "done/", acts.done, name="done"),
    # --- gestures of one's own
    path(_member, by_hand.plan_by_hand, name="plan_by_hand"),
    path(_member + "done/", by_hand.record_done, name="record_done"),
]
