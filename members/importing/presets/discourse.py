"""Discourse: Admin, Users, Export.

The columns are those of `HEADER_ATTRS_FOR[:user_list]` in `app/jobs/regular/export_csv_file.rb` of discourse/discourse:
id, name, username, email, title, created_at, last_seen_at, last_posted_at, last_emailed_at, trust_level, approved,
suspended_at, suspended_till, silenced_till, active, admin, moderator, ip_address, staged, secondary_emails, then the
site's own user fields. `name` may be empty; `active` only says that the address was confirmed.
"""

from members.importing.presets import Preset

PRESET = Preset(
    title="Discourse",
    columns={
        "name": "name",
        "username": "username",
        "email": "email",
        "created_at": "joined",
        "title": "",
        "active": "",
    },
)
