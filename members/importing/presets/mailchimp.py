"""Mailchimp: Audience, All contacts, Export audience; `subscribed_….csv` of the three files.

The columns, as issue 2276 of buttondown/roadmap and issue 688 of knadh/listmonk quote them: Email Address, First Name,
Last Name (translated in other languages), the audience's own fields, then MEMBER_RATING, OPTIN_TIME, OPTIN_IP,
CONFIRM_TIME, CONFIRM_IP, LATITUDE, LONGITUDE, GMTOFF, DSTOFF, TIMEZONE, CC, REGION, LAST_CHANGED, LEID, EUID, NOTES,
TAGS. TIMEZONE is a tzdata name in small letters; TAGS are quoted, separated by commas; a birthday is 05/31 or 31/05, as
the audience is set up. The zone is guessed by Mailchimp from where mail was opened.
"""

from members.importing.presets import Preset

PRESET = Preset(
    title="Mailchimp",
    columns={
        "Email Address": "email",
        "Emailadresse": "email",
        "Adresse e-mail": "email",
        "First Name": "first_name",
        "Last Name": "last_name",
        "Prénom": "first_name",
        "Nom": "last_name",
        "Birthday": "birthday",
        "Company": "company",
        "CONFIRM_TIME": "joined",
        "TIMEZONE": "timezone",
        "CC": "country",
        "NOTES": "notes",
        "TAGS": "tags",
        "REGION": "",
    },
)
