"""Forms about one member, as the team fills them in."""

from datetime import date
from itertools import islice
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from care.lib.fold import fold
from care.lib.lines import LinesField
from members.forms.own import OwnRecordForm
from members.forms.zones import ZoneField
from members.identity import key_of
from members.models import Community, Member
from members.querysets import MemberQuerySet
from members.search import containing

_DATE = {"type": "date"}


def day_field(label: Any, **kwargs: Any) -> forms.DateField:
    """A calendar date; the browser brings its own picker."""
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs=_DATE, format="%Y-%m-%d"),
        error_messages={"invalid": _("A date is needed here, such as 2026-03-31.")},
        **kwargs,
    )


class MemberForm(OwnRecordForm):
    """The record of a member. What is accepted is said by `members.facts`, refusals come back through `refuse`."""

    email = forms.CharField(
        label=_("E-mail"),
        max_length=254,
        required=False,
        help_text=_("Without one, only gestures by hand are proposed."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    joined_on = day_field(
        _("Joined"), required=False, help_text=_("Who joined in the last two weeks is owed a welcome.")
    )
    introducer = forms.CharField(
        label=_("Introduced by"),
        max_length=340,
        required=False,
        help_text=_("A member of this community: their name, or their e-mail."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "introducers"}),
    )
    tags = forms.CharField(
        label=_("Tags"),
        max_length=500,
        required=False,
        help_text=_("Separated by commas."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(
        self, *args: Any, community: Community, member: Member | None = None, today: date, **kwargs: Any
    ) -> None:
        record = member or Member(community=community)
        super().__init__(*args, member=record, custom=community.custom_fields.all(), **kwargs)
        self._record, self._candidates = record, community.members.kept()
        self.initial["email"], self.initial["joined_on"] = record.email, record.joined_on
        self.initial["introducer"] = written_introducer(record)
        if member:
            del self.fields["tags"]
        else:
            self.initial["joined_on"] = today
        # The browser's own zone is the builder's, not the member's: no guessing here.
        self.fields["time_zone"] = ZoneField(required=False, empty=_("As the community"), keep=record.time_zone)
        for field, label, help_text in _OTHER_WORDS:
            self.fields[field].label, self.fields[field].help_text = label, help_text
        if member:
            self.send_along()

    def touched(self) -> set[str]:
        """The fields that the person changed; all of somebody new."""
        return set(self.fields) if self._record._state.adding else super().touched()

    def clean_introducer(self) -> Member | None:
        """The member meant. Whom the field named before stays, however many have that name."""
        text = " ".join(self.cleaned_data["introducer"].split())
        if not text:
            return None
        if text == written_introducer(self._record) or "introducer" not in self.touched():
            return self._record.introduced_by
        found = members_called(text, self._candidates.exclude(pk=self._record.pk), of=self._record.community)
        if not found:
            raise forms.ValidationError(_("Nobody here by that name or address. Write it as on their page."))
        if len(found) > 1:
            raise forms.ValidationError(_("Several members are called so: write their e-mail instead."))
        return found[0]

    def changes(self) -> dict[str, Any]:
        """What to hand to `create_member` or `change_member`."""
        values = super().changes()
        values.pop("tags", None)
        return values | ({"introduced_by": values.pop("introducer")} if "introducer" in values else {})

    def tags_named(self) -> list[str]:
        """The tags of a new member."""
        return [name.strip() for name in self.cleaned_data["tags"].replace(";", ",").split(",") if name.strip()]


_OTHER_WORDS = (
    ("name", _("Name"), _("As they want it to be written.")),
    ("preferred_name", _("Likes to be called"), _("A note begins with it. Empty: the first word of the name.")),
    ("time_zone", _("Time zone"), _("So that nothing reaches them at night. Unknown: the community's own holds.")),
)


def written_introducer(member: Member) -> str:
    """Who introduced a member, as the field writes it."""
    return written(member.introduced_by) if member.introduced_by else ""


def written(member: Member) -> str:
    """A member as a field names them: so that it is clear who is meant, where an address makes it so."""
    return f"{member.name} <{member.email}>" if member.email else member.name


def members_called(text: str, members: MemberQuerySet, *, of: Community, most: int = 2) -> list[Member]:
    """Whom a text means that names one of these members of a community: "Name <address>", an address, a whole name."""
    address = text.rstrip(">").rpartition("<")[2]
    if "@" in address:
        key = key_of(address)
        return list(members.filter(email_key=key)[:most]) if key else []
    wanted = fold(text)
    rows = members.filter(containing(wanted, of=of)).values_list("pk", "name", "preferred_name")
    called = (pk for pk, *names in rows.iterator() if wanted in map(fold, names))
    return list(members.filter(pk__in=list(islice(called, most))))


class HoldUntilForm(forms.Form):
    """Until when nothing may leave."""

    until = day_field(_("Until"), help_text=_("The last day on which nothing leaves to them."))


class HoldReasonForm(forms.Form):
    """Why nothing may leave: apart, since it must not stand in an address."""

    reason = forms.CharField(
        label=_("Why"),
        max_length=200,
        help_text=_(
            "Builders and owners read this, greeters do not; the member reads it on their own page. "
            "“In mourning” is enough."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class HoldForm(HoldReasonForm, HoldUntilForm):
    """Until when, and why."""


class StatusForm(forms.Form):
    """Another status, and the day for somebody who left."""

    on = day_field(_("Left on"), required=False, help_text=_("Only for somebody who left. Empty: today."))

    def __init__(self, *args: Any, choices: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["status"] = forms.ChoiceField(
            label=_("Status"), choices=choices, widget=forms.RadioSelect(attrs={"class": "cards"})
        )
        self.order_fields(["status", "on"])

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("status") != Member.Status.LEFT:
            self.cleaned_data["on"] = None
        return self.cleaned_data


class NoteForm(forms.Form):
    """A note of the team. Without the right to restricted ones, the box is not there."""

    hide_optional = True

    text = LinesField(
        label=_("New note"),
        max_length=1_000_000,  # the service says how long one may be
        widget=forms.Textarea(
            attrs={"rows": 3, "placeholder": _("What did you talk about? Write as if they read it.")}
        ),
    )
    is_restricted = forms.BooleanField(label=_("Private: for builders and owners only"), required=False)

    def __init__(self, *args: Any, may_restrict: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_restrict:
            del self.fields["is_restricted"]


def refuse(form: forms.Form, error: forms.ValidationError) -> None:
    """Show what a service refused, beside the field it is about."""
    by_field = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    for field, reasons in by_field.items():
        for reason in reasons:
            form.add_error(field if field in form.fields else None, reason)
