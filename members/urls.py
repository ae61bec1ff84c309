"""Routes of members."""

from django.urls import URLPattern, path

from members.views import home, invitation, me, settings, team

app_name = "members"
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
]
