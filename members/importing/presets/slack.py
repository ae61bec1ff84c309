"""Slack: Manage members, Export member list.

The columns, as that export has them: username, email, status, billing-active, has-2fa, has-sso, userid, fullname,
displayname, expiration-timestamp (seen alike in the test data of several public importers, and from Slack's own
`users.admin.fetchTeamUsersCsv`). `status` is Member, Admin, Owner, Primary Owner, a kind of guest, Invited, Bot or
Deactivated. It has no day of joining.
"""

from members.importing.presets import Preset

PRESET = Preset(
    title="Slack",
    columns={
        "username": "username",
        "email": "email",
        "status": "status",
        "fullname": "name",
        "displayname": "preferred_name",
        "expiration-timestamp": "",
    },
    statuses={"bot": "", "deactivated": "left", "invited": "invited", "pending": "invited"},
    other_status="active",
)
