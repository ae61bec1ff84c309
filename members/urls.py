"""Routes of members."""

from django.urls import URLPattern, path

from members.views import (
    audiences,
    bulk,
    custom_fields,
    exports,
    home,
    imports,
    invitation,
    me,
    members,
    notes,
    settings,
    standing,
    team,
)

app_name = "members"

_c = "c/<slug:community>/"
_one = _c + "members/<uuid:member>/"
urlpatterns: list[URLPattern] = [
    # --- arriving, one's account, a member's own pages, the team, settings
    path("", home.home, name="home"),
    path("language/", home.language, name="language"),
    path("account/", home.account, name="account"),
    path("me/", me.own_list, name="me"),
    path("me/<uuid:member>/", me.own, name="own"),
    path("me/<uuid:member>/edit/", me.own_edit, name="own_edit"),
    path("me/<uuid:member>/export/", me.own_export, name="own_export"),
    path("me/<uuid:member>/leave/", me.own_leave, name="own_leave"),
    path("me/<uuid:member>/erase/", me.own_erase, name="own_erase"),
    path("invitation/<str:token>/", invitation.invitation, name="invitation"),
    path("c/<slug:community>/team/", team.team_list, name="team"),
    path("c/<slug:community>/team/invite/", team.invite, name="team_invite"),
    path("c/<slug:community>/team/invitations/<uuid:invitation>/resend/", team.resend, name="team_resend"),
    path("c/<slug:community>/team/invitations/<uuid:invitation>/revoke/", team.revoke, name="team_revoke"),
    path("c/<slug:community>/team/<uuid:team_member>/role/", team.role, name="team_role"),
    path("c/<slug:community>/team/<uuid:team_member>/remove/", team.remove, name="team_remove"),
    path("c/<slug:community>/settings/", settings.community_settings, name="settings"),
    path("c/<slug:community>/settings/pause/", settings.pause, name="settings_pause"),
    path("c/<slug:community>/settings/resume/", settings.resume, name="settings_resume"),
    # --- files: bringing members in, taking them away
    path(_c + "import/", imports.imports, name="imports"),
    path(_c + "import/sample.csv", imports.import_sample, name="import_sample"),
    path(_c + "import/presets/<uuid:preset>/delete/", imports.import_preset_delete, name="import_preset_delete"),
    path(_c + "import/<uuid:imported>/", imports.import_show, name="import_show"),
    path(_c + "import/<uuid:imported>/columns/", imports.import_columns, name="import_columns"),
    path(_c + "import/<uuid:imported>/check/", imports.import_check, name="import_check"),
    path(_c + "import/<uuid:imported>/confirm/", imports.import_confirm, name="import_confirm"),
    path(_c + "import/<uuid:imported>/discard/", imports.import_discard, name="import_discard"),
    path(_c + "import/<uuid:imported>/rejected.csv", imports.import_rejected, name="import_rejected"),
    path(_c + "export/", exports.export, name="export"),
    # --- people: the list, one member's page, many at once, audiences, the community's own fields
    path(_c + "members/", members.member_list, name="list"),
    path(_c + "members/new/", members.add, name="add"),
    path(_c + "members/suggest/", members.suggest, name="suggest"),
    path(_c + "members/bulk/", bulk.bulk, name="bulk"),
    path(_c + "members/bulk/<uuid:batch>/undo/", bulk.undo, name="bulk_undo"),
    path(_c + "members/fields/", custom_fields.field_list, name="custom_fields"),
    path(_c + "members/fields/new/", custom_fields.field_new, name="field_new"),
    path(_c + "members/fields/<uuid:field>/", custom_fields.field_edit, name="field_edit"),
    path(_c + "members/fields/<uuid:field>/delete/", custom_fields.field_delete, name="field_delete"),
    path(_c + "members/fields/<uuid:field>/move/", custom_fields.field_move, name="field_move"),
    path(_one, members.detail, name="detail"),
    path(_one + "edit/", members.edit, name="edit"),
    path(_one + "hold/", standing.hold, name="hold"),
    path(_one + "hold/end/", standing.release, name="release"),
    path(_one + "status/", standing.status, name="status"),
    path(_one + "notes/", notes.note_add, name="note_add"),
    path(_one + "notes/<uuid:note>/delete/", notes.note_delete, name="note_delete"),
    path(_one + "tags/", notes.tag_add, name="tag_add"),
    path(_one + "tags/<uuid:tag>/remove/", notes.tag_remove, name="tag_remove"),
    path(_c + "audiences/", audiences.audience_list, name="audiences"),
    path(_c + "audiences/new/", audiences.audience_new, name="audience_new"),
    path(_c + "audiences/<uuid:audience>/", audiences.audience_edit, name="audience_edit"),
    path(_c + "audiences/<uuid:audience>/delete/", audiences.audience_delete, name="audience_delete"),
]
