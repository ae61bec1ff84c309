"""Meetup: Members, Download member list. Its .xls is a text separated by tabs, and holds no addresses.

The columns, as the README of `plot_meetup_cumulative_growth.py` (growth of a group in London) and other public readers
of it quote them: Name, User ID, Title, Member ID, Location, Joined Group on, Last visited group on, Last Attended,
Total RSVPs, RSVPed Yes, RSVPed Maybe, RSVPed No, Meetups attended, No shows, Intro, Photo, Assistant Organizer, Mailing
List, URL of Member Profile. Dates are 04/24/2014. `Location` is a town; `User ID` and `Title` are no names.
"""

from members.importing.presets import Preset

PRESET = Preset(
    title="Meetup",
    columns={
        "Name": "name",
        "Nom": "name",
        "Joined Group on": "joined",
        "Company": "company",
        "User ID": "",
        "Title": "",
        "Location": "",
        "Intro": "",
    },
    date_order="mdy",
)
