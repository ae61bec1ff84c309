"""Mighty Networks: Admin, Members, Member list, Download. It is an .xlsx: save it as CSV first.

"Can I download my member data?" in the help (faq.mightynetworks.com, article 3825212) says what the list holds; the
names differ between the list of the network, of a space and of a plan. These are the spellings that a public reader of
such files copes with: Name or First Name and Last Name, Email, Join Date, Joined, Created, Status (of the payment).
"""

from members.importing.presets import Preset

PRESET = Preset(
    title="Mighty Networks",
    columns={
        "Name": "name",
        "Member Name": "name",
        "First Name": "first_name",
        "Last Name": "last_name",
        "Email": "email",
        "Email Address": "email",
        "Join Date": "joined",
        "Joined": "joined",
        "Created": "joined",
        "Referred By": "introduced_by",
        "Status": "",
        "Member Status": "",
        "Payment Status": "",
    },
)
