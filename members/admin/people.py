"""Members and what hangs on their record."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from care.lib import clock
from members.admin.base import LookOnly, Personal, RepairAdmin, who
from members.models import ImportantDate, Member, MemberTag, Note
from members.privacy.erasing import erase_member
from members.querysets import MemberQuerySet
from members.services import members as service

_FACTS = (
    "name",
    "preferred_name",
    "pronouns",
    "email",
    "language",
    "time_zone",
    "country",
    "company",
    "birth_day",
    "birth_month",
    "birth_year",
    "feb29",
    "joined_on",
)


class RepairMemberForm(forms.ModelForm):
    """The facts of a member. What is accepted is said by the service, which is asked before anything is written."""

    class Meta:
        model = Member
        fields = _FACTS

    def changes(self) -> dict[str, Any]:
        """What was typed anew."""
        return {field: self.cleaned_data[field] for field in self.changed_data if field in self.cleaned_data}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        try:
            with transaction.atomic():
                rehearsed = Member.objects.select_related("community").get(pk=self.instance.pk)
                service.change_member(rehearsed, by=None, now=clock.now(), **self.changes())
                transaction.set_rollback(True)
        except ValidationError as error:
            for field, reasons in _by_field(error):
                self.add_error(field if field in self.fields else None, reasons)
        return cleaned


@admin.register(Member)
class MemberAdmin(Personal, RepairAdmin):
    """Facts can be repaired; status and hold move by actions; nobody is deleted, but can be erased."""

    form = RepairMemberForm
    repairable = _FACTS
    list_display = ("name", "email", "status", "reachable", "hold_until", "community", "joined_on")
    list_filter = ("status", "reachable", "language", "community")
    list_select_related = ("community",)
    search_fields = ("name_key", "=email_key", "=id")
    search_help_text = gettext_lazy("A part of the name, a whole e-mail address, or a whole id.")
    fields = (
        *_FACTS,
        "id",
        "community",
        "status",
        "left_on",
        "reachable",
        "hold_until",
        "hold_reason",
        "introduced_by",
        "custom",
        "known_from",
        "is_imported",
        "created_at",
        "updated_at",
    )
    actions = ("activate", "leave", "ban", "end_holds", "erase")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Member, form: Any, change: bool) -> None:
        unchanged = Member.objects.select_related("community").get(pk=obj.pk)
        service.change_member(unchanged, by=who(request), now=clock.now(), **form.changes())

    @admin.action(description=gettext_lazy("Make the selected members active"))
    def activate(self, request: HttpRequest, queryset: MemberQuerySet) -> None:
        self._set_status(request, queryset, Member.Status.ACTIVE)

    @admin.action(description=gettext_lazy("Note that the selected members have left"))
    def leave(self, request: HttpRequest, queryset: MemberQuerySet) -> None:
        self._set_status(request, queryset, Member.Status.LEFT)

    @admin.action(description=gettext_lazy("Ban the selected members"))
    def ban(self, request: HttpRequest, queryset: MemberQuerySet) -> None:
        self._set_status(request, queryset, Member.Status.BANNED)

    @admin.action(description=gettext_lazy("End the holds of the selected members"))
    def end_holds(self, request: HttpRequest, queryset: MemberQuerySet) -> None:
        found = queryset.select_related("community")
        self._say(request, sum(service.release_hold(member, by=who(request), now=clock.now()) for member in found))

    @admin.action(description=gettext_lazy("Erase the selected members: everything personal goes, for good"))
    def erase(self, request: HttpRequest, queryset: MemberQuerySet) -> HttpResponse | None:
        """Asks first: nobody can bring it back."""
        if "is_sure" not in request.POST:
            posted = request.POST
            names = ("action", "select_across", "index", helpers.ACTION_CHECKBOX_NAME)
            context = {
                **self.admin_site.each_context(request),
                "title": _("Erase members"),
                "opts": self.opts,
                "number": queryset.kept().count(),
                "kept": [(name, value) for name in names for value in posted.getlist(name)],
            }
            return TemplateResponse(request, "admin/members/erase.html", context)
        self._say(request, sum(erase_member(member, by=who(request), now=clock.now()) for member in queryset))
        return None

    def _set_status(self, request: HttpRequest, members: MemberQuerySet, status: str) -> None:
        done = 0
        for member in members.select_related("community"):
            try:
                done += service.set_status(member, status, by=who(request), now=clock.now())
            except ValidationError as error:
                said = _("%(name)s: %(words)s") % {"name": member.called, "words": error.messages[0]}
                self.message_user(request, said, messages.ERROR)
        self._say(request, done)

    def _say(self, request: HttpRequest, done: int) -> None:
        words = ngettext("%d member was changed.", "%d members were changed.", done) % done
        self.message_user(request, words, messages.SUCCESS if done else messages.WARNING)


class OnAMember(LookOnly, Personal, RepairAdmin):
    """Something that hangs on a member: looked at here, written on the member's page."""

    list_select_related: ClassVar[Any] = ["member", "community"]
    list_filter: ClassVar[Any] = ["community"]
    search_fields: ClassVar[Any] = ["=member__id", "=member__email_key"]
    search_help_text = gettext_lazy("The whole id or e-mail address of a member.")

    @admin.display(description=gettext_lazy("member"))
    def who(self, row: models.Model) -> str:
        return str(row.member.called)  # type: ignore[attr-defined]


@admin.register(ImportantDate)
class ImportantDateAdmin(OnAMember):
    list_display = ("who", "label", "month", "day", "in_year", "is_yearly", "community")

    @admin.display(description=gettext_lazy("year"), ordering="year")
    def in_year(self, row: ImportantDate) -> str:
        return "" if row.year is None else str(row.year)  # a number would be written as 1,990


@admin.register(MemberTag)
class MemberTagAdmin(OnAMember):
    list_display = ("who", "tag", "community")
    list_select_related = ("member", "community", "tag")


@admin.register(Note)
class NoteAdmin(OnAMember):
    list_display = ("who", "is_restricted", "created_at", "community")
    list_filter = ("is_restricted", "community")


def _by_field(error: ValidationError) -> list[tuple[str, list[str]]]:
    return list(error.message_dict.items()) if hasattr(error, "error_dict") else [("", error.messages)]
