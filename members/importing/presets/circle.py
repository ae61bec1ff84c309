"""Circle: Audience, Manage audience, Export CSV.

Circle's help tells how to export (help.circle.so, "Export a CSV of your members"). "User ID", "First Name", "Last Name"
and "Email", and dates written as "December 11, 2024 06:40 PM", are what a public importer of its files reads. The other
spellings are not confirmed by a file; one that is absent does no harm. Profile fields follow under their own names.
"""

from members.importing.presets import Preset

PRESET = Preset(
    title="Circle",
    columns={
        "Name": "name",
        "First Name": "first_name",
        "Last Name": "last_name",
        "Email": "email",
        "Joined": "joined",
        "Joined at": "joined",
        "Created at": "joined",
        "Member tags": "tags",
        "Tags": "tags",
        "Status": "",
        "Headline": "",
    },
)
